#!/usr/bin/env bash
# Whatever a stranger writes, every event is one line of JSON with everything that an operator asks for (T43); metrics and health too.
. "$(dirname "$0")/support/gate.sh"
household
backend_start app
# A stranger's certificate may hold anything; a refused one is logged too.
SUBJECT=$'/CN=line\nbreak "quoted" \e[31mred \\\\ <\/script>' forge "$TMP/hostile" "$(stamp '2 hours ago')" "$(stamp '1 hour ago')" \
    subjectAltName=otherName:1.2.3.4\;UTF8:hostile,email:bob@example.com
mkdir "$TMP/rlo"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$TMP/rlo/key.pem" -out "$TMP/rlo/chain.pem" -utf8 \
    -subj $'/CN=\xe2\x80\xaeevil \xe2\x80\x8b{"event":"forged"}' -addext subjectAltName=email:x@example.com -days 1 2>/dev/null
metrics_port=$(free_port)
gate_start web --forward "http://$backend" --allow 'email:*@example.com' --metrics "127.0.0.1:$metrics_port"
metric() { # NAME-WITH-LABELS-REGEX: the sum of its values
    curl -s "http://127.0.0.1:$metrics_port/metrics" | grep -E "^$1" | awk '{ s += $NF } END { print s + 0 }'
}

