#!/usr/bin/env bash
# What other people's programs print is explained: each line of the table, and lines that real programs print on the spot
# against a real server. The page docs/errors.md is what the tables say.
. "$(dirname "$0")/lib.sh"
explain() { # TEXT: the slugs and ids that explain it, in order
    "$HANDCLASP" explain --json -- "$1" 2>/dev/null | python3 -c 'import json, sys; print(*[x["id"] for x in json.load(sys.stdin)["explanations"]], sep="; ")' || true
}
explained() { # SENTENCE REGEX FILE: the file is what a program printed
    "$HANDCLASP" explain --json --file "$3" >"$TMP/explained" 2>"$TMP/stderr" || true
    like "$1" "$2" "$(python3 -c 'import json, sys; print(*[x["id"] for x in json.load(sys.stdin)["explanations"]], sep="; ")' <"$TMP/explained" 2>&1)"
}

# --- the table and the page -------------------------------------------------------------------------------------------
"$HANDCLASP" explain --page >"$TMP/errors.md"
if [[ -n ${UPDATE:-} ]]; then
    cp "$TMP/errors.md" "$ROOT/docs/errors.md"
fi
ok "docs/errors.md is what explain --page writes" diff -u "$ROOT/docs/errors.md" "$TMP/errors.md"
ok "all lines are listed" "$HANDCLASP" explain --list
cat >"$TMP/examples.py" <<'PY'
import json, subprocess, sys
program = sys.argv[1]
rows = json.loads(subprocess.run([program, "explain", "--list", "--json"], capture_output=True, check=True).stdout)["patterns"]
wrong = 0
for row in rows:
    run = subprocess.run([program, "explain", "--json", "--", row["example"]], capture_output=True)
    found = json.loads(run.stdout)["explanations"] if run.returncode == 0 else []
    if not found or found[0]["id"] != row["slug"] or not found[0]["means"] or not found[0]["fix"]:
        wrong += 1
        print(row["slug"], "is explained by", [x["id"] for x in found])
print(len(rows), "lines,", wrong, "wrong")
sys.exit(wrong > 0 or len(rows) < 120)
PY
ok "every example is explained by its own row first" python3 "$TMP/examples.py" "$HANDCLASP"

# --- codes ------------------------------------------------------------------------------------------------------------
is "an id" "HC-1201" "$(explain HC-1201)"
is "its number" "HC-1201" "$(explain 1201)"
is "an alert by its name: both readings" "unknown_ca (48); unknown_ca (48)" "$(explain "unknown ca")"
is "an alert by its words" "openssl-alert-bad-certificate; bad_certificate (42)" "$(explain "sslv3 alert bad certificate")"
is "OpenSSL's reason by its number" "X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY (20)" "$(explain "error 20")"
is "words need not be quoted" "unknown_ca (48)" "$("$HANDCLASP" explain unknown ca | sed -n '1s/^TLS alert: //p')"
like "what says the same again is only named" '  also +OpenSSL: X509_V_ERR_CERT_HAS_EXPIRED \(10\)' \
    "$("$HANDCLASP" explain "curl: (60) SSL certificate problem: certificate has expired")"
like "who said it is said" 'said by +the other side' "$("$HANDCLASP" explain "SSL alert number 48")"

# --- what is no line --------------------------------------------------------------------------------------------------
refused() { # SENTENCE EXIT REGEX ARGUMENT...
    no "$1" "$2" "$HANDCLASP" explain "${@:4}"
    like "$1: it says what to paste or do" "$3" "$(cat "$TMP/stderr")"
}
refused "an unknown text" 1 'Paste one line.*HC-9014' "the weather is fine"
refused "an empty text" 1 'empty.*' ""
refused "nothing at all" 2 'HC-8001'
refused "text and a file" 2 'HC-8001' --file "$0" text
head -c 4000 /dev/urandom >"$TMP/random"
refused "a binary" 1 'HC-9014' --file "$TMP/random"
head -c 16385 /dev/zero | tr '\0' 'x' >"$TMP/long"
refused "a text that is too long" 3 'HC-6012' --file "$TMP/long"
refused "a file that is not there" 3 'HC-6002' --file "$TMP/none"

