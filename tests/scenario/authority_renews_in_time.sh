#!/usr/bin/env bash
# renew: the same identity again, with a new key or the same one; all that are due; never what is revoked.
. "$(dirname "$0")/lib.sh"
id=$HOME_DIR/identities
json() { # SENTENCE PYTHON-EXPRESSION over d, the JSON of the last command
    ok "$1" python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); assert eval(sys.argv[2]), d' "$TMP/printed" "$2"
}
key_of() { openssl x509 -in "$1" -noout -pubkey; }
names_of() { openssl x509 -in "$1" -noout -ext subjectAltName,extendedKeyUsage,keyUsage; }
"$HANDCLASP" init "Example Corp" --no-passphrase >/dev/null

# --- one by name ---
"$HANDCLASP" issue server shop.example.com --dns www.example.com --ip 192.0.2.7 --hours 1 >/dev/null
cp -r "$id/shop.example.com" before
ok "a server is renewed" "$HANDCLASP" renew shop.example.com
like "old end and new are told" 'was until .*until ' "$(tr '\n' ' ' <"$TMP/stdout")"
now=$id/shop.example.com
is "names and purposes are the same" "$(names_of before/cert.pem)" "$(names_of "$now/cert.pem")"
unlike "the key is a new one" "$(key_of before/cert.pem | sed -n 3p | tr '+' .)" "$(key_of "$now/cert.pem")"
ok "and lies beside it" cmp <(key_of "$now/cert.pem") <(openssl pkey -in "$now/key.pem" -pubout)
is "nobody else reads it" 600 "$(stat -c %a "$now/key.pem")"
ok "the one before is still good" openssl verify -purpose sslserver -CAfile "$HOME_DIR/publish/bundle.pem" -untrusted before/chain.pem before/cert.pem
ok "with the same key" "$HANDCLASP" renew shop.example.com --same-key --days 2
is "it stays" "$(openssl pkey -in "$now/key.pem" -pubout)" "$(key_of "$now/cert.pem")"
"$HANDCLASP" show shop.example.com --json >printed
json "show tells which renews which" '[c.get("replaces") for c in d] == [None, d[0]["id"], d[1]["id"]] and [c["replaced"] for c in d] == [True, True, False]'
json "each lives as long as it was told" '[c["not_after"] > c["not_before"] for c in d] == [True] * 3'
cp "$now/key.pem" kept
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$now/key.pem" 2>/dev/null
no "a key that was changed behind its back is not certified" 1 "$HANDCLASP" renew shop.example.com --same-key
like "HC-6" 'HC-[0-9]+' "$(cat "$TMP/stderr")"
cp kept "$now/key.pem"
ok "another kind of key" "$HANDCLASP" renew shop.example.com --key p384
like "P-384" 'secp384r1' "$(openssl x509 -in "$now/cert.pem" -noout -text)"

# --- labels, requests, refusals ---
"$HANDCLASP" issue client billing.example.com --as second >/dev/null
no "without its label it is not found" 1 "$HANDCLASP" renew billing.example.com
like "HC-7007" 'HC-7007' "$(cat "$TMP/stderr")"
ok "with its label it is" "$HANDCLASP" renew billing.example.com --as second
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout far.key -subj / -addext subjectAltName=DNS:far.example.com \
    -out far.csr 2>/dev/null
"$HANDCLASP" sign far.csr --accept-names --hours 1 >/dev/null
no "a key that was never here is not renewed by itself" 1 "$HANDCLASP" renew far.example.com
like "HC-7046" 'HC-7046' "$(cat "$TMP/stderr")"
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout far2.key -subj /CN=other.example.com \
    -addext subjectAltName=DNS:other.example.com -out far2.csr 2>/dev/null
