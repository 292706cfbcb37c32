# authority.sh - what the scenarios of an authority that is killed or runs out of disk share.
#
#     . "$(dirname "$0")/support/authority.sh"       # sources lib.sh as well
#     sweep_home
#     sweep_kill publish publish --force
#
# KILL_SWEEP=all tries every point; otherwise about a dozen, evenly spread, so that the default suite stays quick. SWEEP_TELL=1 says
# how far it is, on standard error.
# shellcheck shell=bash
# shellcheck source=tests/scenario/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

KILLSWEEP=${KILLSWEEP:-$(dirname "$HANDCLASP")/tests/support/killsweep}
BASE=$TMP/base # the home of which every try gets a copy
KILL_SWEEP=${KILL_SWEEP:-short}
POINTS=13 # of each operation in the short form; a scenario may say another number

# sweep_possible: killsweep is built and may trace.
sweep_possible() {
    [[ -x $KILLSWEEP ]] && "$KILLSWEEP" --count --report /dev/null -- true
}

# sweep_home: an authority with certificates of several kinds, one of them revoked, and requests to be signed.
sweep_home() {
    local name
    export HANDCLASP_HOME=$BASE
    "$HANDCLASP" init "Example Corp" --no-passphrase >/dev/null
    "$HANDCLASP" issue server shop.example.com --ip 192.0.2.7 >/dev/null
    "$HANDCLASP" issue server shop.example.com --as second >/dev/null
    "$HANDCLASP" issue person alice@example.com >/dev/null
    "$HANDCLASP" issue client gone.example.com >/dev/null
    "$HANDCLASP" revoke gone.example.com --yes >/dev/null
    _request device "$TMP"
    mkdir -p "$TMP/requests"
    for name in red green blue; do
        _request "$name" "$TMP/requests"
    done
}

# _request NAME DIRECTORY: made elsewhere, as a device would.
_request() {
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -addext "subjectAltName=DNS:$1.example.com" \
        -keyout "$TMP/$1.key" -out "$2/$1.csr" 2>"$TMP/req.out"
}

# sweep_operations: the operations that this program knows, a line "WORD COMMAND..." each; with SWEEP_ONLY those whose WORD begins so.
sweep_operations() {
    _operations | grep "^${SWEEP_ONLY:-}"
}
_operations() {
    echo "issue-server issue server new.example.com --dns www.new.example.com"
    echo "issue-person issue person bob@example.com"
    echo "revoke revoke shop.example.com --yes"
    echo "publish publish --force"
    if "$HANDCLASP" renew --help >/dev/null 2>&1; then
        echo "renew renew shop.example.com"
        echo "renew-due renew --expiring 60d"
    fi
    if "$HANDCLASP" sign --help >/dev/null 2>&1; then
        echo "sign sign $TMP/device.csr device.example.com --profile server"
        echo "sign-all sign $TMP/requests --accept-names --profile client"
    fi
}

# _fresh: another copy of the base in $TMP/copy.
_fresh() {
    rm -rf "$TMP/copy"
    cp -a "$BASE" "$TMP/copy"
}

# home_is_sound DIR: the rules of support/sound.py hold; prints a line for each that does not.
home_is_sound() {
    python3 "$ROOT/tests/scenario/support/sound.py" "$1" "$BASE"
}

# _try_at POINT [OPTION...] -- COMMAND...: a fresh copy in $TMP/copy, and the command under killsweep. Sets `reached`.
_try_at() {
    local code=0
    _fresh
    "$KILLSWEEP" --report "$TMP/point" --at "$@" >"$TMP/said" 2>&1 </dev/null || code=$?
    reached=$((code == 0))
    if ((code != 0 && code != 4)); then # 4: it made fewer calls this time
        echo "killsweep: exit $code, $(cat "$TMP/point")"
        return 1
    fi
}

# The operation that was interrupted is done again, and then everything is in somebody's hands; or it says that it was done: exit 1
# and one of these ids.
DONE_ALREADY='HC-70(06|17)'
_again() {
    local code=0
    "$HANDCLASP" --home "$TMP/copy" "$@" >"$TMP/again" 2>&1 </dev/null || code=$?
    if ((code == 0)) && [[ $1 == sign || $1 == renew ]]; then
        if ! python3 "$ROOT/tests/scenario/support/sound.py" "$TMP/copy"; then
            echo "although the same command again said: $(head -n 6 "$TMP/again")"
            return 1
        fi
    elif ((code != 0)) && ! { ((code == 1)) && grep -qE "$DONE_ALREADY" "$TMP/again"; }; then
        echo "the same command again: exit $code, $(head -n 3 "$TMP/again")"
        return 1
    fi
}

