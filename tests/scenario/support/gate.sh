# gate.sh - what the scenarios of the gate share: an authority with friends and strangers, gates, visits, and their events.
#
#     . "$(dirname "$0")/support/gate.sh"            # sources lib.sh as well
#     household
#     gate_start web --serve "$TMP/www" --allow 'email:*@example.com'
#     allowed "Alice is let in" alice@example.com
#     refused "a stranger is not" 000 HC-1100 nobody
#
# Every visit is found in the gate's log by the client's own address and port, so that no event of another is taken for its own.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2119 # variables and defaults that scenarios use
# shellcheck source=tests/scenario/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

SUPPORT=$ROOT/tests/scenario/support
ID=$HOME_DIR/identities
CRLS=$HOME_DIR/publish/crl
BUNDLE=$HOME_DIR/publish/bundle.pem
URL=https://gate.example.com # curl is told to connect to the gate whatever the name
export HANDCLASP_RUNTIME=$TMP/rt # control sockets of scenarios that run at the same time never meet
export STATE_DIRECTORY=$TMP/state # nor do their gates remember each other's CRLs

gate=   # the gate that visits go to
port=   # where it listens
status= # of the last visit; 000 when there was no answer
from=   # the address and port that the last visit came from

# --- who there is -----------------------------------------------------------------------------------------------------

# authority HOME NAME: without a passphrase, so that openssl can use its keys for what handclasp never would make.
authority() {
    "$HANDCLASP" --home "$1" init "$2" --no-passphrase >/dev/null
}

# issue PROFILE NAME ARGUMENT...: an identity of the home.
issue() {
    "$HANDCLASP" issue "$@" >/dev/null
}

# The gate's own identity, two friends, and a guest whom no rule names.
household() {
    authority "$HOME_DIR" "Example Home"
    issue server gate.example.com --ip 127.0.0.1
    issue person alice@example.com
    issue person bob@example.com
    issue person mallory@guests.example.com
}

# The same name from an authority that nobody here trusts; its directory is $FOREIGN.
FOREIGN=$TMP/foreign/identities/alice@example.com
foreigners() {
    authority "$TMP/foreign" "Example Home"
    "$HANDCLASP" --home "$TMP/foreign" issue person alice@example.com >/dev/null
}

# _ca_conf FILE: the settings of `openssl ca` for the issuing CA of the home; CRL_EXTENSIONS has lines for its CRLs.
_ca_conf() {
    local name=${CA:-issuing} home=${CA_HOME:-$HOME_DIR}
    : >"$1.db"
    rm -f "$1.db.attr"
    cat >"$1" <<CONF
[ca]
default_ca = it
[it]
database = $1.db
new_certs_dir = $TMP
serial = $1.serial
crlnumber = $1.number
default_md = sha256
policy = any
unique_subject = no
email_in_dn = no
copy_extensions = none
certificate = $home/authority/$name.cert.pem
private_key = $home/authority/$name.key.pem
crl_extensions = crl
[any]
commonName = optional
[crl]
authorityKeyIdentifier = keyid
${CRL_EXTENSIONS:-}
[leaf]
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
$(cat)
CONF
}

