#!/usr/bin/env bash
# What others can read or write, what is missing, empty or broken: no start, a reason and a fix (T10, T44).
. "$(dirname "$0")/support/gate.sh"
household
mkdir "$TMP/www" "$TMP/etc"
echo page >"$TMP/www/index.html"
issue client billing.example.com

# refuses SENTENCE EXIT ID REGEX COMMAND...: no start, that exit code, id and text, and a fix.
refuses() {
    local sentence=$1 code=$2 id=$3 regex=$4
    shift 4
    no "$sentence" "$code" timeout 10 "$@"
    like "... and the message says $id" "\\($id\\)" "$(cat "$TMP/stderr")"
    like "... what and where" "$regex" "$(cat "$TMP/stderr")"
    like "... and the fix" 'fix: ' "$(cat "$TMP/stderr")"
}
gate=("$HANDCLASP" gate --name x --no-control --listen 127.0.0.1:0 --identity gate.example.com --serve "$TMP/www" --allow 'email:*@example.com')
own=("$HANDCLASP" gate --name x --no-control --listen 127.0.0.1:0 --serve "$TMP/www" --allow 'email:*@example.com' --bundle "$BUNDLE" --crl "$CRLS")

key=$ID/gate.example.com/key.pem
chmod 644 "$key"
refuses "a key that others can read" 3 HC-6006 'key.pem.*chmod' "${gate[@]}"
chmod 640 "$key"
refuses "a key that a group can read" 3 HC-6006 'key.pem.*chmod' "${gate[@]}"
chmod 600 "$key"
chmod 666 "$BUNDLE"
refuses "a bundle that others can write" 3 HC-6006 'bundle.pem.*chmod' "${gate[@]}"
chmod 644 "$BUNDLE"
chmod 777 "$CRLS"
refuses "a directory of CRLs that others can write" 3 HC-6006 'crl.*chmod' "${gate[@]}"
chmod 755 "$CRLS"
cp "$CRLS/issuing.crl" "$TMP/etc/one.crl"
chmod 666 "$TMP/etc/one.crl"
refuses "a CRL that others can write" 3 HC-6006 'one.crl.*chmod' "${gate[@]}" --crl "$TMP/etc/one.crl"

chmod 666 "$CRLS/issuing.crl"
refuses "one in a directory" 3 HC-6006 'issuing.crl.*chmod' "${gate[@]}"
chmod 644 "$CRLS/issuing.crl"

# A FIFO: nobody may write to it, and nothing ever comes out of it.
mkfifo -m 600 "$TMP/etc/fifo.pem"
refuses "a FIFO in the place of a bundle" 3 HC-6003 'fifo.pem' "${gate[@]}" --bundle "$TMP/etc/fifo.pem"
refuses "... of a CRL" 3 HC-6003 'fifo.pem' "${gate[@]}" --crl "$TMP/etc/fifo.pem"
refuses "... of a chain" 3 HC-6003 'fifo.pem' "${own[@]}" --certificate "$TMP/etc/fifo.pem" --key "$key"
refuses "... of a key" 3 HC-6003 'fifo.pem' "${own[@]}" --certificate "$ID/gate.example.com/chain.pem" --key "$TMP/etc/fifo.pem"
refuses "... of a configuration" 3 HC-6003 'fifo.pem' "$HANDCLASP" gate check "$TMP/etc/fifo.pem"

# Bundles: never is the system's store taken instead (T10).
bundle() { # SENTENCE EXIT ID REGEX: with what lies in etc/bundle.pem
    refuses "$1" "$2" "$3" "$4" "${gate[@]}" --bundle "$TMP/etc/bundle.pem"
}
bundle "a bundle that is missing" 3 HC-6002 'bundle.pem'
: >"$TMP/etc/bundle.pem"
bundle "one that is empty" 3 HC-6013 'bundle.pem'
echo "no certificate" >"$TMP/etc/bundle.pem"
bundle "one without a certificate" 1 'HC-(5010|9002)' 'bundle.pem'
head -c 300 "$BUNDLE" >"$TMP/etc/bundle.pem"
bundle "one that was cut" 1 'HC-(5010|9002|1001)' 'bundle.pem'
sed 's/^M/A/' "$BUNDLE" >"$TMP/etc/bundle.pem"
bundle "one that is garbled" 1 'HC-(5010|9002|1001|9001)' 'bundle.pem'
cp "$ID/alice@example.com/cert.pem" "$TMP/etc/bundle.pem"
bundle "one that holds a leaf only" 1 HC-5010 'bundle.pem'
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$TMP/etc/old.key" -subj /CN=old \
    -out "$TMP/etc/old.csr" 2>/dev/null
printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n' >"$TMP/etc/old.ext"
printf '[ca]\ndefault_ca=it\n[it]\ndatabase=%s/etc/old.db\nserial=%s/etc/old.serial\nnew_certs_dir=%s\ndefault_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n' \
    "$TMP" "$TMP" "$TMP" >"$TMP/etc/old.conf"
: >"$TMP/etc/old.db"
echo 5000000000000001 >"$TMP/etc/old.serial"
openssl ca -config "$TMP/etc/old.conf" -batch -notext -selfsign -keyfile "$TMP/etc/old.key" -in "$TMP/etc/old.csr" \
    -extfile "$TMP/etc/old.ext" -startdate "$(stamp '2 days ago')" -enddate "$(stamp '1 day ago')" -out "$TMP/etc/bundle.pem" 2>/dev/null
bundle "one whose only anchor has expired" 1 HC-5010 'bundle.pem'
mkdir "$TMP/etc/dir.pem"
refuses "a directory in place of a file" 3 'HC-60(02|03|09)' 'dir.pem' "${gate[@]}" --bundle "$TMP/etc/dir.pem"

# The gate's own certificate.
refuses "a key of another certificate" 1 HC-5011 'key.pem' "${own[@]}" --certificate "$ID/gate.example.com/chain.pem" \
    --key "$ID/alice@example.com/key.pem"
refuses "a certificate file that holds none" 1 'HC-9002' 'key.pem' "${own[@]}" --certificate "$key" --key "$key"
cp "$ID/gate.example.com/chain.pem" "$TMP/etc/chain.pem"
chmod 600 "$TMP/etc/chain.pem"
refuses "a key file that holds none" 1 'HC-900[23]' 'chain.pem' "${own[@]}" --certificate "$ID/gate.example.com/chain.pem" \
    --key "$TMP/etc/chain.pem"
SUBJECT=/CN=gate forge "$TMP/expired" "$(stamp '2 hours ago')" "$(stamp '1 hour ago')" extendedKeyUsage=serverAuth subjectAltName=DNS:gate.example.com
refuses "a certificate of its own that has expired" 1 HC-1201 'expired.*chain.pem|chain.pem.*expired' "${own[@]}" \
    --certificate "$TMP/expired/chain.pem" --key "$TMP/expired/key.pem"
refuses "an identity that is not in the home" 3 'HC-(6002|7007)' 'nobody.example.com' "$HANDCLASP" gate --name x --no-control \
    --listen 127.0.0.1:0 --identity nobody.example.com --serve "$TMP/www" --allow 'email:*@example.com'
refuses "a home that is missing" 3 'HC-(7001|6002)' 'nowhere' "$HANDCLASP" --home "$TMP/nowhere" gate --name x --no-control \
    --listen 127.0.0.1:0 --identity gate.example.com --serve "$TMP/www" --allow 'email:*@example.com'
refuses "no word about revocation" 1 'HC-(5012|5007)' 'revocation' "$HANDCLASP" gate --name x --no-control --listen 127.0.0.1:0 \
    --serve "$TMP/www" --allow 'email:*@example.com' --bundle "$BUNDLE" --certificate "$ID/gate.example.com/chain.pem" --key "$key"

# Addresses and back ends.
taken=$(free_port)
start squatter python3 -c 'import socket, sys, time
s = socket.socket()
s.bind(("127.0.0.1", int(sys.argv[1])))
s.listen()
time.sleep(60)' "$taken"
wait_for 10 port_open "$taken"
refuses "a port that is in use" 3 HC-6007 "127.0.0.1:$taken" "$HANDCLASP" gate --name x --no-control --listen "127.0.0.1:$taken" \
    --identity gate.example.com --serve "$TMP/www" --allow 'email:*@example.com'
refuses "an address that is not this machine's" 3 HC-6008 '192.0.2.1' "$HANDCLASP" gate --name x --no-control --listen 192.0.2.1:8443 \
    --identity gate.example.com --serve "$TMP/www" --allow 'email:*@example.com'
refuses "a directory that is not there" 3 HC-6002 'no-such' "$HANDCLASP" gate --name x --no-control --listen 127.0.0.1:0 \
    --identity gate.example.com --serve "$TMP/no-such" --allow 'email:*@example.com'
stop squatter || true

