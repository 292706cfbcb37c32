# lib.sh - what every scenario sources first. A scenario is one file, named as a sentence, that prints TAP:
#
#     . "$(dirname "$0")/lib.sh"
#     start gate "$HANDCLASP" gate --listen 127.0.0.1:$port ...
#     wait_for 5 port_open "$port"
#     no "curl without a certificate gets no answer" 56 curl ...
#     done_testing
#
# It runs in an empty directory of its own, $TMP, below which everything lies. A refusal is asserted with `no`, which wants
# the exact exit code, or with `is` and `like`; a bare `! command` passes for every wrong reason and is never used.
# shellcheck shell=bash
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
HANDCLASP=${HANDCLASP:-$ROOT/build/handclasp}
_own_tmp=
if [[ -z ${SCENARIO_DIR:-} ]]; then # run by hand, without tests/scenario/run
    SCENARIO_DIR=$(mktemp -d /tmp/hcs.XXXXXX)
    _own_tmp=$SCENARIO_DIR
fi
TMP=$SCENARIO_DIR
HOME_DIR=$TMP/home
cd "$TMP"
mkdir -p "$TMP/run"
chmod 700 "$TMP/run"

# Nothing of the caller's surroundings reaches the clients, and nothing of theirs leaves $TMP.
export ROOT HANDCLASP TMP HOME_DIR
export HOME=$TMP TMPDIR=$TMP XDG_RUNTIME_DIR=$TMP/run HANDCLASP_HOME=$HOME_DIR LC_ALL=C NO_COLOR=1 TZ=UTC
unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY XDG_DATA_HOME XDG_CONFIG_HOME \
    SSL_CERT_FILE SSL_CERT_DIR SSLKEYLOGFILE CURL_CA_BUNDLE OPENSSL_CONF

_count=0
_failed=0
_complete=0
declare -A _pids=()

# --- assertions -------------------------------------------------------------------------------------------------------

# _report PASSED SENTENCE: one TAP line; a failure is remembered and never ends the scenario.
_report() {
    _count=$((_count + 1))
    if (($1)); then
        echo "ok $_count - $2"
    else
        _failed=$((_failed + 1))
        echo "not ok $_count - $2"
    fi
}

_note() {
    printf '%s\n' "$*" | sed 's/^/# /'
}

# What the last ok or no printed, as it is in $TMP/stdout and $TMP/stderr; for a failure's diagnosis.
_show_output() {
    sed 's/^/# stdout: /' "$TMP/stdout" | tail -n 40
    sed 's/^/# stderr: /' "$TMP/stderr" | tail -n 40
}

# ok SENTENCE COMMAND...: passes when the command succeeds. Its output is left in $TMP/stdout and $TMP/stderr.
ok() {
    local sentence=$1 code=0
    shift
    "$@" >"$TMP/stdout" 2>"$TMP/stderr" </dev/null || code=$?
    _report $((code == 0)) "$sentence"
    if ((code != 0)); then
        _note "exit $code from: $*"
        _show_output
    fi
}

# no SENTENCE CODE COMMAND...: passes only when the command exits with exactly CODE, which is not 0.
no() {
    local sentence=$1 want=$2 code=0
    shift 2
    if ((want == 0)); then
        echo "Bail out! no: a refusal has an exit code other than 0"
        exit 2
    fi
    "$@" >"$TMP/stdout" 2>"$TMP/stderr" </dev/null || code=$?
    _report $((code == want)) "$sentence"
    if ((code != want)); then
        _note "exit $code instead of $want from: $*"
        _show_output
    fi
}

# is SENTENCE EXPECTED ACTUAL: the two texts are the same.
is() {
    if [[ $2 == "$3" ]]; then
        _report 1 "$1"
    else
        _report 0 "$1"
        _note "expected: $2"
        _note "     got: $3"
    fi
}