# forge DIRECTORY START END [EXTENSION...]: a certificate (YYYYMMDDHHMMSSZ) that handclasp would not issue, signed with the key of the
# issuing CA. SUBJECT is its distinguished name; an extension replaces the usual one of a client of that kind.
forge() {
    local dir=$1 start=$2 end=$3 conf=$TMP/forge.conf ext line
    declare -A set=([basicConstraints]=critical,CA:FALSE [keyUsage]=critical,digitalSignature
        [extendedKeyUsage]=clientAuth [subjectAltName]=email:bob@example.com)
    shift 3
    for ext in "$@"; do
        set[${ext%%=*}]=${ext#*=}
    done
    mkdir -p "$dir"
    for line in "${!set[@]}"; do
        [[ -n ${set[$line]} ]] && echo "$line = ${set[$line]}"
    done | _ca_conf "$conf"
    openssl rand -hex 16 | sed 's/^./5/' >"$conf.serial"
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$dir/key.pem" -out "$dir/csr.pem" \
        -subj "${SUBJECT:-/CN=forged}" -utf8 2>"$TMP/forge.log"
    openssl ca -config "$conf" -batch -notext -utf8 -extensions leaf -startdate "$start" -enddate "$end" \
        -in "$dir/csr.pem" -out "$dir/cert.pem" 2>>"$TMP/forge.log"
    chmod 600 "$dir/key.pem"
    cat "$dir/cert.pem" "$HOME_DIR/authority/issuing.cert.pem" >"$dir/chain.pem"
}

# forge_crl FILE LAST NEXT NUMBER: an empty CRL of CA (issuing unless said) of CA_HOME, as DER, replaced in one instant.
forge_crl() {
    local conf=$TMP/crl.conf

    _ca_conf "$conf" </dev/null
    echo "$4" >"$conf.number"
    openssl ca -config "$conf" -gencrl -crl_lastupdate "$2" -crl_nextupdate "$3" -out "$TMP/crl.pem" 2>"$TMP/crl.log"
    openssl crl -in "$TMP/crl.pem" -outform DER -out "$1.new"
    mv "$1.new" "$1"
}

# A date for forge: stamp "1 hour ago"
stamp() {
    date -u -d "$1" +%Y%m%d%H%M%SZ
}

# --- gates ------------------------------------------------------------------------------------------------------------

# gate_start NAME ARGUMENT...: a gate from flags on a port that the system chooses; it has the identity gate.example.com.
gate_start() {
    local name=$1
    shift
    _gate_begin "$name" "$HANDCLASP" gate --name "$name" --listen 127.0.0.1:0 --identity gate.example.com "$@"
}

# gate_run NAME FILE ARGUMENT...: a gate from a configuration whose first gate has that name.
gate_run() {
    local name=$1
    shift
    _gate_begin "$name" "$HANDCLASP" gate run "$@"
}

_gate_begin() {
    gate=$1
    shift
    rm -f "$TMP/$gate.log" # one of that name may have run before: what it said is not what this one says
    start "$gate" "$@"
    if ! wait_for 10 grep -qE '"event":"listening"|listening gate=' "$TMP/$gate.log"; then
        _note "the gate did not start: $(tail -n 5 "$TMP/$gate.log")"
        return 1
    fi
    gate_use "$gate"
}

# Visits go to this gate from now on.
gate_use() {
    gate=$1
    port=$(sed -n 's/.*listening.*address[":=]*127.0.0.1:\([0-9]*\).*/\1/p' "$TMP/$gate.log" | head -n 1)
}

# gate_at NAME: to the gate of that name, of several that run from one configuration.
gate_at() {
    port=$(sed -n "s/.*\"event\":\"listening\".*\"gate\":\"$1\".*\"address\":\"127.0.0.1:\([0-9]*\)\".*/\1/p" "$TMP/$gate.log" | head -n 1)
}

# The lines of the gate's log, all or only those that match: logged [REGEX]
logged() {
    grep -E -- "${1:-}" "$TMP/$gate.log" || true
}

# told SENTENCE REGEX: within two seconds the gate's log has such a line.
told() {
    wait_for 2 grep -qE -- "$2" "$TMP/$gate.log" || true
    if grep -qE -- "$2" "$TMP/$gate.log"; then
        _report 1 "$1"
    else
        _report 0 "$1"
        _note "no line of $gate.log matches: $2"
        tail -n 8 "$TMP/$gate.log" | sed 's/^/# log: /'
    fi
}

# told_of SENTENCE ID: the log has an event with that id about the last visit.
told_of() {
    told "$1" "\"peer\":\"$from\".*\"id\":\"$2\""
}

# mark_log: told_new and alarm look only at what is logged from now on.
_seen=0
mark_log() {
    _seen=$(wc -l <"$TMP/$gate.log")
}
_new_line() {
    tail -n "+$((_seen + 1))" "$TMP/$gate.log" | grep -qE -- "$1"
}

# told_new SENTENCE REGEX: within three seconds there is such a new line.
told_new() {
    if wait_for 3 _new_line "$2"; then
        _report 1 "$1"
    else
        _report 0 "$1"
        _note "no new line of $gate.log matches: $2"
        tail -n "+$((_seen + 1))" "$TMP/$gate.log" | tail -n 8 | sed 's/^/# log: /'
    fi
}

# alarm SENTENCE ID: there is a new alarm with that id.
alarm() {
    told_new "$1" "\"event\":\"alarm\",\"id\":\"$2\""
}

# no_alarm SENTENCE: there is no new alarm.
no_alarm() {
    is "$1" "" "$(tail -n "+$((_seen + 1))" "$TMP/$gate.log" | grep '"event":"alarm"' || true)"
}

# --- visits -----------------------------------------------------------------------------------------------------------

# credentials WHO: curl's arguments for an identity of the home, a directory with chain.pem and key.pem, or nobody. Sets `with`.
credentials() {
    local dir=$ID/$1

    with=(--cacert "$BUNDLE")
    [[ $1 == */* ]] && dir=$1
    [[ $1 == nobody ]] || with+=(--cert "$dir/chain.pem" --key "$dir/key.pem")
}

# visit WHO [CURL_ARGUMENT...]: asks for / unless an argument is a URL (below $URL). Sets status and from; the body is in $TMP/body.
visit() {
    local line url=("$URL/") argument

    credentials "$1"
    shift
    for argument in "$@"; do
        [[ $argument == "$URL"* ]] && url=()
    done
    line=$(curl --silent --show-error --max-time 15 --connect-to "::127.0.0.1:$port" "${with[@]}" --output "$TMP/body" \
        --write-out '%{http_code} %{local_ip}:%{local_port}' "$@" "${url[@]}" 2>"$TMP/stderr" </dev/null) || true
    read -r status from <<<"$line"
}

# allowed SENTENCE WHO [CURL_ARGUMENT...]: the answer is 200.
allowed() {
    local sentence=$1
    shift
    visit "$@"
    is "$sentence" 200 "$status"
}

# refused SENTENCE STATUS ID WHO [CURL_ARGUMENT...]: that status, and that id in the event of this very visit.
refused() {
    local sentence=$1 want=$2 id=$3
    shift 3
    visit "$@"
    is "$sentence" "$want" "$status"
    told_of "... and the log says why: $id" "$id"
}

# fetch_start NAME WHO PATH [CURL_ARGUMENT...]: a visit in the background; fetch_end waits for it.
fetch_start() {
    local name=$1 path=$3

    credentials "$2"
    shift 3
    rm -f "$TMP/$name.body"
    start "$name" curl --silent --show-error --no-buffer --max-time 60 --connect-to "::127.0.0.1:$port" "${with[@]}" --output "$TMP/$name.body" \
        --write-out '\n%{http_code} %{size_download} %{time_total}\n' "$@" "$URL$path"
}

# fetch_end NAME SECONDS: within that time it is over; sets `code` to curl's exit (none: it goes on), and status, size and took.
code='' size='' took=''
fetch_end() {
    code=none status=none size=none took=none
    wait_for "$2" _ended "$(pid_of "$1")" || return 0
    code=0
    wait "$(pid_of "$1")" || code=$?
    unset "_pids[$1]"
    read -r status size took <<<"$(grep -E '^[0-9]{3} [0-9]+ [0-9.]+$' "$TMP/$1.log" | tail -n 1)"
}

# is_cut SENTENCE NAME: what was begun ends within a second, and curl can tell that it is not complete: 18 (less than was said),
# 56 (the connection broke), 55 (while sending).
is_cut() {
    fetch_end "$2" 1
    like "$1" '^(18|55|56)$' "$code"
}

# until_status STATUS WHO [CURL_ARGUMENT...]: visits until the answer is that, for three seconds at most.
until_status() {
    wait_for 3 _has_status "$@"
}
_has_status() {
    visit "${@:2}"
    [[ $status == "$1" ]]
}

# --- a friend whose one connection stays open -------------------------------------------------------------------------

# friend_arrives WHO: a keep-alive connection that is used again and again by friend_asks.
friend_arrives() {
    coproc FRIEND { exec python3 "$SUPPORT/friend.py" "$port" "$ID/$1" "$BUNDLE"; }
}

# friend_asks SENTENCE [PATH]: answered with 200, on the same connection as ever, within a second.
friend_asks() {
    local answer=

    echo "${2:-/}" >&"${FRIEND[1]}" || true
    read -r -t 10 answer <&"${FRIEND[0]}" || true
    like "$1" '^200 same [0-9]{1,3} ms$' "$answer"
}

# friend_leaves: so that another may arrive.
friend_leaves() {
    # shellcheck disable=SC1083,SC2093
    exec {FRIEND[1]}>&-
    wait "$FRIEND_PID" || true
}

# --- back ends --------------------------------------------------------------------------------------------------------

# backend_start NAME [ARGUMENT...]: support/backend.py; sets `backend` to HOST:PORT; what it gets is in $TMP/NAME.got, a line a request.
backend=
backend_start() {
    local name=$1
    shift
    rm -f "$TMP/$name.port"
    start "$name" python3 "$SUPPORT/backend.py" --port-file "$TMP/$name.port" --got "$TMP/$name.got" "$@"
    wait_for 10 test -s "$TMP/$name.port"
    backend=127.0.0.1:$(cat "$TMP/$name.port")
}

# The values, in the last request that $TMP/app.got records, of all fields of that name, in any case and with _ for -: values NAME
values() {
    grep -iE "^(trailer )?${1//-/[-_]}: " "$TMP/app.got.last" | sed 's/^[^:]*: //' || true
}

# raw [OPTION...]: support/raw.py as WHO (alice unless said): each line of its input is one connection's bytes, with \r \n \xNN; prints
# a line for each, "STATUS PEER BYTES-OF-BODY"; STATUS is 000 when no answer came.
raw() {
    local dir=$ID/${WHO:-alice@example.com}

    if [[ ${WHO:-} == nobody ]]; then
        python3 "$SUPPORT/raw.py" --port "$port" --ca "$BUNDLE" "$@"
    else
        python3 "$SUPPORT/raw.py" --port "$port" --ca "$BUNDLE" --identity "$dir" "$@"
    fi
}