ok "its owner sends a new request" "$HANDCLASP" renew far.example.com --request far2.csr --hours 2
is "with a new key" "$(openssl pkey -in far2.key -pubout)" "$(key_of "$id/far.example.com/cert.pem")"
like "and the old names, whatever the request says" 'DNS:far.example.com$' "$(openssl x509 -in "$id/far.example.com/cert.pem" -noout -ext subjectAltName)"
"$HANDCLASP" revoke billing.example.com --yes >/dev/null
no "what is revoked is not renewed" 1 "$HANDCLASP" renew billing.example.com --as second
like "HC-7044" 'HC-7044' "$(cat "$TMP/stderr")"
no "nor what there never was" 1 "$HANDCLASP" renew nobody.example.com
no "nothing said is wrong usage" 2 "$HANDCLASP" renew
no "names and --expiring" 2 "$HANDCLASP" renew shop.example.com --expiring 7d
no "a time span that is none" 2 "$HANDCLASP" renew --expiring soon
no "--request and --same-key" 2 "$HANDCLASP" renew far.example.com --request far2.csr --same-key

# --- a person ---
"$HANDCLASP" issue person alice@example.com --hours 1 >/dev/null
ok "a person is renewed" "$HANDCLASP" renew alice@example.com --hours 3
made=$(sed -n 's/^  passphrase *//p' "$TMP/stdout")
ok "and the new passphrase opens the new .p12" openssl pkcs12 -in "$id/alice@example.com/alice@example.com.p12" -passin "pass:$made" -nokeys -out p12.pem
is "which holds the new certificate" "$(openssl x509 -in "$id/alice@example.com/cert.pem" -noout -fingerprint)" \
    "$(openssl x509 -in p12.pem -noout -fingerprint)"

"$HANDCLASP" issue person carol@example.com --for ios --days 20 >/dev/null
"$HANDCLASP" renew carol@example.com >/dev/null
ok "a profile for a phone is made again" test -s "$id/carol@example.com/carol@example.com.mobileconfig"
ok "unless another platform is said" "$HANDCLASP" renew carol@example.com --for windows
ok "which has none" test ! -e "$id/carol@example.com/carol@example.com.mobileconfig"

# --- all that are due ---
for i in 1 2 3; do
    "$HANDCLASP" issue peer "n$i.example.com" --hours "$i" >/dev/null
done
"$HANDCLASP" issue peer later.example.com --days 30 >/dev/null
is "list knows who is due" "alice@example.com far.example.com n1.example.com n2.example.com n3.example.com" \
    "$("$HANDCLASP" list --expiring 12h --csv | tr -d '\r' | awk -F, 'NR > 1 {sub("^[a-z]*:", "", $4); print $4}' | sort | xargs)"
ok "renew --expiring, as the timer does" "$HANDCLASP" renew --expiring 12h
is "renews those whose keys are here" 4 "$(grep -c '^Renewed ' "$TMP/stdout")"
like "and lists the others" 'not here \(1\).*dns:far.example.com' "$(tr '\n' ' ' <"$TMP/stdout")"
unlike "no passphrase goes to the timer's log" 'passphrase' "$(cat "$TMP/stdout")"
like "a person's file is made by export" 'handclasp export' "$(cat "$TMP/stdout")"
"$HANDCLASP" renew --expiring 12h --json >printed
json "each lives as long as the one before, so the next run renews them again" 'sorted(c["identity"] for c in d if c["state"] == "renewed") == ["dns:n1.example.com", "dns:n2.example.com", "dns:n3.example.com", "email:alice@example.com"]'
ok "--days gives them longer" "$HANDCLASP" renew --expiring 12h --days 5
ok "then nothing is due" "$HANDCLASP" renew --expiring 12h
unlike "and nothing renewed" 'Renewed' "$(cat "$TMP/stdout")"
no "one of several that cannot be does not keep the others back" 1 "$HANDCLASP" renew n1.example.com nobody.example.com n2.example.com
like "HC-7050" 'HC-7050' "$(cat "$TMP/stderr")"
is "two are renewed" 2 "$(grep -c '^Renewed ' "$TMP/stdout")"
like "and the reason of the third is told" 'nobody.example.com.*HC-7007' "$(tr '\n' ' ' <"$TMP/stdout")"
ok "the service's unit names the command that was tried" grep -q 'handclasp renew --expiring 7d$' "$ROOT/packaging/systemd/handclasp-renew.service.in"
done_testing