# A full disk is told as what it is, unless the command needed nothing of what failed. A batch ends with 1: some of it could be done.
_told_or_done() {
    local code
    code=$(sed -n '$s/.*, exit \([0-9]*\)$/\1/p' "$TMP/point")
    if [[ $code == 0 ]]; then
        _is_done "$@"
    elif ! { [[ $code == 3 ]] || { [[ $code == 1 ]] && grep -q 'HC-7050' "$TMP/said"; }; } ||
        { [[ ${mode[1]} == ENOSPC ]] && ! grep -qE 'HC-6005|space left on the disk' "$TMP/said"; }; then
        echo "exit $code, and it said: $(cat "$TMP/said")"
        return 1
    fi
}

# A command that said so has done what it was for: doing it again is refused, or harmless.
_is_done() {
    local code=0
    [[ $1 == issue || $1 == revoke ]] || return 0
    "$HANDCLASP" --home "$TMP/copy" "$@" >"$TMP/again" 2>&1 </dev/null || code=$?
    if ((code != 1)) || ! grep -qE "$DONE_ALREADY" "$TMP/again" || grep -q 'was never handed out' "$TMP/again"; then
        echo "it said that it was done, and is not: again gives exit $code, $(head -n 3 "$TMP/again")"
        return 1
    fi
}

# _points COUNT: the points to try, one a line.
_points() {
    local step=1
    if [[ $KILL_SWEEP != all ]]; then
        step=$((($1 + POINTS - 1) / POINTS))
    fi
    seq 1 "$step" "$1"
}

# _judge COMMAND...: everything that must hold after one try; prints what does not.
_judge() {
    local bad=0
    if [[ ${mode[0]} == --fail ]]; then
        _told_or_done "$@" || bad=1
    fi
    home_is_sound "$TMP/copy" || bad=1
    _again "$@" || bad=1
    return "$bad"
}

# _tell WORD MODE POINT COUNT: one line that changes on a terminal, a line now and then elsewhere.
_tell() {
    [[ -n ${SWEEP_TELL:-} ]] || return 0
    if [[ -t 2 ]]; then
        printf '\r%-14s %-22s %4d of %d ' "$@" >&2
        (($3 < $4)) || printf '\n' >&2
    elif (($3 % 50 == 0 || $3 == $4)); then
        printf '%-14s %-22s %4d of %d\n' "$@" >&2
    fi
}

# _count COMMAND...: how many points there are in this mode, when nothing happens to the command.
_count() {
    local -a command=("$HANDCLASP" --home "$TMP/copy" "$@")
    _fresh
    if ! "$KILLSWEEP" --count "${mode[@]}" --report "$TMP/count" -- "${command[@]}" >"$TMP/said" 2>&1 </dev/null; then
        _note "it fails by itself: $(cat "$TMP/said" "$TMP/count")"
        return 1
    fi
    count=$(tail -n 1 "$TMP/count")
}

# _try POINT COMMAND...
_try() {
    local point=$1
    shift
    _try_at "$point" "${mode[@]}" -- "$HANDCLASP" --home "$TMP/copy" "$@" || return
    ((!reached)) || _judge "$@"
}

# _sweep WORD SENTENCE COMMAND...: tries the points in every mode of `modes`; one test.
_sweep() {
    local word=$1 sentence=$2 count=0 point tried=0 bad=0 reached=0 words
    local -a mode
    shift 2

    for words in "${modes[@]}"; do
        read -ra mode <<<"$words"
        _count "$@" || bad=1
        for point in $(_points "$count"); do
            _tell "$word" "$words" "$point" "$count"
            if ! _try "$point" "$@" >"$TMP/verdict" 2>&1; then
                bad=$((bad + 1))
                _note "$word, $words: $(tail -n 1 "$TMP/point")"
                sed 's/^/#   /' "$TMP/verdict"
            fi
            tried=$((tried + reached))
        done
    done
    _report $((bad == 0 && tried > 0)) "$word: $sentence at each of $tried points"
}

# sweep_kill WORD COMMAND...: killed at each point, the home stays sound.
sweep_kill() {
    local word=$1
    local -a modes=(--before)
    [[ $KILL_SWEEP != all ]] || modes+=(--after)
    shift
    _sweep "$word" "killed, nothing is lost and nothing unrecorded," "$@"
}

# sweep_full_disk WORD COMMAND...: with the disk full for one moment, and from each point on, it says so and the home stays sound.
sweep_full_disk() {
    local word=$1
    local -a modes=("--fail ENOSPC --ever")
    [[ $KILL_SWEEP != all ]] || modes+=("--fail ENOSPC" "--fail EIO")
    shift
    _sweep "$word" "the disk full, it says so and the home stays sound," "$@"
}
