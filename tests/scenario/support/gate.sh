# gate.sh - what the scenarios of the gate share: an authority with friends and strangers, gates, visits, and their events.
#
#     . "$(dirname "$0")/support/gate.sh"            # sources lib.sh as well
#     household
#     gate_start web --serve "$TMP/www" --allow 'email:*@example.com'
#     allowed "Alice is let in" alice
#     refused "a stranger is not" 000 HC-1100 nobody
#
# Every visit is found in the gate's log by the client's own address and port, so that no test mistakes another's event for its own.
# shellcheck shell=bash
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

SUPPORT=$ROOT/tests/scenario/support
ID=$HOME_DIR/identities
CRLS=$HOME_DIR/publish/crl
export HANDCLASP_RUNTIME=$TMP/rt # control sockets of scenarios that run at the same time never meet

gate=    # the gate that visits go to
port=    # where it listens
status=  # of the last visit; 000 when there was no answer
from=    # the address and port that the last visit came from
seconds= # how long it took

# --- who there is -----------------------------------------------------------------------------------------------------

# authority HOME NAME: without a passphrase, so that openssl can use its keys to make what handclasp never would.
authority() {
    "$HANDCLASP" --home "$1" init "$2" --no-passphrase >/dev/null
}

# issue PROFILE NAME ARGUMENT...: an identity of the home.
issue() {
    "$HANDCLASP" issue "$@" >/dev/null
}

# The authority with the gate's own identity, friends, a guest whom no rule names, and another authority's Alice.
household() {
    authority "$HOME_DIR" "Example Home"
    issue server gate.example.com --ip 127.0.0.1
    for name in alice bob mallory@guests; do
        [[ $name == *@* ]] || name=$name@
        issue client "${name%@}.example.com" --email "${name%%@*}@${name#*@}${name##*@}" 2>/dev/null || true
    done
}