# like SENTENCE REGEX TEXT: the extended regular expression matches somewhere in the text.
like() {
    if [[ $3 =~ $2 ]]; then
        _report 1 "$1"
    else
        _report 0 "$1"
        _note "no match for: $2"
        _note "          in: $3"
    fi
}

# unlike SENTENCE REGEX TEXT: it matches nowhere. The text must not be empty, or it would prove nothing.
unlike() {
    if [[ -n $3 && ! $3 =~ $2 ]]; then
        _report 1 "$1"
    else
        _report 0 "$1"
        _note "a match (or an empty text) for: $2"
        _note "                            in: $3"
    fi
}

# skip SENTENCE WHY
skip() {
    _count=$((_count + 1))
    echo "ok $_count - $1 # SKIP $2"
}

# The last line of every scenario.
done_testing() {
    echo "1..$_count"
    _complete=1
    exit $((_failed > 0))
}

# --- processes --------------------------------------------------------------------------------------------------------

# start NAME COMMAND...: in the background, its output in $TMP/NAME.log.
start() {
    local name=$1
    shift
    "$@" >"$TMP/$name.log" 2>&1 </dev/null &
    _pids[$name]=$!
}

pid_of() {
    echo "${_pids[$1]}"
}

running() {
    kill -0 "${_pids[$1]}" 2>/dev/null
}

# stop NAME [SIGNAL]: TERM unless said, KILL after 2 s; the exit code of the process.
stop() {
    local name=$1 pid=${_pids[$1]} code=0
    kill "-${2:-TERM}" "$pid" 2>/dev/null || true
    if ! wait_for 2 _ended "$pid"; then
        kill -KILL "$pid" 2>/dev/null || true
    fi
    wait "$pid" 2>/dev/null || code=$?
    unset "_pids[$name]"
    return "$code"
}

# A child that has ended but was not waited for is a zombie.
_ended() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
    [[ ${stat##*) } == Z* ]]
}

# wait_for SECONDS COMMAND...: tries until it succeeds; fails when the time is over.
wait_for() {
    local limit=$1 end
    shift
    end=$((${EPOCHREALTIME/[.,]/} + limit * 1000000))
    until "$@" >/dev/null 2>&1; do
        if ((${EPOCHREALTIME/[.,]/} > end)); then
            return 1
        fi
        sleep 0.05
    done
}

# --- network ----------------------------------------------------------------------------------------------------------

# A TCP port of the loopback interface on which nobody listens.
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

port_open() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# http_status CURL_ARGUMENT...: the status of the answer, 000 when there is none.
http_status() {
    curl --silent --output "$TMP/body" --write-out '%{http_code}' --max-time 10 "$@" 2>"$TMP/stderr" </dev/null || true
}

# The server of redis; Debian's redis-tools has it under the name of its check, and the package that has it under its own
# would start a daemon.
redis_server() {
    if command -v redis-server >/dev/null; then
        exec redis-server "$@"
    fi
    exec -a redis-server redis-check-rdb "$@"
}

# --- end --------------------------------------------------------------------------------------------------------------

_finish() {
    local code=$? name
    trap - EXIT ERR
    set +e
    if ((!_complete)); then
        echo "not ok $((_count + 1)) - the scenario reached its end"
        _note "it ended with exit $code before done_testing"
        code=1
    fi
    if ((code != 0)); then # the logs of what ran are the evidence
        for name in "$TMP"/*.log; do
            [[ -e $name ]] && tail -n 40 "$name" | sed "s|^|# ${name##*/}: |"
        done
    fi
    for name in "${!_pids[@]}"; do
        kill -TERM "${_pids[$name]}" 2>/dev/null
    done
    for name in "${!_pids[@]}"; do
        stop "$name"
    done
    [[ -n $_own_tmp ]] && rm -rf "$_own_tmp"
    exit "$code"
}
trap _finish EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
set -E
trap '_note "line $LINENO of ${BASH_SOURCE[0]##*/} failed: $BASH_COMMAND" >&2' ERR
