#!/usr/bin/env bash
# lint names the rules that a certificate breaks; what is issued here breaks none, and what would is not issued.
. "$(dirname "$0")/lib.sh"
# make NAME SUBJECT EXTENSIONS [X509-OPTION...]: a P-256 certificate of the bad CA in NAME.pem.
make() {
    openssl req -new -utf8 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -subj "$2" -out "$1.csr" 2>/dev/null
    printf '%b' "$3" >"$1.ext"
    openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -days 1 -extfile "$1.ext" "${@:4}" -out "$1.pem" 2>/dev/null
}
breaks() { # FILE ID CLAUSE [OPTION...]: an error
    no "$1 breaks $2" 1 "$HANDCLASP" lint "$1.pem" "${@:4}"
    like "$1: $2 is named with its clause" "error +$2  $3" "$(cat "$TMP/stdout")"
    is "$1: nothing is printed to stderr" "" "$(cat "$TMP/stderr")"
}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -subj /CN=ca -days 2 -out ca.pem \
    -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null

"$HANDCLASP" init Corp --no-passphrase >/dev/null
"$HANDCLASP" issue server shop.example.com >/dev/null
"$HANDCLASP" issue peer spiffe://example.com/web >/dev/null
"$HANDCLASP" issue person alice@example.com >/dev/null
for chain in "$HOME_DIR"/identities/*/chain.pem "$HOME_DIR/publish/bundle.pem"; do
    ok "what is issued breaks no rule: ${chain#"$HOME_DIR"/}" "$HANDCLASP" lint "$chain" --issuer "$HOME_DIR/authority/root.cert.pem"
    like "it says so" ': 0 errors, 0 warnings, 0 notes$' "$(tail -n 1 "$TMP/stdout")"
done
chain=$HOME_DIR/identities/shop.example.com/chain.pem
openssl x509 -in "$chain" -outform DER -out shop.der
ok "DER is read too" "$HANDCLASP" lint shop.der
is "a chain is two certificates" 2 "$("$HANDCLASP" lint "$chain" | grep -c '^  serial: ')"
is "several files, one answer" "3 certificates: 0 errors, 0 warnings, 0 notes" "$("$HANDCLASP" lint shop.der "$chain" | tail -n 1)"
is "and standard input" "2 certificates: 0 errors, 0 warnings, 0 notes" "$("$HANDCLASP" lint - <"$chain" | tail -n 1)"

san=subjectAltName=DNS:a.example.com
make encipher /CN=encipher "$san\nkeyUsage=critical,digitalSignature,keyEncipherment\n"
breaks encipher ec-no-encipherment 'RFC 8813 3'
make subca /CN=subca "basicConstraints=CA:TRUE\n"
breaks subca ca-basic-constraints-critical 'RFC 5280 4.2.1.9'
like "subca: every broken rule is named" 'ca-key-usage' "$(cat "$TMP/stdout")"
make nameless / "$san\nbasicConstraints=CA:FALSE\n"
breaks nameless san-critical 'RFC 5280 4.2.1.6'
make country /C=XX/CN=pathlen "$san\nbasicConstraints=critical,CA:FALSE,pathlen:1\n"
breaks country path-length-only-in-ca 'RFC 5280 4.2.1.9'
make twins /CN=twins 'subjectAltName=URI:spiffe://example.com/a,URI:https://example.com/\nkeyUsage=critical,digitalSignature\n'
breaks twins spiffe-one-uri 'SPIFFE X509-SVID 2'
make aia /CN=aia "$san\nauthorityInfoAccess=critical,caIssuers;URI:http://example.com/ca\n"
breaks aia authority-info-not-critical 'RFC 5280 4.2.2.1'
make https /CN=https "$san\ncrlDistributionPoints=URI:https://example.com/crl\n"
ok "a warning does not make the answer no" "$HANDCLASP" lint https.pem
like "it is printed" 'warning +pointer-plain' "$(cat "$TMP/stdout")"
openssl req -x509 -newkey rsa:1024 -nodes -keyout rsa.key -subj /CN=short -days 1 -out rsa.pem 2>/dev/null
breaks rsa rsa-modulus 'RFC 9325 4.5'
make named /CN=named "$san\n"
ok "what stands alone needs no issuer" "$HANDCLASP" lint named.pem
breaks named issuer-name 'RFC 5280 4.1.2.4' --issuer "$HOME_DIR/authority/root.cert.pem"
cat encipher.pem country.pem >pair.pem
no "a file of two bad ones" 1 "$HANDCLASP" lint pair.pem
is "judges both" "2 certificates: 2 errors" "$(tail -n 1 "$TMP/stdout" | cut -d, -f1)"

# What cannot be read is an error of its own, and hides no other certificate of its file.
make long /CN=long "$san\n" -set_serial 0x7f0102030405060708090a0b0c0d0e0f101112131415
cat long.pem encipher.pem >unreadable.pem
breaks unreadable HC-1003 'RFC 5280 4.1.2.2'
like "and the rest of the file is judged" 'ec-no-encipherment' "$("$HANDCLASP" lint unreadable.pem || true)"
echo nothing >nothing.pem
no "a file without a certificate is refused" 1 "$HANDCLASP" lint nothing.pem
like "and named" 'nothing.pem: there is no certificate' "$(cat "$TMP/stderr")"
no "a missing file is trouble" 3 "$HANDCLASP" lint missing.pem
no "no file is wrong usage" 2 "$HANDCLASP" lint
no "a file beside --rules too" 2 "$HANDCLASP" lint --rules pair.pem

# A stranger's bytes do not reach the terminal, and no line is too wide for it.
make evil "/CN=$(printf 'a\342\200\256b')/O=$(printf '%060d' 7)" 'subjectAltName=DNS:a_b.example.com\n'
ok "a subject with a bidirectional mark" "$HANDCLASP" lint evil.pem
unlike "the mark is escaped" $'\342\200\256' "$(cat "$TMP/stdout")"
mv nothing.pem nothing
is "every line fits 80 columns" "" "$({ "$HANDCLASP" lint ./*.pem || true; } 2>/dev/null | awk 'length > 80')"
is "of the rules too" "" "$("$HANDCLASP" lint --rules | awk 'length > 80')"
is "and none ends in a space" "" "$({ "$HANDCLASP" lint --rules; "$HANDCLASP" lint evil.pem; } | grep ' $' || true)"

# JSON
no "a bad one in JSON" 1 "$HANDCLASP" lint --json encipher.pem
is "has its findings" "error ec-no-encipherment RFC 8813 3" \
    "$(python3 -c 'import json,sys; f = json.load(sys.stdin)["certificates"][0]["findings"]; print(f[0]["level"], f[0]["id"], f[0]["clause"])' <"$TMP/stdout")"
is "the rules in JSON are those in text" "$("$HANDCLASP" lint --rules | tail -n 1)" \
    "$("$HANDCLASP" lint --rules --json | python3 -c 'import json,sys; print(len(json.load(sys.stdin)), "rules")')"

# The same rules stand before every signature.
no "a SPIFFE ID without a path is not issued to a leaf" 1 "$HANDCLASP" issue client spiffe://example.com
like "the rule is named" 'spiffe-leaf-path: ' "$(cat "$TMP/stderr")"
like "with the row" 'HC-7013' "$(cat "$TMP/stderr")"
no "nor one beside another URI" 1 "$HANDCLASP" issue client spiffe://example.com/a --uri https://example.com/
like "that rule is named too" 'spiffe-one-uri: ' "$(cat "$TMP/stderr")"
is "nothing of it is left" "" "$(find "$HOME_DIR/identities" -name '*spiffe*a' -o -name 'spiffe*com')"
done_testing
