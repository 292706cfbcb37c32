# authority.sh - the homes in which the scenarios let an authority be killed or run out of disk.
#
#     . "$(dirname "$0")/support/authority.sh"       # sources lib.sh as well
#     sweep_scenes
#     sweep kill
#
# What happens there, and the variables that change it (KILL_SWEEP=all and others), is in support/sweep.py; what must hold after it,
# in support/sound.py.
# shellcheck shell=bash
# shellcheck source=tests/scenario/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

export KILLSWEEP=${KILLSWEEP:-$(dirname "$HANDCLASP")/tests/support/killsweep}
SUPPORT=$ROOT/tests/scenario/support
SCENES=$TMP/scenes # a directory each, with home/ and what is beside it

# sweep_possible: killsweep is built and may trace.
sweep_possible() {
    [[ -x $KILLSWEEP ]] && "$KILLSWEEP" --count --report /dev/null -- true
}

# in_scene SCENE COMMAND...: the program in that scene's home; what it says is in $TMP/scene.log.
in_scene() {
    "$HANDCLASP" --home "$SCENES/$1/home" "${@:2}" >>"$TMP/scene.log" 2>&1 </dev/null
}

# request NAME DIRECTORY: made elsewhere, as a device would.
request() {
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -addext "subjectAltName=DNS:$1.example.com" \
        -keyout "$TMP/$1.key" -out "$2/$1.csr" 2>>"$TMP/scene.log"
}

# plain: certificates of several kinds, one of them revoked, and requests to be signed.
scene_plain() {
    local name

    in_scene plain init "Example Corp" --no-passphrase
    in_scene plain issue server shop.example.com --ip 192.0.2.7
    in_scene plain issue server shop.example.com --as second
    in_scene plain issue person alice@example.com
    in_scene plain issue client gone.example.com
    in_scene plain revoke gone.example.com --yes
    request device "$SCENES/plain/beside"
    mkdir "$SCENES/plain/beside/requests"
    for name in red green blue; do
        request "$name" "$SCENES/plain/beside/requests"
    done
}

# two: the same with a second issuer, below which nothing is yet.
scene_two() {
    cp -a "$SCENES/plain/home" "$SCENES/two/home"
    in_scene two issuer add next
}

# v1: the same as the first version of this program would have left it.
scene_v1() {
    cp -a "$SCENES/plain/home" "$SCENES/v1/home"
    rm -r "$SCENES/v1/home/publish/ledger-head" "$SCENES/v1/home/publish/ca"
    python3 "$SUPPORT/v1.py" "$SCENES/v1/home/authority/ledger.db"
}

# stick: the root's key lies beside the home.
scene_stick() {
    in_scene stick init "Example Corp" --no-passphrase --root-out "$SCENES/stick/beside"
    in_scene stick issue server shop.example.com
}

# waiting: an issuer by ceremony, another whose reply has come. offline: the home of their root, before it signed the second.
scene_waiting() {
    local on=$SCENES/waiting/beside off=$SCENES/offline/beside

    in_scene offline init "Example Corp" --no-passphrase --root-only
    in_scene waiting init "Example Corp" --root-certificate "$SCENES/offline/home/authority/root.cert.pem"
    in_scene waiting issuer add edge --no-passphrase --request-out "$TMP/edge.csr"
    in_scene offline sign-issuer "$TMP/edge.csr" --out "$TMP/edge.reply" --yes
    in_scene waiting issuer add --certificate "$TMP/edge.reply"
    in_scene waiting issue server shop.example.com
    in_scene waiting issuer add more --request-out "$off/more.csr"
    cp -a "$SCENES/offline/home" "$TMP/root"
    "$HANDCLASP" --home "$TMP/root" sign-issuer "$off/more.csr" --out "$on/more.reply" --yes >>"$TMP/scene.log" 2>&1
}

# sweep_scenes: makes them.
sweep_scenes() {
    local scene

    for scene in plain two v1 stick waiting offline nothing; do
        mkdir -p "$SCENES/$scene/beside"
    done
    scene_plain
    scene_two
    scene_v1
    scene_stick
    scene_waiting
    mv "$TMP/scene.log" "$TMP/scene.out" # evidence only of a scene that could not be made
}

# sweep kill|full-disk: a test for each operation.
sweep() {
    local passed sentence

    while IFS=$'\t' read -r passed sentence; do
        if [[ $passed == [01] ]]; then
            _report "$passed" "$sentence"
        else
            echo "$passed${sentence:+ $sentence}"
        fi
    done < <(python3 -B "$SUPPORT/sweep.py" "$1" "$SCENES" || printf '0\t%s\n' "the sweep reached its end")
}
