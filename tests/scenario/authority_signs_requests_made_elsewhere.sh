#!/usr/bin/env bash
# sign certifies keys that stay with their owners: proof of possession, names by the operator's leave, nothing else copied.
. "$(dirname "$0")/lib.sh"
id=$HOME_DIR/identities
mkdir requests odd fleet
json() { # SENTENCE PYTHON-EXPRESSION over d, the JSON of the last command
    ok "$1" python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); assert eval(sys.argv[2]), d' "$TMP/printed" "$2"
}
extensions() { # FILE: the certificate's extensions
    openssl x509 -in "$1" -noout -text | sed -n '/X509v3 extensions/,/Signature Algorithm/p'
}
"$HANDCLASP" init "Example Corp" --no-passphrase >/dev/null
python3 "$ROOT/tests/scenario/support/csrs.py" odd

# --- requests of others ---
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout shop.key -subj /CN=shop.example.com \
    -addext subjectAltName=DNS:shop.example.com,DNS:evil.example.com -out requests/shop.csr 2>/dev/null
no "without a name nothing is signed" 2 "$HANDCLASP" sign requests/shop.csr
like "and it says what the request asks for" 'asks for dns:shop.example.com, dns:evil.example.com.*HC-8001' "$(tr '\n' ' ' <"$TMP/stderr")"
is "nothing was made" "" "$(ls "$id" 2>/dev/null)"
ok "openssl's request is signed for the operator's name" "$HANDCLASP" sign requests/shop.csr shop.example.com --dns www.example.com --out shop.pem
like "what it asked for besides is told" 'not granted dns:evil.example.com' "$(cat "$TMP/stdout")"
ok "the chain is that of the key" cmp <(openssl x509 -in shop.pem -noout -pubkey) <(openssl pkey -in shop.key -pubout)
ok "it is verified by the bundle" openssl verify -x509_strict -purpose sslserver -CAfile "$HOME_DIR/publish/bundle.pem" \
    -untrusted shop.pem shop.pem
is "the chain in the home is the same" "$(cat shop.pem)" "$(cat "$id/shop.example.com/chain.pem")"
ok "there is no key in the home" test ! -e "$id/shop.example.com/key.pem"
like "the names are the operator's" 'DNS:shop.example.com, DNS:www.example.com$' "$(openssl x509 -in shop.pem -noout -ext subjectAltName)"
no "--out never overwrites" 1 "$HANDCLASP" sign requests/shop.csr other.example.com --out shop.pem
like "HC-7053" 'HC-7053' "$(cat "$TMP/stderr")"
ok "and refuses before it signs" test ! -e "$id/other.example.com"

certtool --generate-privkey --key-type ecdsa --outfile tool.key 2>/dev/null
printf 'cn = "tool"\ndns_name = "tool.example.com"\nip_address = "192.0.2.7"\ntls_www_server\nsigning_key\n' >tool.cfg
certtool --generate-request --load-privkey tool.key --template tool.cfg --outfile requests/tool.csr 2>/dev/null
ok "certtool's request, with the names in it" "$HANDCLASP" sign requests/tool.csr --accept-names --days 3 --out "$TMP/tool.pem"
like "DNS and IP" 'DNS:tool.example.com, IP Address:192.0.2.7' "$(extensions tool.pem)"
if command -v keytool >/dev/null; then
    keytool -genkeypair -alias k -keyalg EC -groupname secp256r1 -dname CN=java -keystore java.p12 -storepass changeit 2>/dev/null
    keytool -certreq -alias k -ext san=dns:java.example.com -keystore java.p12 -storepass changeit -file requests/java.csr 2>/dev/null
    ok "keytool's request" "$HANDCLASP" sign requests/java.csr --accept-names --profile peer --out "$TMP/java.pem"
    cat java.pem "$HOME_DIR/publish/bundle.pem" >reply.pem
    ok "and keytool takes the reply" keytool -importcert -noprompt -trustcacerts -alias k -file reply.pem -keystore java.p12 -storepass changeit
else
    skip "keytool's request" "no keytool"
    skip "and keytool takes the reply" "no keytool"
fi

# --- what is not granted ---
ok "a request to be a CA is signed as what it is to be" "$HANDCLASP" sign odd/ca.csr --accept-names --out "$TMP/ca.pem"
like "and the wish is told" 'not granted to be a CA' "$(cat "$TMP/stdout")"
like "the other extensions too" 'not granted 2 extensions: none is copied' "$(cat "$TMP/stdout")"
like "it is none" 'CA:FALSE' "$(extensions ca.pem)"
unlike "it cannot sign certificates" 'Certificate Sign|Any Policy' "$(extensions ca.pem)"

# --- hostile ones ---
refused() { # FILE CODE ARGUMENT...
    local file=$1 code=$2
    shift 2
    no "$file is refused" 1 "$HANDCLASP" sign "odd/$file.csr" "$@"
    like "with $code" "$code" "$(cat "$TMP/stderr")"
    unlike "in plain characters" $'[^ -~\n]' "$(LC_ALL=C tr -d '\n' <"$TMP/stderr")"
}
for file in nul bidi other-name bad-email hundred-and-one no-names person; do
    refused "$file" HC-7042 --accept-names