# Words.
usage() { # SENTENCE EXIT ID REGEX ARGUMENT...
    local sentence=$1 code=$2 id=$3 regex=$4
    shift 4
    refuses "$sentence" "$code" "$id" "$regex" "$HANDCLASP" gate --no-control "$@"
}
usage "a pattern that is none" 1 'HC-500[78]' 'alice' --listen 127.0.0.1:0 --identity gate.example.com --serve "$TMP/www" --allow alice
usage "neither forward nor serve" 1 'HC-500[57]' 'forward.*serve|serve.*forward' --listen 127.0.0.1:0 --identity gate.example.com --allow email:a@example.com
usage "both" 1 'HC-500[79]' 'serve' --listen 127.0.0.1:0 --identity gate.example.com --allow email:a@example.com --serve "$TMP/www" --forward http://127.0.0.1:1
usage "nobody to let in" 1 'HC-500[57]' 'allow' --listen 127.0.0.1:0 --identity gate.example.com --serve "$TMP/www"
usage "a forward that is no URL" 1 'HC-500[47]' 'forward' --listen 127.0.0.1:0 --identity gate.example.com --allow email:a@example.com --forward nonsense
usage "an option that does not exist" 2 HC-8003 'alow' --alow x

# A configuration.
conf=$TMP/etc/gate.yaml
write() {
    cat >"$conf" <<YAML
gates:
  - name: shop
    listen: 127.0.0.1:0
    identity: gate.example.com
    clients: required
    serve: $TMP/www
    routes:
      - {path: /**, allow: ["email:*@example.com"]}
YAML
    chmod 600 "$conf"
}
write
ok "a good one is good" "$HANDCLASP" gate check "$conf"
is "and is called so" "$conf: good" "$(cat "$TMP/stdout")"
mv "$CRLS/issuing.crl" "$TMP/issuing.crl"
ok "one that would start and let nobody in is no mistake" "$HANDCLASP" gate check "$conf"
like "but is not called good" 'a gate would start, with 1 alarm$' "$(cat "$TMP/stdout")"
like "and what is missing is said" 'warning: shop: there is no CRL of .*\(HC-1403\)' "$(cat "$TMP/stderr")"
echo garbage >"$CRLS/issuing.crl"
ok "nor is one with a broken CRL" "$HANDCLASP" gate check "$conf"
like "which is said too" 'warning: .*issuing.crl: .*\(HC-1406\)' "$(tr '\n' ' ' <"$TMP/stderr")"
mv "$TMP/issuing.crl" "$CRLS/issuing.crl"
chmod 666 "$conf"
refuses "one that others can write" 3 HC-6006 'gate.yaml.*chmod' "$HANDCLASP" gate run "$conf"
refuses "one that others can write, checked" 3 HC-6006 'gate.yaml.*chmod' "$HANDCLASP" gate check "$conf"
write
refuses "one that is missing" 3 HC-6002 'missing.yaml' "$HANDCLASP" gate run "$TMP/missing.yaml"
: >"$conf"
refuses "one that is empty" 3 HC-6013 'gate.yaml' "$HANDCLASP" gate run "$conf"
cat >"$conf" <<YAML
gates:
  - name: shop
    listen: 127.0.0.1:99999
    identity: gate.example.com
    clients: requird
    serve: $TMP/www
    rotes:
      - {path: /**, allow: ["email:*@example.com"]}
  - name: Shop
    listen: 127.0.0.1:0
    identity: [gate.example.com]
    clients: optional
    serve: relative/path
    routes:
      - {path: nowhere, allow: [anyone, alice]}
YAML
no "one with many mistakes is refused" 1 "$HANDCLASP" gate check "$conf"
cp "$TMP/stderr" "$TMP/mistakes"
for at in 3:13 5:14 7:5 9:11 11:15 13:12 15:16 15:41; do
    like "... and names the one at $at" "gate.yaml:$at" "$(cat "$TMP/mistakes")"
done
like "... with the nearest key" 'routes' "$(grep ':7:5' "$TMP/mistakes")"
like "... and the nearest word" 'required' "$(grep ':5:14' "$TMP/mistakes")"
no "gate run says the same" 1 timeout 10 "$HANDCLASP" gate run "$conf"
is "... word for word" "$(grep -c "$conf:" "$TMP/mistakes")" "$(grep -c "$conf:" "$TMP/stderr")"

# It works while nobody but the authority can open the authority (T44).
chmod 000 "$HOME_DIR/authority"
apart=()
if ((EUID == 0)); then # without the right to pass over a mode
    apart=(setpriv --bounding-set=-all --inh-caps=-all)
fi
no "nobody can open the authority now" 2 "${apart[@]}" ls "$HOME_DIR/authority"
_gate_begin apart "${apart[@]}" "$HANDCLASP" gate --name apart --listen 127.0.0.1:0 --identity gate.example.com \
    --serve "$TMP/www" --allow 'email:*@example.com'
allowed "a gate that cannot open the authority serves" alice@example.com
refused "and refuses" 403 HC-2001 mallory@guests.example.com
chmod 700 "$HOME_DIR/authority"
"$HANDCLASP" revoke alice@example.com --yes >/dev/null
until_status 000 alice@example.com || true
refused "and hears of revocations" 000 HC-1401 alice@example.com
done_testing
