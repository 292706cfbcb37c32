#!/usr/bin/env bash
# probe's report, in a browser: nothing runs, nothing is fetched, and it can be read on a phone, in the dark, on paper and by ear.
#
# It needs chromium (80 MB to fetch), which few machines that build have, and is skipped without: scripts/packages install browser.
# To look at the pages oneself: tests/scenario/run --keep readable_in_a_browser; the screenshots are in its directory, in shots/.
. "$(dirname "$0")/support/gate.sh"
if ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null; then
    skip "a report is readable in a browser" "chromium is not installed: scripts/packages install browser"
    done_testing
fi

household
mkdir -p "$TMP/www" "$TMP/shots"
echo hello >"$TMP/www/index.html"
gate_start required --serve "$TMP/www" --allow 'email:*@example.com'
gate=127.0.0.1:$port

# report NAME CODE OPTION...: a page of one probe, which ends with that exit code.
reports=()
report() {
    local name=$1 want=$2 code=0
    shift 2
    "$HANDCLASP" probe "$@" --html "$TMP/$name.html" >"$TMP/$name.txt" 2>&1 || code=$?
    is "a probe to show: $name" "$want" "$code"
    reports+=("$TMP/$name.html")
}

# made NAME SUBJECT NAMES: a certificate of nobody's, self-signed.
made() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$TMP/$1.key" -out "$TMP/$1.pem" -days 20 -utf8 \
        -subj "$2" ${3:+-addext "subjectAltName=$3"} 2>/dev/null
}

# server NAME ARGUMENT...: openssl s_server with the certificate of that name; sets `at`.
at=
server() {
    local name=$1
    shift
    at=$(free_port)
    start "$name" openssl s_server -accept "127.0.0.1:$at" -cert "$TMP/$name.pem" -key "$TMP/$name.key" -quiet "$@"
    wait_for 5 port_open "$at"
    at=127.0.0.1:$at
}

# --- the probes -------------------------------------------------------------------------------------------------------
as=(--name gate.example.com)
report good 0 "$gate" "${as[@]}" --as alice@example.com
report refused 1 "$gate" "${as[@]}"
report forbidden 1 "$gate" "${as[@]}" --as mallory@guests.example.com

# A server with names and an answer that would like to be a page of their own.
evil="<script>alert(1)<\/script><img src=x onerror=alert(2)>$(printf '\342\200\256')evil"
made evil "/CN=$evil/O=\"><style>*{display:none}<\/style>" DNS:evil.example.com
printf 'HTTP/1.0 403 <img src=//x.example/y>\r\nX-Evil: </dd><script>alert(3)</script>\r\n\r\n<h1>&amp;\033]0;x\007\n' >"$TMP/answer"
server evil -HTTP -verify 1 -CAfile "$TMP/evil.pem"
report hostile 1 "$at" --name evil.example.com --path /answer --as alice@example.com
made malformed "/CN=malformed.example.com" 'email:"<b>"@example.com'
server malformed -www
report malformed 1 "$at" --name malformed.example.com

# One that speaks before it is asked, and not TLS.
start banner python3 -c '
import socket, sys
s = socket.create_server(("127.0.0.1", 0))
open(sys.argv[1], "w").write(str(s.getsockname()[1]))
while True:
    c = s.accept()[0]
    c.sendall(b"220 <script>alert(4)</script> \xe2\x80\xae\x1b[2J\x07 &lt;" + b"W" * 400 + b"\r\n")
    c.close()' "$TMP/banner.port"
wait_for 5 test -s "$TMP/banner.port"
report banner 1 "127.0.0.1:$(cat "$TMP/banner.port")" --name mail.example.com

# A hundred names that have no place to break, and twenty authorities that are acceptable.
label=$(printf 'a%.0s' {1..60})
names=$(for i in {10..109}; do printf 'DNS:%s%s.%s.example.com,' "$label" "$i" "$label"; done)
made long "/CN=long.example.com/O=$label" "DNS:long.example.com,${names%,}"
for i in {1..20}; do
    made "authority$i" "/CN=Authority number $i of a very large organisation/OU=$label/O=Example $i"
    cat "$TMP/authority$i.pem" >>"$TMP/authorities.pem"
done
server long -Verify 1 -CAfile "$TMP/authorities.pem"
report long 1 "$at" --name long.example.com --as alice@example.com

# Both are right by themselves; and an authority of which the user knows more than the probe.
made old "/CN=old.example.com" DNS:old.example.com
server old -tls1_2 -www
report unfit 1 "$at" --name old.example.com --tls 1.3
authority "$TMP/foreign" "Foreign Home"
"$HANDCLASP" --home "$TMP/foreign" issue server shop.example.com >/dev/null
cp "$TMP/foreign/identities/shop.example.com/cert.pem" "$TMP/shop.pem"
cp "$TMP/foreign/identities/shop.example.com/key.pem" "$TMP/shop.key"
server shop -cert_chain "$TMP/foreign/authority/issuing.cert.pem" -www
report likeliest 1 "$at" --name shop.example.com

# A server that finishes the handshake and then refuses the certificate, for reasons that it keeps for itself.
cp "$ID/gate.example.com/chain.pem" "$TMP/proxy.pem"
cp "$ID/gate.example.com/key.pem" "$TMP/proxy.key"
printf 'HTTP/1.1 495 SSL Certificate Error\r\nContent-Length: 0\r\n\r\n' >"$TMP/495"
server proxy -cert_chain "$HOME_DIR/authority/issuing.cert.pem" -HTTP -verify 1 -CAfile "$BUNDLE"
report undecided 1 "$at" "${as[@]}" --path /495 --as alice@example.com

for sign in 'good In order' 'refused Not in order' 'unfit Does not fit together' 'undecided Undecided'; do
    like "the verdict's sign of $sign" "role=\"img\" aria-label=\"${sign#* }\"" "$(cat "$TMP/${sign%% *}.html")"
done

# And nobody at all.
report silence 1 "127.0.0.1:$(free_port)"

# What every check must find fault with.
cat >"$TMP/control.html" <<'PAGE'
<!doctype html><html><head><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>body{background:#888;color:#999;font-size:10px}div{width:2000px}summary{height:9px;overflow:hidden}</style></head>
<body><h3>Control</h3><script>alert(1)</script><img src="//x.example/y.png"><div>wide</div>
<details><summary>s</summary><p>folded</p></details></body></html>
PAGE

# --- the browser ------------------------------------------------------------------------------------------------------
while IFS= read -r line; do
    case $line in
    "ok - "*) _report 1 "${line#ok - }" ;;
    "not ok - "*) _report 0 "${line#not ok - }" ;;
    *) printf '# %s\n' "${line#\# }" ;;
    esac
done < <(python3 "$SUPPORT/browser.py" "$TMP/shots" "${reports[@]}" "$TMP/control.html" 2>&1 || echo "not ok - the browser came to its end")
is "the browser has gone" "" "$(pgrep -f -- "--user-data-dir=$TMP/browser" || true)"
done_testing
