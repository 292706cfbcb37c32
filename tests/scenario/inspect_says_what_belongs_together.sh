#!/usr/bin/env bash
# inspect reads what openssl, certtool, keytool, Python and this program make, says in words what it is and what belongs
# together, says where a file is cut off, and never shows a private key.
. "$(dirname "$0")/lib.sh"
umask 077
inspect() {
    "$HANDCLASP" inspect "$@"
}
words() { # what was printed, in one line
    tr -s '\n ' '  ' <"$TMP/stdout"
}

# --- what openssl makes ---
cat >ca.cnf <<'END'
[inter]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
[leaf]
subjectAltName=DNS:shop.example.com
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth
authorityKeyIdentifier=keyid
[ca]
default_ca=d
[d]
database=db
crlnumber=number
default_md=sha256
default_crl_days=7
[crl]
authorityKeyIdentifier=keyid
END
ec=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
{
    openssl req -x509 "${ec[@]}" -keyout root.key -out root.pem -subj /CN=Root -days 9 -addext keyUsage=critical,keyCertSign,cRLSign
    openssl req "${ec[@]}" -keyout inter.key -out inter.csr -subj /CN=Issuing
    openssl x509 -req -in inter.csr -CA root.pem -CAkey root.key -extfile ca.cnf -extensions inter -days 8 -out inter.pem
    openssl req "${ec[@]}" -keyout leaf.key -out leaf.csr -subj /CN=shop
    openssl x509 -req -in leaf.csr -CA inter.pem -CAkey inter.key -extfile ca.cnf -extensions leaf -days 7 -out leaf.pem
    openssl x509 -in leaf.pem -outform DER -out leaf.der
    : >db
    echo 01 >number
    openssl ca -config ca.cnf -cert inter.pem -keyfile inter.key -revoke leaf.pem -crl_reason keyCompromise
    openssl ca -config ca.cnf -cert inter.pem -keyfile inter.key -gencrl -crlexts crl -out crl.pem
    openssl ocsp -index db -CA inter.pem -rsigner inter.pem -rkey inter.key -issuer inter.pem -cert leaf.pem -no_nonce -ndays 3 -respout ocsp.der
    openssl crl2pkcs7 -in crl.pem -certfile leaf.pem -certfile inter.pem -out box.p7
    openssl crl2pkcs7 -nocrl -certfile leaf.pem -outform DER -out box.p7b
    openssl pkcs12 -export -in leaf.pem -inkey leaf.key -certfile inter.pem -name 'my shop' -passout pass:k7mq2fzt -out leaf.p12
    openssl pkcs12 -export -legacy -in leaf.pem -inkey leaf.key -passout pass:k7mq2fzt -out old.p12
    openssl pkcs8 -topk8 -in leaf.key -passout pass:k7mq2fzt -out sealed.key
    openssl pkcs8 -topk8 -in leaf.key -passout pass:k7mq2fzt -iter 20000000 -out trap.key
    openssl ec -in leaf.key -aes128 -passout pass:k7mq2fzt -out sealed-old.key
    openssl pkey -in leaf.key -outform DER -out leaf.key.der
    openssl ec -in leaf.key -outform DER -out sec1.der
    openssl pkey -in leaf.key -pubout -out public.pem
} >openssl.log 2>&1
cat inter.pem leaf.pem >wrong.pem
cat leaf.pem leaf.key >both.pem
echo k7mq2fzt >pass

