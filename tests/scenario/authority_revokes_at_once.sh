#!/usr/bin/env bash
# A revocation is on the CRL when the command returns; it is for ever; numbers only grow.
. "$(dirname "$0")/lib.sh"
"$HANDCLASP" init "Example Corp" --no-passphrase >/dev/null
for who in alice bob carol; do
    "$HANDCLASP" issue person "$who@example.com" >/dev/null
done
"$HANDCLASP" issue person alice@example.com --as laptop >/dev/null
crl=$HOME_DIR/publish/crl/issuing.crl
number() {
    openssl crl -inform DER -in "$crl" -noout -crlnumber | sed 's/^crlNumber=\(0x\)*//'
}
listed() { # DIRECTORY: is its serial on the CRL
    openssl crl -inform DER -in "$crl" -noout -text |
        grep -qi "$(openssl x509 -in "$HOME_DIR/identities/$1/cert.pem" -noout -serial | cut -d= -f2)"
}

before=$(number)
ok "revoking a name works without a terminal and without --yes" "$HANDCLASP" revoke alice@example.com --reason keyCompromise
like "it says what ends" 'This ends for ever:.*person.*person.*Revoked 2 certificates \(keyCompromise\)' "$(tr '\n' ' ' <"$TMP/stdout")"
ok "the first certificate is on the CRL" listed alice@example.com
ok "the one with a label too" listed alice@example.com~laptop
like "with its reason" 'Key Compromise' "$(openssl crl -inform DER -in "$crl" -noout -text)"
ok "the CRL's number grew" test $((0x$(number))) -gt $((0x$before))
openssl crl -inform DER -in "$crl" -out "$TMP/crl.pem"
dir=$HOME_DIR/identities/alice@example.com
no "openssl refuses the certificate now" 2 openssl verify -crl_check -CRLfile "$TMP/crl.pem" -CAfile "$dir/bundle.pem" \
    -untrusted "$dir/chain.pem" "$dir/cert.pem"
like "because it is revoked" 'certificate revoked' "$(cat "$TMP/stderr" "$TMP/stdout")"
no "GnuTLS refuses it too" 1 certtool --verify --load-ca-certificate "$dir/bundle.pem" --infile "$dir/chain.pem" \
    --load-crl "$TMP/crl.pem"
dir=$HOME_DIR/identities/bob@example.com
ok "another certificate is unaffected" openssl verify -crl_check -CRLfile "$TMP/crl.pem" -CAfile "$dir/bundle.pem" \
    -untrusted "$dir/chain.pem" "$dir/cert.pem"

no "revoking it again says that it is done" 1 "$HANDCLASP" revoke alice@example.com
like "and why" 'HC-7017' "$(cat "$TMP/stderr")"
no "revoking a name that nobody has is refused" 1 "$HANDCLASP" revoke nobody@example.com
like "because it is unknown" 'HC-7007' "$(cat "$TMP/stderr")"
no "so is an unknown serial" 1 "$HANDCLASP" revoke --serial 0123456789abcdef
like "because nobody has it" 'HC-7007' "$(cat "$TMP/stderr")"

serial=$("$HANDCLASP" show bob@example.com | sed -n 's/^  serial *//p')
ok "a serial's first digits are enough" "$HANDCLASP" revoke --serial "${serial:0:12}" --yes --json
cp "$TMP/stdout" "$TMP/printed"
ok "--json prints JSON" python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); assert d["revoked"][0]["serial"]==sys.argv[2], d' \
    "$TMP/printed" "$serial"
ok "it is on the CRL" listed bob@example.com
ok "a name as list prints it is taken too" "$HANDCLASP" revoke email:carol@example.com --yes --reason superseded

before=$(number)
ok "publish signs nothing that is not due" "$HANDCLASP" publish
is "the number stays" "$before" "$(number)"
ok "publish --force signs every CRL" "$HANDCLASP" publish --force
ok "the number grew again" test $((0x$(number))) -gt $((0x$before))
for who in alice@example.com alice@example.com~laptop bob@example.com carol@example.com; do
    ok "$who is still on the CRL" listed "$who"
done
ok "a revoked name can be issued again" "$HANDCLASP" issue person alice@example.com --as new
done_testing
