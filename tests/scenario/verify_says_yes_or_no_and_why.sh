#!/usr/bin/env bash
# verify prints the verdict, every step, and for a refusal the row of the catalogue with its fix.
. "$(dirname "$0")/lib.sh"
said_no() { # SENTENCE ID COMMAND...: exit 1, and the verdict names the row
    no "$1" 1 "$HANDCLASP" verify "${@:3}"
    like "$1: says no and $2" "^no: .*\($2\)" "$(head -n 1 "$TMP/stdout")"
    like "$1: names the fix" 'fix: ' "$(cat "$TMP/stdout")"
    is "$1: prints nothing to stderr" "" "$(cat "$TMP/stderr")"
}
"$HANDCLASP" init Corp --no-passphrase >/dev/null
"$HANDCLASP" --home "$TMP/other" init Other --no-passphrase >/dev/null
"$HANDCLASP" issue server shop.example.com --days 1 >/dev/null
"$HANDCLASP" issue server long.example.com >/dev/null
"$HANDCLASP" issue person alice@example.com >/dev/null
shop=$HOME_DIR/identities/shop.example.com crls=$HOME_DIR/publish/crl

ok "a chain is accepted under the home's bundle" "$HANDCLASP" verify "$shop/chain.pem"
like "it says yes" '^yes: ' "$(cat "$TMP/stdout")"
like "and that revocation was not checked" 'revocation: not checked' "$(cat "$TMP/stdout")"
ok "with CRLs" "$HANDCLASP" verify "$shop/chain.pem" --crl "$crls/issuing.crl" --crl "$crls/root.crl"
unlike "revocation was checked then" 'not checked' "$(cat "$TMP/stdout")"
ok "with a directory of CRLs" "$HANDCLASP" verify "$shop/chain.pem" --crl "$crls"
ok "a leaf alone with its issuer as --untrusted" "$HANDCLASP" verify "$shop/cert.pem" --untrusted "$HOME_DIR/authority/issuing.cert.pem"
openssl x509 -in "$shop/cert.pem" -outform DER -out "$TMP/shop.der"
ok "DER is read too" "$HANDCLASP" verify "$TMP/shop.der" --untrusted "$HOME_DIR/authority/issuing.cert.pem"
ok "the bundle may be named, without a home" env -u HANDCLASP_HOME HOME="$TMP/nowhere" "$HANDCLASP" verify "$shop/chain.pem" --bundle "$shop/bundle.pem"
ok "the name and the purpose fit" "$HANDCLASP" verify "$shop/chain.pem" --name dns:shop.example.com --purpose server

said_no "another name" HC-1301 "$shop/chain.pem" --name dns:other.example.com
said_no "another purpose" HC-1207 "$shop/chain.pem" --purpose client
said_no "another authority" HC-1101 "$shop/chain.pem" --bundle "$TMP/other/publish/bundle.pem"
said_no "no intermediate" HC-1101 "$shop/cert.pem"
said_no "after its end" HC-1201 "$shop/chain.pem" --at "$(date -u -d '+2 days' +%FT%TZ)"
"$HANDCLASP" revoke alice@example.com --reason keyCompromise >/dev/null
alice=$HOME_DIR/identities/alice@example.com
said_no "a revoked certificate" HC-1401 "$alice/chain.pem" --crl "$crls"
said_no "a revoked certificate by its issuer's CRL alone" HC-1401 "$alice/chain.pem" --crl "$crls/issuing.crl"
said_no "no CRL of the leaf's issuer" HC-1403 "$shop/chain.pem" --crl "$crls/root.crl"
said_no "a CRL that is past its end" HC-1404 "$HOME_DIR/identities/long.example.com/chain.pem" --crl "$crls/issuing.crl" \
    --at "$(date -u -d '+8 days' +%FT%TZ)"
said_no "a CA as a leaf" HC-1109 "$HOME_DIR/authority/issuing.cert.pem"

python3 - "$TMP/shop.der" "$TMP/forged.der" <<'END'
import sys
der = bytearray(open(sys.argv[1], "rb").read())
der[-1] ^= 1  # the last byte of the signature
open(sys.argv[2], "wb").write(der)
END
said_no "a signature that does not hold" HC-1102 "$TMP/forged.der" --untrusted "$HOME_DIR/authority/issuing.cert.pem"

"$HANDCLASP" verify "$shop/chain.pem" --json >"$TMP/yes.json"
ok "--json says yes" python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); assert d["verdict"]=="yes" and all(s["passed"] for s in d["steps"])' "$TMP/yes.json"
no "--json says no" 1 "$HANDCLASP" verify "$alice/chain.pem" --crl "$crls" --json
cp "$TMP/stdout" "$TMP/no.json"
ok "with its code" python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); assert d["verdict"]=="no" and d["code"]=="HC-1401"' "$TMP/no.json"
done_testing