done
no "a NUL is shown as one" 1 "$HANDCLASP" sign odd/nul.csr --accept-names
like "and cuts nothing off" 'odd/nul.csr: it asks for .shop.example.com<NUL>.evil.example' "$(cat "$TMP/stderr")"
no "a bidi override is made harmless once" 1 "$HANDCLASP" sign odd/bidi.csr --accept-names
like "so that it can be read" 'for .shop\\u\{202e\}moc' "$(cat "$TMP/stderr")"
refused mixed HC-7042 --accept-names
like "every name of a wrong type is named" 'email:alice@example.com' "$(cat "$TMP/stderr")"
for file in flipped stolen; do
    refused "$file" HC-7041 innocent.example.com
done
for file in twice trailing text; do
    refused "$file" HC-7040 innocent.example.com
done
refused thousand 'HC-70(40|42)' --accept-names
refused weak 'HC-1' innocent.example.com
refused sha1 'HC-1' innocent.example.com
no "ten thousand names are too many bytes" 3 "$HANDCLASP" sign odd/many-names.csr innocent.example.com
no "an empty file" 3 "$HANDCLASP" sign odd/empty.csr innocent.example.com
no "a private key instead of a request" 1 "$HANDCLASP" sign shop.key innocent.example.com
like "is called one" 'private key' "$(cat "$TMP/stderr")"
ok "none of them left a certificate" test ! -e "$id/innocent.example.com"
ok "names that are no names do not matter when the operator gives others" "$HANDCLASP" sign odd/nul.csr named.example.com
ok "a person's request" "$HANDCLASP" sign odd/person.csr --accept-names --profile person
no "--accept-names and a NAME" 2 "$HANDCLASP" sign odd/good.csr --accept-names good.example.com
no "--dns without a NAME" 2 "$HANDCLASP" sign odd/good.csr --accept-names --dns more.example.com
no "an issuer that there is not" 1 "$HANDCLASP" sign odd/good.csr --accept-names --issuer nobody
like "HC-7034" 'HC-7034' "$(cat "$TMP/stderr")"

# --- a directory ---
python3 "$ROOT/tests/scenario/support/csrs.py" fleet 300
echo "not a request" >fleet/README.txt
no "a directory needs --accept-names" 2 "$HANDCLASP" sign fleet
no "chains do not go among the requests" 2 "$HANDCLASP" sign fleet --accept-names --out fleet/.
no "300 requests, ten of them broken" 1 "$HANDCLASP" sign fleet --accept-names --out signed
cp stdout run1
like "say so" 'HC-7050' "$(cat "$TMP/stderr")"
like "in numbers" '290 signed, 0 signed before, 10 refused' "$(cat run1)"
is "every refusal is listed with its reason" 10 "$(grep -c 'HC-7041' run1)"
is "no line is wider than 80 columns" "" "$(sed '/^Refused/,$d' run1 | awk 'length > 80')"
is "290 chains are there" 290 "$(find signed -name 'host-*.pem' | wc -l)"
is "and 290 certificates in the ledger" 290 "$("$HANDCLASP" list --name 'host-*' | grep -c host-)"
ok "one of them is verified" openssl verify -purpose sslserver -CAfile "$HOME_DIR/publish/bundle.pem" -untrusted signed/host-007.pem signed/host-007.pem
rm signed/host-007.pem
for i in 029 059; do # their owners send good ones
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k -subj / -addext "subjectAltName=DNS:host-${i#0}.example.com" \
        -out "fleet/host-$i.csr" 2>/dev/null
done
no "the same again, with two mended" 1 "$HANDCLASP" sign fleet --accept-names --out signed --json
mv stdout printed
json "signs those two and nothing twice" '[sum(c["state"] == s for c in d) for s in ("signed", "already signed", "refused")] == [2, 290, 8]'
json "the refused ones have code and reason" 'all(c["code"] == "HC-7041" and c["reason"] for c in d if c["state"] == "refused")'
ok "what was lost of the chains is written again" openssl x509 -in signed/host-007.pem -noout -checkhost host-7.example.com
ok "one of them alone is signed already" "$HANDCLASP" sign fleet/host-001.csr --accept-names
like "and says where" 'Already signed server dns:host-1.example.com.*identities/host-1.example.com/chain.pem' "$(tr '\n' ' ' <"$TMP/stdout")"
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k -subj / -addext subjectAltName=DNS:host-1.example.com \
    -out other.csr 2>/dev/null
no "another key for a name that is taken" 1 "$HANDCLASP" sign other.csr --accept-names
like "HC-7006" 'HC-7006' "$(cat "$TMP/stderr")"
ok "a label makes room" "$HANDCLASP" sign other.csr --accept-names --as second

# --- killed in the middle ---
mkdir again
python3 "$ROOT/tests/scenario/support/csrs.py" again 280
"$HANDCLASP" --home "$TMP/second" init "Second Corp" --no-passphrase >/dev/null
start killed "$HANDCLASP" --home "$TMP/second" sign again --accept-names
wait_for 20 test -e "$TMP/second/identities/host-3.example.com"
stop killed KILL || true
no "the next run signs the rest" 1 "$HANDCLASP" --home "$TMP/second" sign again --accept-names --out signed-again
like "and fails for the broken ones only" '[0-9]+ signed, [1-9][0-9]* signed before, 9 refused' "$(cat "$TMP/stdout")"
is "each has one certificate" 271 "$("$HANDCLASP" --home "$TMP/second" list --csv | tail -n +2 | wc -l)"
is "and a chain" 271 "$(find signed-again -name '*.pem' | wc -l)"
done_testing