allowed "Alice is let in" alice@example.com "$URL/some/path?q=1" -A 'Mozilla/5.0 "x"'
alice_from=$from
refused "a guest is not" 403 HC-2001 mallory@guests.example.com "$URL/other" -A 'x"}\,"id":"HC-1"'
guest_from=$from
refused "a hostile certificate is not" 000 HC-1008 "$TMP/hostile"
refused "nor another" 000 HC-1101 "$TMP/rlo"
rlo_from=$from
refused "nobody is not" 000 HC-1100 nobody
raw >/dev/null <<'ROWS'
GET /\x1b[2J"\\\x00 HTTP/1.1\r\nHost: a\r\n\r\n
GET /a"b HTTP/1.1\r\nHost: gate.example.com\r\nConnection: close\r\n\r\n
GET /<script>alert(1)</script> HTTP/1.1\r\nHost: gate.example.com\r\nConnection: close\r\n\r\n
GE"T / HTTP/1.1\r\nHost: gate.example.com\r\n\r\n
GET /\xe2\x80\xae\xff HTTP/1.1\r\nHost: gate.example.com\r\n\r\n
GET /%0a{"event":"forged"} HTTP/1.1\r\nHost: gate.example.com\r\n\r\n
\x1b[31m\xff\xfe\n\n
ROWS
for sni in 'a"b' $'x\ny' 'evil\xe2\x80\xae' '../../etc'; do
    openssl s_client -connect "127.0.0.1:$port" -servername "$sni" </dev/null >/dev/null 2>&1 || true
done
sleep 0.3

cat >"$TMP/check.py" <<'PY'
"""Every line is JSON of printable ASCII or harmless Unicode, with keys in the order of the manual, none of them twice."""
import json, sys, unicodedata
order = "time level event gate peer identity presented serial issuer decision id ref rule tls method path status in out us text".split()
n = 0
def pairs(found):
    keys = [k for k, _ in found]
    assert len(keys) == len(set(keys)), keys
    return dict(found)
for raw in open(sys.argv[1], "rb"):
    assert raw.endswith(b"\n"), raw
    text = raw[:-1].decode("utf-8")
    bad = [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co")]
    assert not bad, (bad, text)
    event = json.loads(text, object_pairs_hook=pairs)
    assert event["event"] in ("listening", "metrics", "handshake", "request", "connection", "closed", "alarm", "stopping", "stopped"), event
    if event["event"] in ("handshake", "request"):
        keys = [k for k in event]
        assert keys == sorted(keys, key=order.index), keys
        assert event["decision"] in ("allowed", "refused", "failed"), event
        assert ("id" in event) == (event["decision"] != "allowed") or event["id"].startswith("HC-3") or event["id"] == "HC-4004", event
        assert event["us"] >= 0 and ":" in event["peer"], event
    n += 1
print(n)
PY
ok "every line is one event of well-formed, harmless JSON" python3 "$TMP/check.py" "$TMP/web.log"
ok "and there are all of them" test "$(cat "$TMP/stdout")" -ge 25
unlike "no event was forged" '"event":"forged"' "$(logged)"

serial=$(openssl x509 -in "$ID/alice@example.com/cert.pem" -noout -serial | cut -d= -f2 | tr 'A-F' 'a-f')
event() { # PEER WHAT
    logged "\"event\":\"$2\".*\"peer\":\"$1\""
}
like "a handshake tells who, which certificate, by whom, how and how long" \
    "\"identity\":\"email:alice@example.com\",\"serial\":\"0*$serial\",\"issuer\":\"CN=Example Home Issuing CA,O=Example Home\",\"decision\":\"allowed\",\"tls\":\"TLSv1.3\",\"us\":[0-9]+" \
    "$(event "$alice_from" handshake)"
like "a request tells who, by which rule, what, the answer and how long" \
    "\"gate\":\"web\",\"peer\":\"$alice_from\",\"identity\":\"email:alice@example.com\",\"serial\":\"0*$serial\".*\"decision\":\"allowed\",\"rule\":\"[^\"]*email:\*@example.com\",\"method\":\"GET\",\"path\":\"/some/path\?q=1\",\"status\":200,.*\"out\":9,\"us\":[0-9]+" \
    "$(event "$alice_from" request)"
like "a refusal tells its id, its reference and who it was" \
    "\"identity\":\"email:mallory@guests.example.com\".*\"decision\":\"refused\",\"id\":\"HC-2001\",\"ref\":\"[a-z0-9]{12}\".*\"path\":\"/other\",\"status\":403" \
    "$(event "$guest_from" request)"
like "a refused certificate is described" '"presented":"email:x@example.com".*"decision":"refused","id":"HC-1101"' "$(event "$rlo_from" handshake)"
like "and its name is escaped" 'CN=[^,]*E2.{1,2}80.{1,2}AEevil' "$(event "$rlo_from" handshake)"

# Text for people, escaped as well.
gate_start text --log text --forward "http://$backend" --allow 'email:*@example.com'
allowed "Alice is let in by a gate that logs text" alice@example.com "$URL/plain"
refused_text() { # SENTENCE REGEX
    wait_for 2 grep -qE -- "$2" "$TMP/text.log" || true
    like "$1" "$2" "$(cat "$TMP/text.log")"
}
refused_text "a line of text holds the same" "request gate=text peer=$from identity=email:alice@example.com serial=[0-9a-f]+ issuer=.* decision=allowed .* path=/plain status=200"
visit "$TMP/hostile"
visit "$TMP/rlo"
refused_text "and the catalogue's sentence about a refusal" "peer=$from .*id=HC-1101 .*why=\"No path leads from the certificate to a trusted authority.\""
is "no line of it holds a control byte or a character that turns text around" 0 \
    "$(tr -d '\n' <"$TMP/text.log" | grep -cP '[\x00-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]' || true)"

# Metrics, on a loopback listener of their own.
gate_use web
is "healthz says that the process lives" "200 ok" "$(curl -s -w '%{http_code} ' "http://127.0.0.1:$metrics_port/healthz" -o "$TMP/health")$(cat "$TMP/health")"
is "readyz that it accepts" "200" "$(http_status "http://127.0.0.1:$metrics_port/readyz")"
ok "handshakes are counted" test "$(metric 'handclasp_handshakes_total.*finished')" -ge 3
ok "so are refusals, by their id" test "$(metric 'handclasp_refusals_total.*HC-1100')" -ge 1
ok "and decisions" test "$(metric 'handclasp_decisions_total.*refused')" -ge 1
is "each metric has its help and type" "$(curl -s "http://127.0.0.1:$metrics_port/metrics" | grep -v '^#' | sed 's/[{ ].*//' | sort -u)" \
    "$(curl -s "http://127.0.0.1:$metrics_port/metrics" | sed -n 's/^# TYPE \([^ ]*\) .*/\1/p' | sort -u)"
unlike "no metric names a person" 'alice|mallory' "$(curl -s "http://127.0.0.1:$metrics_port/metrics")"
is "another path is 404" 404 "$(http_status "http://127.0.0.1:$metrics_port/")"
is "POST is not served" 405 "$(http_status -d x "http://127.0.0.1:$metrics_port/metrics")"
is "nor a name that somebody else chose" 400 "$(http_status -H 'Host: evil.example' "http://127.0.0.1:$metrics_port/metrics")"
no "metrics are never served to the network" 3 timeout 10 "$HANDCLASP" gate --name y --listen 127.0.0.1:0 --identity gate.example.com \
    --forward "http://$backend" --allow 'email:*@example.com' --metrics 0.0.0.0:0
like "and the refusal says why" 'loopback' "$(cat "$TMP/stderr")"
done_testing