ok "files of every kind are read" inspect root.pem inter.pem leaf.pem leaf.key leaf.csr crl.pem ocsp.der public.pem
said=$(words)
like "a certificate in words" 'A certificate for shop.example.com, valid for [0-9]+ more days, issued by Issuing, for servers\.' "$said"
like "the key and its certificate" 'The private key \(leaf.key\) belongs to the certificate of shop.example.com \(leaf.pem\)' "$said"
like "the key and its request" 'The private key \(leaf.key\) belongs to the request for shop \(leaf.csr\)' "$said"
like "the public half" 'The public key \(public.pem\) is the other half of the private key \(leaf.key\)' "$said"
like "the request and its certificate" 'shop.example.com \(leaf.pem\) has the key of the request' "$said"
like "the issuer" 'shop.example.com \(leaf.pem\) was issued by Issuing \(inter.pem\)' "$said"
like "the order of a chain file" 'shop.example.com: leaf.pem, then inter.pem; the root \(root.pem\) stays out' "$said"
like "the CRL and its issuer" 'The CRL of Issuing \(crl.pem\) was signed by Issuing \(inter.pem\)' "$said"
like "the revocation" 'shop.example.com \(leaf.pem\) is REVOKED since .* \(keyCompromise\) by the CRL of Issuing' "$said"
like "the OCSP response" 'The OCSP response \(ocsp.der\) is about the certificate of shop.example.com \(leaf.pem\), which is REVOKED' "$said"
is "no line is longer than a terminal" 0 "$(grep -cE '^.{81}' "$TMP/stdout" || true)"
ok "--at judges as of then" inspect leaf.pem --at 2099-01-01T00:00:00Z
like "and the certificate has expired" 'EXPIRED [0-9]+ years ago|EXPIRED [0-9]+ days ago' "$(words)"

ok "a key that fits nothing is read" inspect root.key leaf.pem
like "and told" 'The private key \(root.key\) fits none of the certificates' "$(words)"
ok "a chain in the wrong order is read" inspect wrong.pem
like "and told" 'wrong.pem no. 2\) stands behind its issuer' "$(words)"
ok "a key beside its certificate is read" inspect both.pem
like "and told" 'lies beside certificates in one file. Never hand this file out' "$(words)"
is "a private one is no reason for a warning" "" "$(cat "$TMP/stderr")"
cp both.pem open.pem
chmod 644 open.pem
ok "a key that others can read is read" inspect open.pem
like "and warned of, with the remedy" 'open.pem.*chmod' "$(tr '\n' ' ' <"$TMP/stderr")"

# --- boxes and passphrases ---
for file in leaf.p12 sealed.key sealed-old.key; do
    no "$file needs a passphrase" 1 inspect "$file"
    like "$file: which is said" 'HC-7005.*passphrase' "$(words)"
    ok "$file is opened with it" inspect "$file" leaf.der --passphrase-file pass
    like "$file holds the key" "The private key \($file.*\) belongs to the certificate of shop.example.com" "$(words)"
    echo other >other
    no "$file is not opened with another" 1 inspect "$file" --passphrase-file other
    like "$file: which is said too" 'HC-7004' "$(words)"
done
ok "a passphrase comes through a descriptor" bash -c '"$HANDCLASP" inspect leaf.p12 --passphrase-fd 3 3<pass'
like "the name in a PKCS #12 file" 'called +my shop' "$(cat "$TMP/stdout")"
no "old ciphers are not read" 1 inspect old.p12 --passphrase-file pass
like "and the way out is said" 'HC-9008: it is encrypted by an old, broken cipher.*openssl pkcs12 -legacy' "$(words)"
no "rounds that would take minutes are not made" 1 timeout 5 "$HANDCLASP" inspect trap.key --passphrase-file pass
like "which is said" 'HC-9003.*rounds' "$(words)"
ok "PKCS #7 gives certificates and CRLs" inspect box.p7 box.p7b
is "all of them" 4 "$(grep -c '^ *[0-9]*\. A' "$TMP/stdout")"
ok "keys in DER" inspect leaf.key.der sec1.der leaf.pem
is "are the same key" 1 "$(words | grep -c 'sec1.der) is the same as leaf.key.der')"

