#!/usr/bin/env bash
# Whatever the profiles can issue has no finding in zlint's sources RFC 5280, 5480 and 8813: leaves, CAs and CRLs.
. "$(dirname "$0")/lib.sh"

ZLINT=${ZLINT:-$(command -v zlint || echo "$ROOT/build/tools/zlint")}
if [[ ! -x $ZLINT ]]; then
    skip "the profiles pass zlint" "zlint is not here; scripts/packages install test fetches it"
    done_testing
fi

# passes SENTENCE FILE...: no finding from warning up; notices become notes.
passes() {
    local sentence=$1 code=0
    shift
    python3 "$ROOT/tests/scenario/support/zlint.py" "$ZLINT" "$@" >"$TMP/found" 2>&1 || code=$?
    _report $((code == 0)) "$sentence ($(tail -n 1 "$TMP/found"))"
    head -n -1 "$TMP/found" | sort | uniq | sed "s|^|# |; s|$TMP/||"
}

# A DNS name of 253 characters below example.com, and one whose length is just above the 64 that a common name may have.
label=$(printf 'a%.0s' {1..63})
longest=$label.$label.$label.$(printf 'b%.0s' {1..49}).example.com
over64=$(printf 'c%.0s' {1..54}).example.com
many=()
for i in {1..60}; do
    many+=(--dns "host$i.example.com")
done
local_part=$(printf 'd%.0s' {1..64})

# Every name is inside the constraints of the home that has some.
cases=(
    "server shop.example.com"
    "server *.example.com"
    "server *.b.example.com --dns b.example.com --dns *.a.example.com"
    "server 192.0.2.7"
    "server 2001:db8::7"
    "server xn--bcher-kva.example.com --dns xn--strae-oqa.example.com"
    "server many.example.com ${many[*]}"
    "server $over64"
    "server of-the-longest.example.com --dns $longest"
    "server mixed.example.com --ip 192.0.2.8 --ip 2001:db8::8 --uri https://example.com/x"
    "client web.example.com"
    "client spiffe://example.com/ns/default/sa/web"
    "client 192.0.2.9"
    "client robot@example.com"
    "client long.example.com --uri spiffe://example.com/$label/$label/$label"
    "peer node.example.com --ip 192.0.2.10"
    "peer spiffe://example.com/node/1"
    "person alice@example.com"
    "person $local_part@example.com"
    "person spiffe://example.com/people/alice"
    "person bob@example.com --email robert@example.com --uri https://example.com/bob"
)
brief=("server shop.example.com" "client web.example.com" "peer node.example.com" "person alice@example.com" "server 192.0.2.7")

# issue_all KEY CASE...: in HANDCLASP_HOME; KEY is an argument of --key or "".
issue_all() {
    local key=$1 case words
    shift
    for case in "$@"; do
        read -ra words <<<"$case"
        [[ -z $key ]] || words+=(--key "$key" --as "$key")
        if ! "$HANDCLASP" issue "${words[@]}" >/dev/null 2>"$TMP/stderr"; then
            _report 0 "issue ${words[*]:0:3} ${key:+with a key of $key}"
            _note "$(cat "$TMP/stderr")"
        fi
    done
}

# lint_home SENTENCE KEY: the leaves whose label is KEY.
lint_home() {
    local files=()
    mapfile -t files < <(find "$HANDCLASP_HOME/identities" -path "*${2:+~$2}/cert.pem" | sort)
    passes "$1${2:+, keys of $2}" "${files[@]}"
}

# crls_as_pem: sets `crls`.
crls_as_pem() {
    local file
    crls=()
    for file in "$HANDCLASP_HOME"/publish/crl/*.crl; do
        openssl crl -inform DER -in "$file" -out "$file.pem"
        crls+=("$file.pem")
    done
}

# signed_requests: certificates for requests that openssl made.
signed_requests() {
    local kind name
    for kind in "ec -pkeyopt ec_paramgen_curve:P-256" "ec -pkeyopt ec_paramgen_curve:P-384" rsa:3072 ed25519; do
        name=device$((++requests)).example.com
        # shellcheck disable=SC2086 # words of a command line
        openssl req -new -newkey $kind -nodes -subj "/O=Elsewhere/CN=$name" -addext "subjectAltName=DNS:$name" \
            -keyout "$TMP/device.key" -out "$TMP/device.csr" 2>"$TMP/req.out"
        ok "sign a request with a key of $kind" "$HANDCLASP" sign "$TMP/device.csr" "$name" --profile server
    done
}
requests=0

# issuers_of_every_kind: further issuing CAs, each with a key of another kind, and a leaf below each.
issuers_of_every_kind() {
    local key
    for key in p256 p384 ed25519 rsa3072; do
        ok "an issuer with a key of $key" "$HANDCLASP" issuer add "by-$key" --key "$key"
        ok "a server of it" "$HANDCLASP" issue server shop.example.com --issuer "by-$key" --as "by-$key"
    done
}

# home WORD OPTION...: an authority with everything.
home() {
    local word=$1 key
    local -a some=("${brief[0]}")
    shift
    if [[ $word == plain ]]; then # what the kind of a key changes, constraints and URLs do not
        some=("${brief[@]}")
    fi
    export HANDCLASP_HOME=$TMP/$word
    ok "init: $word" "$HANDCLASP" init "Example Corp $word" --no-passphrase "$@"
    issue_all "" "${cases[@]}"
    lint_home "$word: every profile and kind of name" ""
    "$HANDCLASP" revoke shop.example.com --yes --reason keyCompromise >/dev/null
    issuers_of_every_kind
    lint_home "$word: with those of other issuers" ""
    crls_as_pem
    passes "$word: all CAs and their CRLs" "$HANDCLASP_HOME"/authority/*.cert.pem "${crls[@]}"
    for key in p256 p384 ed25519 rsa3072; do
        issue_all "$key" "${some[@]}"
        lint_home "$word: every profile" "$key"
    done
    signed_requests
    lint_home "$word: with those for requests" ""
    ok "renew" "$HANDCLASP" renew web.example.com
    lint_home "$word: with a renewed one" ""
}

permit=(--permit dns:example.com --permit email:example.com --permit uri:example.com --permit ip:192.0.2.0/24
    --permit ip:2001:db8::/32 --exclude dns:deep.secret.example.com --exclude ip:192.0.2.128/25)
home plain
home constrained "${permit[@]}"
home public --public-url http://pki.example.com "${permit[@]}"

# The lint is awake: it finds what is wrong with somebody else's certificate.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$TMP/bad.key" -out "$TMP/bad.pem" \
    -days 1 -subj /CN=bad -addext 'keyUsage=critical,keyEncipherment' -addext 'basicConstraints=CA:TRUE' 2>"$TMP/req.out"
no "zlint finds what is wrong with a certificate that is not ours" 1 \
    python3 "$ROOT/tests/scenario/support/zlint.py" "$ZLINT" "$TMP/bad.pem"
like "by its name" 'error e_basic_constraints_not_critical' "$(cat "$TMP/stdout")"
done_testing
