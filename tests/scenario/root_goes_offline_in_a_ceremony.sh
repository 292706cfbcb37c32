#!/usr/bin/env bash
# A root that never meets a network: on a stick, or in a home of its own with a ceremony in between. Whatever is swapped, cut or
# forgotten on the way is refused by its own id, and what does not need the root goes on without it.
. "$(dirname "$0")/lib.sh"
off=$TMP/offline
on=$TMP/online
offline() { "$HANDCLASP" --home "$off" "$@"; }
online() { "$HANDCLASP" --home "$on" "$@"; }
refused() { # SENTENCE EXIT ID COMMAND...
    no "$1" "$2" "${@:4}"
    like "... and says why: $3" "$3" "$(cat "$TMP/stderr")"
}

# --- two homes ------------------------------------------------------------------------------------------------------------
echo "the safe's passphrase" >"$TMP/safe"
echo "the server's passphrase" >"$TMP/server"
ok "the offline home has a root and nothing below it" offline init "Example Corp" --root-only --passphrase-file "$TMP/safe" \
    --permit dns:example.com --permit email:example.com --public-url http://pki.example.com
is "no issuing CA is there" "root.cert.pem root.key.pem" "$(cd "$off/authority" && echo ./*.pem | sed 's|\./||g')"
refused "and nothing can be issued" 1 HC-7037 offline issue server a.example.com --passphrase-file "$TMP/safe"
root=$off/authority/root.cert.pem
ok "the online home knows its certificate" online init "Example Corp" --root-certificate "$root"
like "and says how it goes on" '--request-out' "$(cat "$TMP/stdout")"
is "it has no key" "root.cert.pem" "$(cd "$on/authority" && echo ./*.pem | sed 's|\./||g')"
refused "it can issue nothing yet" 1 HC-7037 online issue server a.example.com
refused "a certificate that is no root is not adopted" 1 HC-5010 "$HANDCLASP" --home "$TMP/x" init X \
    --root-certificate <(openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$TMP/x.key" -subj /CN=x \
        -addext basicConstraints=critical,CA:FALSE 2>/dev/null)
refused "the first key of a home is not made without a word about its passphrase" 2 HC-7005 online issuer add edge \
    --request-out "$TMP/edge.csr"

# --- the ceremony ---------------------------------------------------------------------------------------------------------
lines() { grep -E '^  (issuer|key|request|public key|serial|until|permitted|excluded|certificate|root|CRL number)  ' "$TMP/stdout" || true; }
ok "the online side asks" online issuer add edge --request-out "$TMP/edge.csr" --passphrase-file "$TMP/server" \
    --profile server --leaf-days 3 --public-url http://edge.example.com
asked=$(lines)
ok "the request is one for openssl" openssl req -in "$TMP/edge.csr" -noout -verify
like "it is a request to wait for" 'edge +waiting' "$(online issuer list)"
ok "asked again" online issuer add edge --request-out "$TMP/again.csr" --passphrase-file "$TMP/server" --profile server \
    --leaf-days 3 --public-url http://edge.example.com
is "... it is the same key" "$(openssl req -in "$TMP/edge.csr" -noout -pubkey)" "$(openssl req -in "$TMP/again.csr" -noout -pubkey)"
is "the key is encrypted" 1 "$(grep -c 'BEGIN ENCRYPTED PRIVATE KEY' "$on/authority/edge.key.pem")"

python3 - "$TMP/edge.csr" "$TMP/bad.csr" <<'PY'
import base64, re, sys
text = open(sys.argv[1]).read()
body = re.search(r"-----BEGIN CERTIFICATE REQUEST-----\n(.*?)-----END", text, re.S).group(1)
der = bytearray(base64.b64decode(body))
at = der.index(b"edge")
der[at:at + 4] = b"evil"
out = base64.encodebytes(bytes(der)).decode()
open(sys.argv[2], "w").write("-----BEGIN CERTIFICATE REQUEST-----\n" + out + "-----END CERTIFICATE REQUEST-----\n")
PY
refused "a request that was changed on the way is refused" 1 HC-7041 offline sign-issuer "$TMP/bad.csr" --out "$TMP/bad.reply" \
    --yes --passphrase-file "$TMP/safe"
ok "and no reply is written" test ! -e "$TMP/bad.reply"
refused "a reply is not written over a key" 1 HC-7053 offline sign-issuer "$TMP/edge.csr" --out "$off/authority/root.key.pem" --yes \
    --passphrase-file "$TMP/safe"
refused "nobody signs without a yes" 2 HC-7019 offline sign-issuer "$TMP/edge.csr" --out "$TMP/edge.reply" \
    --passphrase-file "$TMP/safe"
refused "constraints beyond the root's own are a mistake" 1 HC-7010 offline sign-issuer "$TMP/edge.csr" --out "$TMP/edge.reply" \
    --yes --passphrase-file "$TMP/safe" --permit dns:example.org
ok "nothing was recorded by all that" test "$(offline issuer list | wc -l)" = 2
ok "the offline side signs" offline sign-issuer "$TMP/edge.csr" --out "$TMP/edge.reply" --yes --passphrase-file "$TMP/safe" \
    --permit dns:edge.example.com --days 100
signed=$(lines)
is "both sides printed the same lines about the request" "$asked" "$(head -n 4 <<<"$signed")"
like "the constraints are among the lines" 'permitted +dns:edge.example.com' "$signed"
cp "$TMP/edge.reply" "$TMP/first.reply"
ok "a lost reply is given again" offline sign-issuer "$TMP/edge.csr" --out "$TMP/edge.reply" --yes --passphrase-file "$TMP/safe" \
    --permit dns:edge.example.com
cert_of() { openssl x509 -in "$1" -noout -fingerprint -sha256; }
is "... with the same certificate" "$(cert_of "$TMP/first.reply")" "$(cert_of "$TMP/edge.reply")"
refused "with other constraints it is refused" 1 HC-7035 offline sign-issuer "$TMP/edge.csr" --out "$TMP/x" --yes \
    --passphrase-file "$TMP/safe"
signed=$(offline sign-issuer "$TMP/edge.csr" --out "$TMP/edge.reply" --yes --passphrase-file "$TMP/safe" \
    --permit dns:edge.example.com | grep -E '^  (issuer|serial|until|permitted|excluded|certificate|root|CRL number)  ' | tail -n +2)

# --- replies that are none -------------------------------------------------------------------------------------------------
accept() { online issuer add --certificate "$1" --passphrase-file "$TMP/server"; }
"$HANDCLASP" --home "$TMP/theirs" init "Example Corp" --root-only --no-passphrase >/dev/null
"$HANDCLASP" --home "$TMP/theirs" sign-issuer "$TMP/edge.csr" --out "$TMP/theirs.reply" --yes >/dev/null
refused "the reply of another root is refused" 1 HC-7033 accept "$TMP/theirs.reply"
{
    openssl x509 -in "$TMP/theirs.reply"
    cat "$root"
    sed -n '/BEGIN X509 CRL/,/END X509 CRL/p' "$TMP/edge.reply"
} >"$TMP/mixed.reply"
refused "even with our root's certificate slipped in" 1 HC-7043 accept "$TMP/mixed.reply"
{
    openssl x509 -in "$TMP/edge.reply"
    cat "$root"
    sed -n '/BEGIN X509 CRL/,/END X509 CRL/p' "$TMP/theirs.reply"
} >"$TMP/mixed.reply"
refused "a CRL of another root is refused" 1 'HC-14' accept "$TMP/mixed.reply"
head -c 700 "$TMP/edge.reply" >"$TMP/cut.reply"
refused "a reply that was cut is refused" 1 HC-7043 accept "$TMP/cut.reply"
refused "a reply to something else is refused" 1 HC-7043 accept "$root"
is "none of these left an issuer behind" "root" "$(online issuer list | awk '$2 != "waiting" && NR > 1 {print $1}')"
is "nor a CRL" "" "$(ls "$on/publish/crl")"

ok "the online side takes the reply" accept "$TMP/edge.reply"
is "and prints what the offline side printed" "$signed" "$(lines | head -n "$(wc -l <<<"$signed")")"
refused "it is taken once" 1 HC-7035 accept "$TMP/edge.reply"
ok "openssl builds the chain" openssl verify -x509_strict -CAfile "$root" "$on/authority/edge.cert.pem"
like "the certificate points at the root's CRL" 'http://pki.example.com/crl/root.crl' \
    "$(openssl x509 -in "$on/authority/edge.cert.pem" -noout -text)"
is "nobody waits any more" "" "$(online issuer list | grep waiting || true)"

# --- what the issuer may -----------------------------------------------------------------------------------------------------
issue() { online issue "$@" --passphrase-file "$TMP/server"; }
ok "it issues what it is for" issue server shop.edge.example.com --days 30
leaf=$on/identities/shop.edge.example.com
ok "openssl accepts it, CRLs and all" openssl verify -x509_strict -crl_check_all -CAfile "$leaf/bundle.pem" \
    -untrusted "$leaf/chain.pem" -CRLfile <(openssl crl -inform der -in "$on/publish/crl/root.crl") \
    -CRLfile <(openssl crl -inform der -in "$on/publish/crl/edge.crl") "$leaf/cert.pem"
like "its CRL is where the plan said" 'http://edge.example.com/crl/edge.crl' "$(openssl x509 -in "$leaf/cert.pem" -noout -text)"
ok "for no longer than its plan says" openssl x509 -in "$leaf/cert.pem" -noout -checkend $((2 * 86400))
no "... three days" 1 openssl x509 -in "$leaf/cert.pem" -noout -checkend $((4 * 86400))
refused "no other profile" 1 HC-7038 issue client shop.edge.example.com
for name in www.example.com other.org 192.0.2.1 2001:db8::1 spiffe://edge.example.com/x https://edge.example.com/; do
    refused "nothing outside its constraints: $name" 1 HC-7010 issue server "$name"
done
refused "a further name neither" 1 HC-7010 issue server b.edge.example.com --ip 127.0.0.1
# Somebody with its key makes certificates by hand: the constraints hold for every type of name.
openssl pkey -in "$on/authority/edge.key.pem" -passin "file:$TMP/server" -out "$TMP/edge.key"
for san in DNS:www.example.com email:a@edge.example.com URI:https://edge.example.com/ IP:192.0.2.1 IP:2001:db8::1; do
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$TMP/f.key" -subj / -out "$TMP/f.csr" 2>/dev/null
    openssl x509 -req -in "$TMP/f.csr" -CA "$on/authority/edge.cert.pem" -CAkey "$TMP/edge.key" -days 1 -out "$TMP/f.pem" \
        -extfile <(echo "subjectAltName=critical,$san") 2>/dev/null
    no "openssl refuses a forged $san" 2 openssl verify -CAfile "$root" -untrusted "$on/authority/edge.cert.pem" "$TMP/f.pem"
    no "and so does verify" 1 online verify "$TMP/f.pem" --untrusted "$on/authority/edge.cert.pem"
done

# --- revoked where the root is -------------------------------------------------------------------------------------------------
cp "$on/publish/crl/root.crl" "$TMP/old-root.crl"
refused "the online home cannot revoke it" 1 HC-7031 online issuer revoke edge --yes --passphrase-file "$TMP/server"
like "... and says how" '--root-crl' "$(cat "$TMP/stderr")"
ok "the offline home can" offline issuer revoke edge --yes --passphrase-file "$TMP/safe" --reason cACompromise
ok "its CRL is brought" online publish \
    --root-crl "$off/publish/crl/root.crl" --passphrase-file "$TMP/server"
like "... and nobody is left to sign the ledger's head" 'Nobody is left' "$(cat "$TMP/stdout")"
is "and published" "$(sha256sum <"$off/publish/crl/root.crl")" "$(sha256sum <"$on/publish/crl/root.crl")"
like "and the issuer is revoked here too" 'edge +revoked' "$(online issuer list)"
refused "it issues no more" 1 HC-7012 issue server b.edge.example.com
refused "an older CRL of the root is refused" 1 HC-1408 online publish --root-crl "$TMP/old-root.crl" \
    --passphrase-file "$TMP/server"

# --- a root on a stick -----------------------------------------------------------------------------------------------------------
export HANDCLASP_HOME=$TMP/sticky
stick=$TMP/stick
mkdir "$stick"
refused "a stick that is not mounted is not made up" 3 HC-6002 "$HANDCLASP" init Sticky --no-passphrase --root-out "$TMP/nowhere"
ok "nothing was made" test ! -e "$TMP/nowhere" -a ! -e "$HANDCLASP_HOME"
ok "the root goes to a stick" "$HANDCLASP" init Sticky --passphrase-file "$TMP/server" --root-out "$stick" \
    --root-passphrase-file "$TMP/safe"
like "and the report says what to do with it" 'safe' "$(cat "$TMP/stdout")"
is "its key is nowhere else" "issuing.key.pem" "$(cd "$HANDCLASP_HOME/authority" && ls -- *.key.pem)"
is "and private there" 600 "$(stat -c %a "$stick/root.key.pem")"
refused "another root does not replace it" 1 HC-7053 "$HANDCLASP" --home "$TMP/y" init Y --no-passphrase --root-out "$stick"
mv "$stick" "$TMP/safe-place"
pass=(--passphrase-file "$TMP/server")
ok "without the stick: issue" "$HANDCLASP" issue server shop.example.com "${pass[@]}"
ok "... renew" "$HANDCLASP" renew shop.example.com "${pass[@]}"
ok "... revoke" "$HANDCLASP" revoke shop.example.com --yes "${pass[@]}"
ok "... publish" "$HANDCLASP" publish --force "${pass[@]}"
ok "... list" "$HANDCLASP" list
ok "... show" "$HANDCLASP" issuer show issuing
refused "a new issuer needs it" 1 HC-7031 "$HANDCLASP" issuer add second "${pass[@]}"
like "... what still works is said" 'Until then everything but' "$(cat "$TMP/stderr")"
refused "an issuer's end needs it" 1 HC-7031 "$HANDCLASP" issuer revoke issuing --yes "${pass[@]}"
refused "a stick that is not in" 3 HC-6002 "$HANDCLASP" issuer add second "${pass[@]}" --root-key "$stick/root.key.pem"
like "... is asked for" 'mounted' "$(cat "$TMP/stderr")"
no "no half issuer is left" 1 test -e "$HANDCLASP_HOME/authority/second.key.pem"
mkdir "$TMP/wrong"
"$HANDCLASP" --home "$TMP/z" init Sticky --no-passphrase --root-out "$TMP/wrong" >/dev/null
refused "the stick of another root" 1 HC-7032 "$HANDCLASP" issuer add second "${pass[@]}" --root-key "$TMP/wrong/root.key.pem"
cp "$TMP/wrong/root.key.pem" "$TMP/bare.key.pem"
refused "or its bare key" 1 HC-7032 "$HANDCLASP" issuer add second "${pass[@]}" --root-key "$TMP/bare.key.pem"
mv "$TMP/safe-place" "$stick"
refused "a request is not written over the root's key" 1 HC-7053 "$HANDCLASP" issuer add third "${pass[@]}" --request-out "$stick/root.key.pem"
ok "... whatever else it says" openssl pkey -in "$stick/root.key.pem" -passin "file:$TMP/safe" -noout
own=(--root-key "$stick/root.key.pem" --root-passphrase-file "$TMP/safe")
refused "a wrong passphrase of the stick" 1 HC-7004 "$HANDCLASP" issuer add second "${pass[@]}" --root-key "$stick/root.key.pem" \
    --root-passphrase-file "$TMP/server"
ok "with the stick there is a new issuer" "$HANDCLASP" issuer add second "${pass[@]}" "${own[@]}" --key ed25519
ok "... and an old one less" "$HANDCLASP" issuer revoke issuing --yes "${pass[@]}" "${own[@]}"
like "openssl reads it on the root's CRL" "$(openssl x509 -in "$HANDCLASP_HOME/authority/issuing.cert.pem" -noout -serial | cut -d= -f2)" \
    "$(openssl crl -inform der -in "$HANDCLASP_HOME/publish/crl/root.crl" -noout -text)"
cp "$HANDCLASP_HOME/authority/root.cert.pem" "$TMP/root.bak"
cp "$TMP/wrong/root.cert.pem" "$HANDCLASP_HOME/authority/root.cert.pem"
refused "a root certificate that was swapped stops everything" 1 HC-7033 "$HANDCLASP" issue server x.example.com "${pass[@]}"
cp "$TMP/root.bak" "$HANDCLASP_HOME/authority/root.cert.pem"
ok "and its return mends it" "$HANDCLASP" issue server x.example.com "${pass[@]}"
done_testing
