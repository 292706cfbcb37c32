#!/usr/bin/env bash
# A person's .p12 is read by OpenSSL, by NSS (Firefox, Chromium) and by GnuTLS.
. "$(dirname "$0")/lib.sh"
"$HANDCLASP" init "Example Corp" --no-passphrase >/dev/null

ok "issuing a person prints the passphrase" "$HANDCLASP" issue person alice@example.com
made=$(sed -n 's/^  passphrase *//p' "$TMP/stdout")
like "once, in groups that can be copied" '^[a-z0-9]{4}(-[a-z0-9]{4}){3,}$' "$made"
p12=$HOME_DIR/identities/alice@example.com/alice@example.com.p12
is "nobody else reads the .p12" 600 "$(stat -c %a "$p12")"

printf '%s\n' 'my own passphrase' >"$TMP/pass"
ok "the passphrase may come from a file" "$HANDCLASP" issue person bob@example.com --p12-passphrase-file "$TMP/pass"
unlike "it is not printed then" 'my own passphrase|passphrase' "$(cat "$TMP/stdout")"
ok "or from a descriptor" bash -c '"$HANDCLASP" issue person carol@example.com --p12-passphrase-fd 7 7<"$1"' - "$TMP/pass"
no "an empty one is refused" 2 "$HANDCLASP" issue person dave@example.com --p12-passphrase-file <(echo)
is "and nothing is made" "" "$(find "$HOME_DIR/identities" -name '*dave*')"

reads() { # FILE PASSPHRASE
    ok "openssl reads ${1##*/}" openssl pkcs12 -in "$1" -passin "pass:$2" -nodes -out "$TMP/out.pem"
    is "with the key" 1 "$(grep -c 'BEGIN PRIVATE KEY' "$TMP/out.pem")"
    ok "and the chain" test "$(grep -c 'BEGIN CERTIFICATE' "$TMP/out.pem")" -ge 2
    ok "GnuTLS reads it" certtool --p12-info --inder --infile "$1" --password "$2"
    mkdir "$TMP/nss"
    ok "NSS makes a store" certutil -N -d "$TMP/nss" --empty-password
    ok "NSS imports it" pk12util -i "$1" -d "$TMP/nss" -W "$2" -K ""
    like "NSS has key and certificate" 'u,u,u' "$(certutil -L -d "$TMP/nss")"
    rm -r "$TMP/nss"
}
reads "$p12" "$made"
reads "$HOME_DIR/identities/bob@example.com/bob@example.com.p12" 'my own passphrase'
no "a wrong passphrase opens nothing" 1 openssl pkcs12 -in "$p12" -passin pass:wrong -nodes
ok "root.cer is the root in DER" openssl x509 -inform DER -in "$HOME_DIR/identities/alice@example.com/root.cer" -noout
is "the same as the bundle" "$(openssl x509 -in "$HOME_DIR/publish/bundle.pem" -noout -fingerprint -sha256)" \
    "$(openssl x509 -inform DER -in "$HOME_DIR/identities/alice@example.com/root.cer" -noout -fingerprint -sha256)"
done_testing
