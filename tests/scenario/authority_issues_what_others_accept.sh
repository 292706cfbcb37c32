#!/usr/bin/env bash
# OpenSSL and GnuTLS accept every kind of certificate that is issued, and every CRL, in their strictest modes.
. "$(dirname "$0")/lib.sh"

ok "init makes an authority" "$HANDCLASP" init "Example Corp" --no-passphrase
ok "a server" "$HANDCLASP" issue server shop.example.com --dns www.example.com --ip 192.0.2.7 --ip 2001:db8::7 --dns '*.shop.example.com'
ok "a client" "$HANDCLASP" issue client billing.example.com --uri https://example.com/billing
ok "a peer" "$HANDCLASP" issue peer spiffe://example.com/web
ok "a person" "$HANDCLASP" issue person alice@example.com
ok "an address" "$HANDCLASP" issue server 127.0.0.1 --hours 1

for ca in root issuing; do
    openssl crl -inform DER -in "$HOME_DIR/publish/crl/$ca.crl" >>"$TMP/crls.pem"
    ok "openssl verifies the CRL of $ca" openssl crl -inform DER -in "$HOME_DIR/publish/crl/$ca.crl" -noout \
        -CAfile <(cat "$HOME_DIR"/authority/*.cert.pem)
    like "it is a version 2 CRL with a number" 'Version 2.*CRL Number' \
        "$(openssl crl -inform DER -in "$HOME_DIR/publish/crl/$ca.crl" -noout -text | tr '\n' ' ')"
done

accepted() { # DIRECTORY PURPOSE NAME-OPTION...
    local dir=$HOME_DIR/identities/$1
    ok "openssl accepts $1 strictly, with CRLs" openssl verify -x509_strict -crl_check_all -CRLfile "$TMP/crls.pem" \
        -CAfile "$dir/bundle.pem" -untrusted "$dir/chain.pem" -purpose "$2" "${@:3}" "$dir/cert.pem"
    ok "GnuTLS accepts $1 with the CRL" certtool --verify --verify-profile high --load-ca-certificate "$dir/bundle.pem" \
        --infile "$dir/chain.pem"
    is "key and certificate of $1 belong together" "$(openssl pkey -in "$dir/key.pem" -pubout)" \
        "$(openssl x509 -in "$dir/cert.pem" -noout -pubkey)"
    is "nobody else reads the key of $1" 600 "$(stat -c %a "$dir/key.pem")"
}
accepted shop.example.com sslserver -verify_hostname a.shop.example.com
accepted shop.example.com sslserver -verify_ip 2001:db8::7
accepted billing.example.com sslclient -verify_hostname billing.example.com
accepted spiffe%3A%2F%2Fexample.com%2Fweb sslclient
accepted spiffe%3A%2F%2Fexample.com%2Fweb sslserver
accepted alice@example.com sslclient -verify_email alice@example.com
accepted 127.0.0.1 sslserver -verify_ip 127.0.0.1

refused_for() { # DIRECTORY PURPOSE
    local dir=$HOME_DIR/identities/$1
    no "openssl refuses $1 as $2" 2 openssl verify -CAfile "$dir/bundle.pem" -untrusted "$dir/chain.pem" -purpose "$2" "$dir/cert.pem"
}
refused_for shop.example.com sslclient
refused_for billing.example.com sslserver
refused_for alice@example.com sslserver

text=$(openssl x509 -in "$HOME_DIR/identities/shop.example.com/cert.pem" -noout -text)
like "basic constraints are critical" 'Basic Constraints: critical[[:space:]]+CA:FALSE' "$text"
like "the key usage is critical and only for signatures" $'Key Usage: critical\n +Digital Signature\n' "$text"
serial=$(openssl x509 -in "$HOME_DIR/identities/shop.example.com/cert.pem" -noout -serial)
like "the serial number has 128 bits" '^serial=[0-9A-F]{28,34}$' "$serial"
text=$(openssl x509 -in "$HOME_DIR/authority/issuing.cert.pem" -noout -text)
like "the issuing CA makes no further CA" $'critical\n +CA:TRUE, pathlen:0' "$text"
like "and lies on P-256" 'P-256' "$text"
like "the root lies on P-384" 'P-384' "$(openssl x509 -in "$HOME_DIR/authority/root.cert.pem" -noout -text)"

lifetime() { # DIRECTORY: seconds from now to the end
    echo $(($(date -d "$(openssl x509 -in "$HOME_DIR/identities/$1/cert.pem" -noout -enddate | cut -d= -f2)" +%s) - $(date +%s)))
}
near() { # SENTENCE WANT GOT
    ok "$1" test "$(($3 - $2))" -ge -120 -a "$(($3 - $2))" -le 120
}
near "a server lives 30 days" $((30 * 86400)) "$(lifetime shop.example.com)"
near "a client lives 7 days" $((7 * 86400)) "$(lifetime billing.example.com)"
near "a peer lives 7 days" $((7 * 86400)) "$(lifetime spiffe%3A%2F%2Fexample.com%2Fweb)"
near "a person lives 90 days" $((90 * 86400)) "$(lifetime alice@example.com)"
near "--hours 1 is one hour" 3600 "$(lifetime 127.0.0.1)"

ok "a lifetime beyond the issuer is cut" "$HANDCLASP" issue server long.example.com --days 9999
like "and said to be" 'shorter than asked for' "$(cat "$TMP/stdout")"
is "it ends with the issuer" "$(openssl x509 -in "$HOME_DIR/authority/issuing.cert.pem" -noout -enddate)" \
    "$(openssl x509 -in "$HOME_DIR/identities/long.example.com/cert.pem" -noout -enddate)"
done_testing