# --- lines that real programs print, on the spot ----------------------------------------------------------------------
"$HANDCLASP" init Corp --no-passphrase >/dev/null
"$HANDCLASP" issue server localhost --ip 127.0.0.1 >/dev/null
"$HANDCLASP" issue client web >/dev/null 2>&1 || "$HANDCLASP" issue client web.example.com >/dev/null
"$HANDCLASP" --home "$TMP/other" init Other --no-passphrase >/dev/null
"$HANDCLASP" --home "$TMP/other" issue client mallory.example.com >/dev/null
id=$HOME_DIR/identities/localhost
mallory=$TMP/other/identities/mallory.example.com
port=$(free_port)
port_plain=$(free_port)
start server openssl s_server -accept "127.0.0.1:$port" -cert "$id/cert.pem" -cert_chain "$id/chain.pem" -key "$id/key.pem" \
    -Verify 1 -verify_return_error -CAfile "$id/bundle.pem" -www -quiet
mkdir "$TMP/www"
start plain python3 -m http.server --bind 127.0.0.1 --directory "$TMP/www" "$port_plain"
wait_for 5 port_open "$port"
wait_for 5 port_open "$port_plain"

curl -sS "https://localhost:$port/" >"$TMP/said" 2>&1 || true
explained "curl that lacks the root" '^curl-60-(unknown-issuer|self-signed-in-chain); X509_V_ERR_' "$TMP/said"
curl -sS --cacert "$id/bundle.pem" "https://localhost:$port/" >"$TMP/said" 2>&1 || true
explained "curl without a certificate" '^curl-56-certificate-required; certificate_required \(116\)' "$TMP/said"
curl -sS --cacert "$id/bundle.pem" --cert "$mallory/chain.pem" --key "$mallory/key.pem" "https://localhost:$port/" >"$TMP/said" 2>&1 || true
explained "curl with somebody else's certificate" '^curl-56-unknown-ca; unknown_ca \(48\)' "$TMP/said"
curl -sS --cacert "$id/bundle.pem" --connect-to "shop.example.com:443:localhost:$port" https://shop.example.com/ >"$TMP/said" 2>&1 || true
explained "curl by a wrong name" '^curl-60-name' "$TMP/said"
curl -sS "https://localhost:$port_plain/" >"$TMP/said" 2>&1 || true
explained "curl to a plain port" '^curl-35-wrong-version-number' "$TMP/said"
openssl s_client -connect "localhost:$port_plain" </dev/null >"$TMP/said" 2>&1 || true
explained "openssl to a plain port" 'openssl-wrong-version-number' "$TMP/said"
openssl s_client -connect "localhost:$port" </dev/null 2>&1 | grep -i 'verify error' | head -n 1 >"$TMP/said" || true
explained "openssl that lacks the root" 'X509_V_ERR_(UNABLE_TO_GET_ISSUER_CERT_LOCALLY|SELF_SIGNED_CERT_IN_CHAIN)' "$TMP/said"
openssl s_client -connect "localhost:$port" -CAfile "$id/bundle.pem" -ign_eof </dev/null 2>&1 | grep -i 'alert number' >"$TMP/said" || true
explained "openssl without a certificate" '^openssl-alert-certificate-required; certificate_required \(116\)$' "$TMP/said"
cat >"$TMP/visit.py" <<'PY'
import ssl, socket, sys
context = ssl.create_default_context(cafile=sys.argv[2] if len(sys.argv) > 2 else None)
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as s, context.wrap_socket(s, server_hostname="localhost") as tls:
    tls.sendall(b"GET / HTTP/1.0\r\n\r\n")
    tls.recv(100)
PY
python3 "$TMP/visit.py" "$port" >"$TMP/said" 2>&1 || true
explained "python that lacks the root" '^python-(issuer|self-signed-in-chain); X509_V_ERR_' "$TMP/said"
python3 "$TMP/visit.py" "$port" "$id/bundle.pem" >"$TMP/said" 2>&1 || true
explained "python without a certificate" '^python-certificate-required; certificate_required \(116\)' "$TMP/said"
if command -v node >/dev/null; then
    visit='require("https").get({host: "localhost", family: 4, port: process.argv[1], ca: process.argv[2] && require("fs").readFileSync(process.argv[2])}, r => r.resume())'
    node -e "$visit" "$port" >"$TMP/said" 2>&1 || true
    explained "node that lacks the root" '^node-(leaf-signature|issuer-locally|self-signed-in-chain)' "$TMP/said"
    node -e "$visit" "$port" "$id/bundle.pem" >"$TMP/said" 2>&1 || true
    explained "node without a certificate" 'node-certificate-required' "$TMP/said"
else
    skip "node that lacks the root" "node is not installed"
fi
stop server || true
stop plain || true
done_testing