# --- what others make ---
certtool --generate-privkey --key-type=ed25519 --outfile gnutls.key >/dev/null 2>&1
printf 'cn = gnutls\ndns_name = gnutls.example\nexpiration_days = 9\n' >template
certtool --generate-self-signed --load-privkey gnutls.key --template template --outfile gnutls.pem >/dev/null 2>&1
certtool --to-p12 --load-privkey gnutls.key --load-certificate gnutls.pem --p12-name gnutls --password k7mq2fzt --outder --outfile gnutls.p12 >/dev/null 2>&1
ok "certtool's files are read" inspect gnutls.pem gnutls.key gnutls.p12 --passphrase-file pass
like "and belong together" 'The private key \(gnutls.key\) belongs to the certificate of gnutls' "$(words)"
if command -v keytool >/dev/null; then
    keytool -genkeypair -alias java -keyalg EC -groupname secp256r1 -dname CN=java -keystore java.p12 -storetype PKCS12 -storepass k7mq2fzt >/dev/null 2>&1
    keytool -genkeypair -alias java -keyalg EC -groupname secp256r1 -dname CN=java -keystore java.jks -storetype JKS -storepass k7mq2fzt \
        -keypass k7mq2fzt >/dev/null 2>&1
    ok "keytool's file is read" inspect java.p12 --passphrase-file pass
    like "under its alias" 'called +java' "$(cat "$TMP/stdout")"
    no "the old Java format is not" 1 inspect java.jks
    like "but recognised" 'this is a Java keystore of the old kind' "$(words)"
else
    skip "keytool's file is read" "no keytool"
fi
"$HANDCLASP" init "Example Corp" --no-passphrase >/dev/null
"$HANDCLASP" issue person alice@example.com >/dev/null
chain=$HOME_DIR/identities/alice@example.com
ok "what is issued here is read" inspect "$chain/key.pem" "$chain/chain.pem" "$HOME_DIR/publish/bundle.pem"
like "and belongs together" 'The private key \(.*key.pem\) belongs to the certificate of alice@example.com' "$(words)"
unlike "without a finding" 'lint: (error|warning)' "$(cat "$TMP/stdout")"
"$HANDCLASP" export alice@example.com --for android >export.log
sed -n 's/^  passphrase *//p' export.log >export.pass
ok "so is what is exported" inspect alice@example.com.p12 --passphrase-file export.pass
like "with its key" 'A private key, P-256' "$(words)"

# --- what breaks rules, and what is hostile ---
{
    openssl req -x509 "${ec[@]}" -keyout many.key -out many.pem -subj /CN=many -days 3 \
        -addext "subjectAltName=$(seq -s, -f 'DNS:n%g.example' 1000)"
    openssl req -newkey rsa:1024 -nodes -keyout weak.key -out weak.csr -subj /CN=weak
    openssl x509 -req -in weak.csr -signkey weak.key -days 3 -out v1.pem
    openssl req -x509 "${ec[@]}" -keyout evil.key -out evil.pem -utf8 -subj "/CN=$(printf 'a\033[31mb\342\200\256c')" -days 3
} >>openssl.log 2>&1
ok "a certificate with a thousand names is read" inspect many.pem
like "a dozen is shown, the others are counted" 'dns:n12.example, and 988 more' "$(words)"
like "a broken rule is told by its id" 'lint: error ca-key-usage \(RFC 5280 4.2.1.3\)' "$(words)"
is "JSON has them all" 1000 "$(inspect --json many.pem | python3 -c 'import json, sys
print(len(json.load(sys.stdin)["files"][0]["items"][0]["names"]))')"
ok "an old certificate is told, though it is refused" inspect v1.pem
like "by which rule, and what it says" 'HC-1002.*its version is 1. As far as it can be read it is for weak' "$(words)"
ok "a weak key is told, though it is refused" inspect weak.key
like "by which rule" 'HC-1010.*1024 bits' "$(words)"
ok "a hostile name is read" inspect evil.pem
is "nothing of it reaches the terminal unescaped" 0 "$(grep -cP '[\x00-\x09\x0b-\x1f\x7f]|\xe2\x80\xae' "$TMP/stdout" || true)"

