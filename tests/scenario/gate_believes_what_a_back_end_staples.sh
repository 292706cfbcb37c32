#!/usr/bin/env bash
# A back end staples an OCSP response to its handshake: one that says revoked, or that proves nothing, ends the handshake before a byte of
# a request is sent, in TLS 1.2 and in 1.3, for requests and for relays. The back ends are openssl's.
. "$(dirname "$0")/support/gate.sh"
household
foreigners
issue server app.example.com --ip 127.0.0.1
APP=$ID/app.example.com
CA=$HOME_DIR/authority/issuing

# answer KIND STATUS: a response about the back end, V (good), R (revoked) or none (unknown); SIGNER signs.
answer() {
    local serial
    serial=$(openssl x509 -in "$APP/cert.pem" -noout -serial | cut -d= -f2)
    case $2 in
    V) printf 'V\t391231235959Z\t\t%s\tunknown\t/CN=app\n' "$serial" ;;
    R) printf 'R\t391231235959Z\t%s,keyCompromise\t%s\tunknown\t/CN=app\n' "$(date -u +%y%m%d%H%M%SZ)" "$serial" ;;
    esac >"$TMP/index.txt"
    openssl ocsp -index "$TMP/index.txt" -CA "$CA.cert.pem" -rsigner "${SIGNER:-$CA}.cert.pem" -rkey "${SIGNER:-$CA}.key.pem" \
        -issuer "$CA.cert.pem" -cert "$APP/cert.pem" -respout "$TMP/$1.der" -noverify -ndays 1 >"$TMP/ocsp.log" 2>&1
}
answer good V
answer revoked R
answer unknown none
SIGNER=$TMP/foreign/authority/issuing answer foreign V
# Of a type that nobody knows: an empty answer of 1.2.3.4.
printf '\x30\x0e\x0a\x01\x00\xa0\x09\x30\x07\x06\x03\x2a\x03\x04\x04\x00' >"$TMP/odd.der"

# staples NAME VERSION [FILE]: a back end that speaks one version of TLS and staples that; the gates before it are told apart by NAME.
staples() {
    local back
    start "$1" openssl s_server -accept 127.0.0.1:0 -cert "$APP/cert.pem" -cert_chain "$APP/chain.pem" \
        -key "$APP/key.pem" "-${2/1-/1_}" -www ${3:+-status_file "$3"}
    wait_for 10 grep -q '^ACCEPT ' "$TMP/$1.log"
    back=$(sed -n 's/^ACCEPT .*://p' "$TMP/$1.log")
    {
        echo "  - {name: $1-web, listen: \"127.0.0.1:0\", identity: gate.example.com, clients: required, forward: \"https://127.0.0.1:$back\","
        echo "     routes: [{path: /**, allow: [\"email:*@example.com\"]}]}"
        echo "  - {name: $1-relay, listen: \"127.0.0.1:0\", identity: gate.example.com, clients: required, forward: \"tls://127.0.0.1:$back\","
        echo "     routes: [{allow: [\"email:*@example.com\"]}]}"
    } >>"$TMP/gate.yaml"
}
echo "gates:" >"$TMP/gate.yaml"
kinds=(good revoked unknown foreign odd)
for version in tls1-2 tls1-3; do
    staples "none-$version" "$version"
    for kind in "${kinds[@]}"; do
        staples "$kind-$version" "$version" "$TMP/$kind.der"
    done
done
gate_run none-tls1-2-web "$TMP/gate.yaml"

passes() { # SENTENCE NAME
    gate_at "$2-web"
    allowed "$1" alice@example.com
    like "... and answers" 's_server' "$(cat "$TMP/body")"
    gate_at "$2-relay"
    allowed "... through a relay too" alice@example.com
}
ends() { # SENTENCE NAME ID
    gate_at "$2-web"
    visit alice@example.com
    is "$1" 502 "$status"
    told "... for $3" "\"peer\":\"$from\".*\"id\":\"HC-4005\".*$3"
    gate_at "$2-relay"
    visit alice@example.com
    is "... through a relay too" 000 "$status"
    told "... for $3" "\"gate\":\"$2-relay\".*\"peer\":\"$from\".*\"id\":\"HC-4005\".*$3"
}
for version in tls1-2 tls1-3; do
    passes "$version: a back end that staples nothing is spoken to, as its CRL clears it" "none-$version"
    passes "$version: one with a good response too" "good-$version"
    passes "$version: and again" "good-$version"
    ends "$version: one that is revoked by what it staples is not" "revoked-$version" HC-1401
    ends "$version: nor one whose responder does not know it" "unknown-$version" HC-1417
    ends "$version: nor one with a response that somebody else signed" "foreign-$version" HC-1415
    ends "$version: nor one whose response is of an unknown type" "odd-$version" HC-1414
    ends "$version: a chain that was good a moment ago makes no difference" "revoked-$version" HC-1401
done
ok "the gate ends when it is told to" stop none-tls1-2-web
is "nothing went wrong on the way" "" "$(logged '"event":"alarm"')"
done_testing
