#!/usr/bin/env bash
# With any --permit every type of name that is not named is excluded, here and for OpenSSL and GnuTLS.
. "$(dirname "$0")/lib.sh"
refused() { # SENTENCE COMMAND...
    no "$1" 1 "$HANDCLASP" "${@:2}"
    like "$1: its own constraints forbid it" 'HC-7010' "$(cat "$TMP/stderr")"
}
ok "init with constraints" "$HANDCLASP" init Home --no-passphrase --permit dns:home.example --permit dns:localhost \
    --permit email:home.example --permit ip:127.0.0.0/8 --exclude dns:secret.home.example
text=$(openssl x509 -in "$HOME_DIR/authority/root.cert.pem" -noout -text)
like "they are critical" 'Name Constraints: critical' "$text"
like "as they were asked for" 'DNS:home.example.*email:home.example.*IP:127.0.0.0/255.0.0.0.*Excluded.*DNS:secret.home.example' "${text//$'\n'/ }"
like "show says what is permitted" 'permitted +dns:home.example' "$("$HANDCLASP" show root)"
like "and what is closed" 'uri: every name' "$("$HANDCLASP" show root)"

ok "a name inside" "$HANDCLASP" issue server www.home.example --dns localhost --ip 127.0.0.1
ok "a person inside" "$HANDCLASP" issue person alice@home.example
refused "a DNS name outside" issue server www.example.com
refused "one that only ends the same" issue server nothome.example
refused "an excluded one" issue server a.secret.home.example
refused "an e-mail address at a host below" issue person bob@mail.home.example
refused "an address outside" issue server 192.0.2.1
refused "an IPv6 address" issue server ::1
refused "a URI, of which none is permitted" issue client spiffe://home.example/web
refused "one of several names" issue server ok.home.example --dns www.example.com
refused "a wildcard that reaches into what is excluded" issue server '*.secret.home.example'
is "none of these left a directory" "alice@home.example www.home.example" "$(ls "$HOME_DIR/identities" | tr '\n' ' ' | sed 's/ $//')"

ok "a server that has an address alone" "$HANDCLASP" issue server 127.0.0.5
for who in www.home.example alice@home.example 127.0.0.5; do
    dir=$HOME_DIR/identities/$who
    ok "openssl accepts $who" openssl verify -x509_strict -CAfile "$dir/bundle.pem" -untrusted "$dir/chain.pem" "$dir/cert.pem"
    ok "GnuTLS accepts $who" certtool --verify --load-ca-certificate "$dir/bundle.pem" --infile "$dir/chain.pem"
done

# Somebody with the issuing key makes certificates by hand: the constraints hold all the same.
forge() { # SAN
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$TMP/f.key" -subj /CN=f -out "$TMP/f.csr" 2>/dev/null
    openssl x509 -req -in "$TMP/f.csr" -CA "$HOME_DIR/authority/issuing.cert.pem" -CAkey "$HOME_DIR/authority/issuing.key.pem" \
        -days 1 -out "$TMP/f.pem" -extfile <(echo "subjectAltName=$1") 2>/dev/null
}
for san in DNS:www.example.com DNS:none.invalid email:a@example.com email:a@none.invalid URI:https://home.example/ \
    URI:https://none.invalid/ IP:192.0.2.1 IP:2001:db8::1; do
    forge "$san"
    no "openssl refuses a forged $san" 2 openssl verify -CAfile "$HOME_DIR/publish/bundle.pem" \
        -untrusted "$HOME_DIR/authority/issuing.cert.pem" "$TMP/f.pem"
    no "verify refuses it too" 1 "$HANDCLASP" verify "$TMP/f.pem" --untrusted "$HOME_DIR/authority/issuing.cert.pem"
    cat "$TMP/f.pem" "$HOME_DIR/authority/issuing.cert.pem" >"$TMP/f-chain.pem"
    no "and GnuTLS" 1 certtool --verify --load-ca-certificate "$HOME_DIR/publish/bundle.pem" --infile "$TMP/f-chain.pem"
done

# Where only URIs are permitted, every other type is closed.
export HANDCLASP_HOME=$TMP/uris
HOME_DIR=$TMP/uris
ok "init for URIs of one host" "$HANDCLASP" init Uris --no-passphrase --permit uri:example.com
ok "a SPIFFE ID of that host" "$HANDCLASP" issue client spiffe://example.com/web
dir=$HOME_DIR/identities/spiffe%3A%2F%2Fexample.com%2Fweb
ok "openssl accepts it" openssl verify -x509_strict -CAfile "$dir/bundle.pem" -untrusted "$dir/chain.pem" "$dir/cert.pem"
refused "a SPIFFE ID of another" issue client spiffe://other.example/web
for name in www.example.com alice@example.com 192.0.2.1 none.invalid; do
    refused "$name, of a type that is closed" issue client "$name"
done
for san in DNS:www.example.com DNS:none.invalid email:a@none.invalid IP:192.0.2.1 IP:2001:db8::1; do
    forge "$san"
    no "openssl refuses a forged $san" 2 openssl verify -CAfile "$HOME_DIR/publish/bundle.pem" \
        -untrusted "$HOME_DIR/authority/issuing.cert.pem" "$TMP/f.pem"
    no "verify refuses it too" 1 "$HANDCLASP" verify "$TMP/f.pem" --untrusted "$HOME_DIR/authority/issuing.cert.pem"
done
done_testing