# --- JSON web keys ---
cat >jwks.py <<'END'
import base64, json, subprocess, sys
text = subprocess.run(["openssl", "pkey", "-in", "leaf.key", "-outform", "DER", "-pubout"], capture_output=True, check=True).stdout
private = subprocess.run(["openssl", "ec", "-in", "leaf.key", "-outform", "DER"], capture_output=True, check=True).stdout
b64 = lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
key = {"kty": "EC", "crv": "P-256", "kid": "shop-1", "x": b64(text[-64:-32]), "y": b64(text[-32:]),
       "x5c": [base64.b64encode(open("leaf.der", "rb").read()).decode()]}
json.dump({"keys": [key]}, open("jwks.json", "w"))
json.dump({"keys": [dict(key, d=b64(private[7:39]))]}, open("secret.json", "w"))
open("d", "w").write(b64(private[7:39]) + "\n" + private[7:39].hex() + "\n" + base64.b64encode(private[7:39])[:40].decode())
END
python3 jwks.py 2>/dev/null
ok "a set of JSON web keys is read" inspect jwks.json leaf.key
like "its key belongs to its certificate" 'The public key \(jwks.json no. 1\) belongs to the certificate of shop.example.com' "$(words)"
ok "a private one is read" inspect secret.json
like "and told to be a secret" 'which is made to be published. Take it out of the set' "$(words)"

# --- what is something else, or nothing ---
: >empty
echo '<html>' >page.html
# As ssh-keygen writes them; it is not on every machine.
{
    echo '-----BEGIN OPENSSH PRIVATE KEY-----'
    { printf 'openssh-key-v1\0' && head -c 200 /dev/zero; } | base64 -w 70
    echo '-----END OPENSSH PRIVATE KEY-----'
} >ssh
echo "ssh-ed25519 $({ printf '\0\0\0\13ssh-ed25519\0\0\0\40' && head -c 32 /dev/zero; } | base64 -w 0) alice@example.com" >ssh.pub
gzip -k leaf.pem
for what in 'empty:the file is empty' 'page.html:HTML page' 'ssh:OpenSSH private key' 'ssh.pub:OpenSSH public key' 'leaf.pem.gz:gzip'; do
    no "${what%%:*} is of no kind known here" 1 inspect "${what%%:*}"
    like "and told in words" "HC-9007.*${what#*:}" "$(words)"
done
no "a file that is not there is the environment's" 3 inspect absent leaf.pem
like "and the others are told all the same" 'A certificate for shop.example.com' "$(words)"
like "with the one that is missing" 'HC-6002: absent' "$(words)"
ok "standard input" bash -c '"$HANDCLASP" inspect - <leaf.pem'

# --- cut off anywhere ---
for file in leaf.der leaf.p12 box.p7b ocsp.der leaf.key.der leaf.pem crl.pem leaf.csr box.p7 jwks.json; do
    size=$(stat -c %s "$file")
    for part in 1 3 $((size / 3)) $((size / 2)) $((size - 30)); do
        head -c "$part" "$file" >cut.part
        code=0
        inspect cut.part --passphrase-file pass >cut.out 2>cut.err || code=$?
        if ((code != 1)) || [[ -s cut.err ]] || ! grep -qE 'HC-(9001|9002|9007|9010)' cut.out; then
            break
        fi
    done
    is "$file, cut off at five places: told, with the reason" "1 $((size - 30))" "$code $part"
done

# --- JSON, and never a key ---
ok "JSON" inspect leaf.pem leaf.key both.pem crl.pem ocsp.der jwks.json secret.json leaf.p12 --passphrase-file pass --json
is "is JSON, with what belongs together" True "$(python3 -c 'import json, sys
print({"key-of-certificate", "revoked", "secret-published"} <= {found["kind"] for found in json.load(sys.stdin)["together"]})' <"$TMP/stdout")"
cp "$TMP/stdout" everything
inspect leaf.pem leaf.key both.pem leaf.key.der sec1.der secret.json sealed.key leaf.p12 --passphrase-file pass >>everything
is "the private number is nowhere in it, in no form" 0 "$(grep -ciFf d everything || true)"
is "nor a line of the key's file" 0 "$(grep -v -- ----- leaf.key | grep -cFf - everything || true)"
is "nor the passphrase" 0 "$(grep -c k7mq2fzt everything || true)"
done_testing
