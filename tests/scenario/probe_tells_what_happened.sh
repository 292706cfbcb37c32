#!/usr/bin/env bash
# probe tells seven steps, the connection, and who can mend what; to people, to programs and as a page.
. "$(dirname "$0")/support/gate.sh"
household
issue client billing.example.com
issue client other.example.com
mkdir -p "$TMP/www"
echo hello >"$TMP/www/index.html"
gate_start required --serve "$TMP/www" --allow 'email:*@example.com' --allow dns:billing.example.com
required=127.0.0.1:$port
gate_start optional --serve "$TMP/www" --clients optional --allow anyone
optional=127.0.0.1:$port
gate_start none --serve "$TMP/www" --clients none --allow anyone
none=127.0.0.1:$port

probe() {
    "$HANDCLASP" probe "$@"
}
as=(--name gate.example.com --as)

# cause FILE: "cause side" of a JSON record.
cause() {
    python3 -c 'import json, sys; v = json.load(open(sys.argv[1]))["verdict"]; print(v["cause"], v["side"])' "$1"
}
outcomes() {
    python3 -c 'import json, sys; print(" ".join(s["outcome"] for s in json.load(open(sys.argv[1]))["steps"]))' "$1"
}

# --- all is well ------------------------------------------------------------------------------------------------------
ok "a friend's probe ends well" probe "$required" "${as[@]}" billing.example.com
text=$(cat "$TMP/stdout")
is "all seven steps are done" 7 "$(grep -c '^  ok [1-7]  ' "$TMP/stdout")"
like "the verdict is one sentence" 'Both sides have proved who they are, and the server answered' "$text"
unlike "the connection itself is shown only when asked for" 'ClientHello' "$text"
is "no line is wider than 80 columns" "" "$(awk 'length > 80' "$TMP/stdout")"
is "without UTF-8 all is ASCII" "" "$(LC_ALL=C grep -n -P '[^\x00-\x7F]' "$TMP/stdout" || true)"

ok "--steps shows the connection" probe "$required" "${as[@]}" billing.example.com --steps
for message in 'ClientHello: .*-->' '<--.* ServerHello' '<==.* CertificateRequest' '<==.* Certificate: ' '= Certificate: .*==>' \
    '<==.* CertificateVerify' '= Finished: .*==>' 'Handshake done' '<==.* Application data'; do
    like "with $message" "$message" "$(cat "$TMP/stdout")"
done
like "with what was chosen, and its worth" 'TLS 1.3 \(good: the newest\)' "$(cat "$TMP/stdout")"
like "with where RSA key exchange would have differed" 'with RSA' "$(cat "$TMP/stdout")"
like "with the verifier's findings" 'ok +its extended key usage has serverAuth' "$(cat "$TMP/stdout")"
like "with the authorities that are acceptable" 'accepts +CN=Example Home Root' "$(cat "$TMP/stdout")"
like "with the identities of the home that would fit" 'fits +alice@example.com' "$(cat "$TMP/stdout")"
like "and those that would not" 'fits not +gate.example.com' "$(cat "$TMP/stdout")"
is "no line of it is wider than 80 columns" "" "$(awk 'length > 80' "$TMP/stdout")"
ok "TLS 1.2 tells its own messages" probe "$required" "${as[@]}" billing.example.com --steps --tls 1.2
like "the key exchange" '<--.* ServerKeyExchange' "$(cat "$TMP/stdout")"
like "and from where on it is encrypted" 'ChangeCipherSpec' "$(cat "$TMP/stdout")"
LC_ALL=C.UTF-8 probe "$required" "${as[@]}" billing.example.com --steps >"$TMP/utf8"
like "in a UTF-8 locale arrows are drawn" '─── ClientHello' "$(cat "$TMP/utf8")"
LC_ALL=C.UTF-8 TERM=dumb probe "$required" "${as[@]}" billing.example.com --steps >"$TMP/dumb"
is "but not on a dumb terminal" "" "$(LC_ALL=C grep -n -P '[^\x00-\x7F]' "$TMP/dumb" || true)"

ok "--json is JSON" probe "$required" "${as[@]}" billing.example.com --json
cp "$TMP/stdout" "$TMP/good.json"
is "with the verdict" "accepted nobody" "$(cause "$TMP/good.json")"
is "with seven outcomes" "done done done done done done done" "$(outcomes "$TMP/good.json")"
ok "the members that were promised are there" python3 -c '
import json, sys
d = json.load(open(sys.argv[1]))
assert d["format"] == "handclasp-probe-1"
c = d["connection"]
assert c["version"] == "TLS 1.3" and c["stage"] == "served" and len(c["client_random_sha256"]) == 64
assert [m["text"] for m in c["messages"]][:2] == ["ClientHello", "ServerHello"]
assert c["server_certificates"][0]["names"] == ["dns:gate.example.com", "ip:127.0.0.1"]
assert c["findings"] and c["certificate_request"]["authorities"] and c["identities"]
' "$TMP/good.json"

# --- a page -----------------------------------------------------------------------------------------------------------
ok "--html writes a page" probe "$required" "${as[@]}" billing.example.com --html "$TMP/page.html"
like "and the text is printed all the same" 'Both exchange data' "$(cat "$TMP/stdout")"
like "which forbids itself everything from elsewhere" "default-src 'none'" "$(cat "$TMP/page.html")"
unlike "and has neither a script nor an address" '<script|https?://|url\(' "$(cat "$TMP/page.html")"
ok "--html - prints it" probe "$required" "${as[@]}" billing.example.com --html -
like "and nothing else" '^<!doctype html>' "$(head -n 1 "$TMP/stdout")"
for file in good.json page.html utf8; do
    unlike "no key is in $file" 'PRIVATE|BEGIN' "$(cat "$TMP/$file")"
done

# --- refusals ---------------------------------------------------------------------------------------------------------
no "nobody is refused where an identity is required" 1 probe "$required" --name gate.example.com --json
is "and told that one is required" "client-certificate-required client" "$(cause "$TMP/stdout")"
is "at the fourth step" "done done done failed not-reached not-reached not-reached" "$(outcomes "$TMP/stdout")"
ok "nobody is let in where it is optional" probe "$optional" --name gate.example.com --json
is "and told that it is optional" "accepted-anonymous nobody" "$(cause "$TMP/stdout")"
ok "nor is anybody asked where there are no clients' certificates" probe "$none" --name gate.example.com --json
is "and told that nobody asks" "accepted-without-identity nobody" "$(cause "$TMP/stdout")"
no "one whom no rule names is refused" 1 probe "$required" "${as[@]}" other.example.com --json
is "by the server, in HTTP" "http-forbidden server" "$(cause "$TMP/stdout")"
is "at the sixth step" "done done done done done failed not-reached" "$(outcomes "$TMP/stdout")"
no "a server's certificate is none for a client" 1 probe "$required" "${as[@]}" gate.example.com --json
is "and that is told" "your-certificate-wrong-purpose client" "$(cause "$TMP/stdout")"
"$HANDCLASP" revoke billing.example.com --yes --wait >/dev/null
no "who is revoked is refused" 1 probe "$required" "${as[@]}" billing.example.com --json
is "and that is told" "your-certificate-revoked client" "$(cause "$TMP/stdout")"
no "a server of another name is told" 1 probe "$optional" --name shop.example.com --json
is "as the server's to mend" "server-name-mismatch server" "$(cause "$TMP/stdout")"
no "without an authority nothing can be judged" 1 probe --home "$TMP/nowhere" "$none" --name gate.example.com --json
is "and the probe says so" "no-authorities-given client" "$(cause "$TMP/stdout")"
no "where nothing listens" 1 probe "127.0.0.1:$(free_port)" --json
is "the cause is plain" "connection-refused server" "$(cause "$TMP/stdout")"
no "a name server that is not there" 1 probe shop.example.com --dns-server "127.0.0.1:$(free_port)"
like "is told, with its id" 'name-server-fails .*HC-3010' "$(cat "$TMP/stdout")"

# --- hostile names ----------------------------------------------------------------------------------------------------
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$TMP/evil.key" -out "$TMP/evil.pem" -days 2 -utf8 \
    -subj "/CN=<script>alert(1)<\/script>$(printf '\342\200\256')evil" -addext 'subjectAltName=DNS:evil.example.com' 2>/dev/null
evil=$(free_port)
start evil openssl s_server -accept "127.0.0.1:$evil" -cert "$TMP/evil.pem" -key "$TMP/evil.key" -www -quiet
wait_for 5 port_open "$evil"
no "a hostile name is told" 1 probe "127.0.0.1:$evil" --name evil.example.com --steps --html "$TMP/evil.html"
unlike "and turns no line around" $'\342\200\256' "$(cat "$TMP/stdout")"
unlike "nor is it a tag of the page" '<script' "$(cat "$TMP/evil.html")"
like "where it is shown" 'script.?&gt;alert' "$(cat "$TMP/evil.html")"
no "its JSON is JSON" 1 probe "127.0.0.1:$evil" --name evil.example.com --json
is "and its verdict is right" "server-self-signed server" "$(cause "$TMP/stdout")"

# --- wrong usage ------------------------------------------------------------------------------------------------------
no "no target" 2 probe
no "no port is that large" 2 probe "127.0.0.1:70000"
no "a URL of another kind" 2 probe "http://127.0.0.1:$evil/"
no "an unknown protocol" 2 probe "$none" --starttls gopher
no "an unknown version" 2 probe "$none" --tls 1.1
no "no duration" 2 probe "$none" --wait soon
no "a key without a certificate" 2 probe "$none" --key "$TMP/evil.key"
no "a certificate without its key" 2 probe "$none" --cert "$ID/alice@example.com/chain.pem"
like "and the missing option is named" '\-\-key FILE' "$(cat "$TMP/stderr")"
no "two identities at once" 2 probe "$none" --as alice@example.com --cert "$TMP/evil.pem"
no "two things on one stdout" 2 probe "$none" --json --html -
no "a certificate that is not there" 3 probe "$none" --cert "$TMP/missing.pem"
no "an identity that is not there" 3 probe "$none" --as nobody.example.com
no "a bundle that is not there" 3 probe "$none" --bundle "$TMP/missing.pem"
no "a page that cannot be written" 3 probe "$none" --name gate.example.com --html "$TMP/missing/page.html"
ok "a pasted URL is a target" probe "https://$none/index.html" --name gate.example.com

# --- own files --------------------------------------------------------------------------------------------------------
no "a key of another certificate is told" 1 probe "$required" --name gate.example.com --cert "$ID/alice@example.com/chain.pem" \
    --key "$TMP/evil.key" --json
is "before anybody else complains" "your-key-mismatch client" "$(cause "$TMP/stdout")"
echo "a long sentence" >"$TMP/passphrase"
chmod 600 "$TMP/passphrase"
openssl pkey -in "$ID/alice@example.com/key.pem" -aes256 -passout "file:$TMP/passphrase" -out "$TMP/locked.pem"
ok "a key with a passphrase is opened by a file" probe "$required" --name gate.example.com --cert "$ID/alice@example.com/chain.pem" \
    --key "$TMP/locked.pem" --passphrase-file "$TMP/passphrase"
no "and asked for elsewhere" 2 probe "$required" --name gate.example.com --cert "$ID/alice@example.com/chain.pem" --key "$TMP/locked.pem"
done_testing
