#!/usr/bin/env bash
# Whoever is refused learns an id at most; `why` tells the operator the cause, every failed rule and the fix, and both ends of a
# handshake side by side; nobody else is told anything.
. "$(dirname "$0")/support/gate.sh"
household
foreigners
mkdir "$TMP/www"
echo "a page" >"$TMP/www/index.html"
gate_start shop --serve "$TMP/www" --allow 'email:*@example.com' --clients optional --workers 1

# The id that the log has for the last visit.
ref_of_visit() {
    wait_for 2 grep -q "\"peer\":\"$from\".*\"ref\":" "$TMP/$gate.log" || true
    logged "\"peer\":\"$from\".*\"ref\":" | sed -n 's/.*"ref":"\([0-9a-z]*\)".*/\1/p' | tail -n 1
}
# A record is on the disk a moment after the answer.
known() {
    wait_for 3 "$HANDCLASP" why "$1"
}
# why ID: what it says, or nothing.
says() {
    known "$1" || true
    "$HANDCLASP" why "$@" 2>&1 || true
}
one_line() { # a paragraph as it was before it was wrapped
    tr -s '\n ' ' '
}

# --- a request that no rule admits ------------------------------------------------------------------------------------

visit mallory@guests.example.com "$URL/orders"
is "a guest is refused" 403 "$status"
like "and is told an id, and nothing else" '^403 Forbidden
id: [0-9a-hjkmnp-tv-z]{12}$' "$(cat "$TMP/body")"
forbidden=$(sed -n 's/^id: //p' "$TMP/body")
said=$(says "$forbidden")
like "why tells what happened" "$forbidden: the gate shop refused the request: No rule admits this peer here\." "$(one_line <<<"$said")"
like "... who it was, and that this was proven" 'email:mallory@guests.example.com \(proven\)' "$said"
like "... what was asked for" 'GET /orders, answered with 403' "$said"
like "... the decision" 'HC-2001' "$said"
like "... the chain up to the authority" 'as it was checked' "$said"
like "... and a fix for this very case" 'decides /orders: allow: \["email:mallory@guests.example.com"\]' "$(one_line <<<"$said")"
like "... and how to look further" 'handclasp explain HC-2001' "$said"
is "no line is wider than 80 columns" "" "$(awk 'length > 80' <<<"$said")"
ageless() { sed 's/ ([^()]* ago)$//'; } # a second may have gone by
said=$(ageless <<<"$said")
is "the id may be typed in capitals" "$said" "$("$HANDCLASP" why "${forbidden^^}" | ageless)"
is "or pasted with what stood around it" "$said" "$("$HANDCLASP" why "$(cat "$TMP/body")" | ageless)"
is "or as words" "$said" "$("$HANDCLASP" why see "id=$forbidden," thanks | ageless)"
ok "programs read it as JSON" "$HANDCLASP" why "$forbidden" --json
is "with everything in it" "HC-2001 request 403 shop True 3 email:mallory@guests.example.com True" "$(python3 - "$TMP/stdout" <<'PY'
import json, sys
r = json.load(open(sys.argv[1]))
print(r["id"], r["stage"], r["status"], r["gate"], r["proven"], len(r["chain"]), r["identity"], "allow" in r["fix"])
PY
)"
no "an id that nobody was told is unknown" 1 "$HANDCLASP" why 000000000000
like "which is said" 'HC-9013' "$(cat "$TMP/stderr")"
no "what is no id is no id" 1 "$HANDCLASP" why please
like "which is said" 'is no id.*12 letters and digits' "$(cat "$TMP/stderr")"
no "a directory without records is told" 3 "$HANDCLASP" why "$forbidden" --state "$TMP/www"
like "... by name" "no gate has kept records in $TMP/www" "$(cat "$TMP/stderr")"
visit nobody
like "a visitor without a certificate is told an id too" '^id: ' "$(tail -n 1 "$TMP/body")"
said=$(says "$(sed -n 's/^id: //p' "$TMP/body")")
like "and why says that there was none" 'nobody in particular: no certificate was presented' "$(one_line <<<"$said")"

# --- certificates that are refused ------------------------------------------------------------------------------------

# refused_as SENTENCE WHO ID...: no answer at all, and the record has every one of these failed rules.
refused_as() {
    local sentence=$1 who=$2 ref id
    shift 2
    visit "$who"
    is "$sentence" 000 "$status"
    ref=$(ref_of_visit)
    unlike "... and is told nothing but the alert" "$ref|HC-[0-9]" "$(cat "$TMP/stderr")"
    said=$(says "$ref")
    for id in "$@"; do
        like "... why names $id with its clause" "^  $id .*" "$(grep -A1 "^  $id " <<<"$said")"
    done
    like "... and calls nobody by a name that was only presented" 'who +presented ' "$said"
}
forge "$TMP/old" "$(stamp '2 days ago')" "$(stamp '1 hour ago')" extendedKeyUsage=serverAuth
refused_as "an expired certificate of the wrong kind is refused" "$TMP/old" HC-1201 HC-1207
like "... with the RFC's word for it" '\[RFC 5280 6\.1\.3 \(a\)\(2\)\]' "$said"
like "... when it ended" 'ended (59|60|1) (minutes|hour)' "$(one_line <<<"$said")"
like "... and the command that mends it" '  handclasp renew bob@example\.com' "$said"
like "... and the handshake as the gate saw it" 'client --> gate  ClientHello' "$said"
like "... to its end" 'client <-- gate  alert ' "$said"
refused_as "a certificate of an unknown authority is refused" "$FOREIGN" HC-1101
like "... with whose it is" 'last was issued by ' "$(one_line <<<"$said")"
"$HANDCLASP" revoke bob@example.com --wait >/dev/null
refused_as "a revoked certificate is refused" bob@example.com HC-1401
like "... on purpose" 'It was revoked on purpose' "$(one_line <<<"$said")"
revoked=$(ref_of_visit)

ok "without an id the last refusals are listed" "$HANDCLASP" why
is "the newest last" "$revoked HC-1401" "$(tail -n 2 "$TMP/stdout" | awk 'NR == 1 {print $1, $NF}')"
like "with a head" '^ID +WHEN +GATE +WHO +WHY' "$(cat "$TMP/stdout")"
is "no line is wider than 80 columns" "" "$(awk 'length > 80' "$TMP/stdout")"

# --- whose the records are --------------------------------------------------------------------------------------------

is "the records are the gate's own" 600 "$(stat -c %a "$STATE_DIRECTORY/gate-shop.why")"
visit alice@example.com "$URL/why?id=$forbidden"
is "no page of the gate tells them" 404 "$status"
if [[ $(id -u) == 0 ]]; then
    chmod 711 "$TMP" "$SCENARIO_DIR"
    no "another user reads nothing" 3 setpriv --reuid=65534 --regid=65534 --clear-groups "$HANDCLASP" why "$forbidden" --state "$STATE_DIRECTORY"
    no "not even of a gate whose name he knows" 3 setpriv --reuid=65534 --regid=65534 --clear-groups "$HANDCLASP" why "$forbidden" \
        --state "$STATE_DIRECTORY" --name shop
else
    skip "another user reads nothing" "only root can be another user"
    skip "not even of a gate whose name he knows" "only root can be another user"
fi
chmod 644 "$STATE_DIRECTORY/gate-shop.why"
no "a file that others may read is told" 3 "$HANDCLASP" why "$forbidden"
like "with what mends it" 'HC-6006' "$(cat "$TMP/stderr")"
chmod 600 "$STATE_DIRECTORY/gate-shop.why"

# --- the flight recorder ----------------------------------------------------------------------------------------------

allowed "Alice is let in" alice@example.com
ok "the last handshakes are listed" "$HANDCLASP" gate handshakes
said=$(cat "$TMP/stdout")
like "with a head" '^WHEN +FROM +WHO +TLS +VERDICT +MS' "$said"
like "Alice's is the newest, and good" 'email:alice@example.com +1\.3 +(good|resumed) +[0-9.]+' "$(grep -E '^[0-9]{2}:' <<<"$said" | tail -n 1)"
like "the refused ones are in it, as presented" '\? email:bob@example.com +1\.3 +HC-1401' "$said"
like "which is explained" '\? NAME: that certificate was presented' "$said"
is "no line is wider than 80 columns" "" "$(awk 'length > 80' "$TMP/stdout")"
ok "--refused chooses" "$HANDCLASP" gate handshakes --refused
is "... those that were not finished" 0 "$(grep -cE ' (good|resumed) ' "$TMP/stdout" || true)"
like "... all of them" 'HC-1101' "$(cat "$TMP/stdout")"
ok "--who chooses" "$HANDCLASP" gate handshakes --who email:bob@example.com
is "... by what was presented, too" 0 "$(grep -cE 'alice|mallory' "$TMP/stdout" || true)"
like "... Bob's" 'HC-1401' "$(cat "$TMP/stdout")"
ok "who is somebody is another question" "$HANDCLASP" gate handshakes --who authenticated --name shop
is "that a presented certificate does not answer" 0 "$(grep -c 'HC-' "$TMP/stdout" || true)"
ok "--steps tells their messages" "$HANDCLASP" gate handshakes --refused --steps
like "... from the first" '[0-9.]+ ms  -->  ClientHello' "$(cat "$TMP/stdout")"
like "... to the alert" '[0-9.]+ ms  <--  alert certificate_revoked \(44\)' "$(cat "$TMP/stdout")"
is "no line is wider than 80 columns" "" "$(awk 'length > 80' "$TMP/stdout")"
ok "JSON is for programs" "$HANDCLASP" gate handshakes --json
is "with everything in it" "True True True" "$(python3 - "$TMP/stdout" <<'PY'
import json, sys
d = json.load(open(sys.argv[1]))
h = d["handshakes"]
print(d["listed"] == len(h), all(x["messages"] and x["client_random_sha256"] and x["time"] for x in h), any(x.get("id") == "HC-1401" for x in h))
PY
)"
no "a pattern that is none is refused" 1 "$HANDCLASP" gate handshakes --who bob

# --- both ends --------------------------------------------------------------------------------------------------------

# A handshake whose random is known from the client's own notes, and the record that a probe would make of it.
probe_of() { # FILE WHO
    credentials "$2"
    openssl s_client -connect "127.0.0.1:$port" -servername gate.example.com -CAfile "$BUNDLE" -cert "${with[3]}" -cert_chain "${with[3]}" \
        -key "${with[5]}" -keylogfile "$TMP/keys" -tls1_3 >"$TMP/client.out" 2>&1 <<<"Q" || true
    python3 - "$TMP/keys" "$port" >"$1" <<'PY'
import hashlib, json, sys
random = [l.split()[1] for l in open(sys.argv[1]) if l.startswith("CLIENT_HANDSHAKE_TRAFFIC_SECRET")][0]
def message(at, source, number, kind="handshake"):
    return {"at_us": at, "from": source, "type": kind, "number": number}
print(json.dumps({"format": "handclasp-probe-1", "time": "2026-11-21T10:00:00Z", "target": {"host": "gate.example.com", "port": int(sys.argv[2])},
                  "verdict": {"sentence": "The server refused your certificate."},
                  "connection": {"client_random_sha256": hashlib.sha256(bytes.fromhex(random)).hexdigest(), "version": "TLS 1.3",
                                 "messages": [message(900, "client", 1), message(2500, "server", 2), message(2600, "server", 8),
                                              message(9000, "client", 11), message(9100, "client", 20)]}}))
PY
    rm -f "$TMP/keys"
}
probe_of "$TMP/probe.json" "$FOREIGN"
wait_for 3 "$HANDCLASP" why --probe "$TMP/probe.json" || true
ok "a probe's record is joined with the gate's" "$HANDCLASP" why --probe "$TMP/probe.json"
said=$(cat "$TMP/stdout")
like "both columns have the ClientHello" '0\.9 ms  ClientHello +--> +[0-9.]+ ms  ClientHello' "$said"
like "what the gate sent is there" '2\.5 ms  ServerHello +<-- +[0-9.]+ ms  ServerHello' "$said"
like "and what the probe never saw" 'not seen +<-- +[0-9.]+ ms  alert unknown_ca' "$said"
like "what the probe says" 'The server refused your certificate' "$said"
like "and what the gate knows" '  HC-1101 No path leads' "$said"
is "no line is wider than 80 columns" "" "$(awk 'length > 80' "$TMP/stdout")"
ok "JSON has both" "$HANDCLASP" why --probe "$TMP/probe.json" --json
is "... of one handshake" "True HC-1101" "$(python3 -c 'import json, sys; d = json.load(open(sys.argv[1]))
print(d["gate"]["client_random_sha256"] == d["probe"]["connection"]["client_random_sha256"], d["gate"]["id"])' "$TMP/stdout")"
probe_of "$TMP/good.json" alice@example.com
ok "one that was finished is known to the running gate" "$HANDCLASP" why --probe "$TMP/good.json"
like "... as such" 'the gate shop finished the handshake' "$(cat "$TMP/stdout")"
sed 's/"client_random_sha256": "[0-9a-f]*"/"client_random_sha256": "'"$(printf '%064d' 7)"'"/' "$TMP/probe.json" >"$TMP/other.json"
no "a handshake with somebody else is unknown" 1 "$HANDCLASP" why --probe "$TMP/other.json"
like "which is said" 'HC-9013' "$(cat "$TMP/stderr")"
no "what is no probe's record is refused" 1 "$HANDCLASP" why --probe "$TMP/www/index.html"
like "which is said" 'HC-9006' "$(cat "$TMP/stderr")"
no "an id and a probe are two questions" 2 "$HANDCLASP" why "$forbidden" --probe "$TMP/probe.json"

# --- over the gate's life ---------------------------------------------------------------------------------------------

stop shop
ok "the records outlive the gate" "$HANDCLASP" why "$forbidden"
no "but not its last handshakes" 1 "$HANDCLASP" why --probe "$TMP/good.json"
gate_start shop --serve "$TMP/www" --allow 'email:*@example.com' --clients optional --workers 1
ok "and its next start" "$HANDCLASP" why "$forbidden"
visit mallory@guests.example.com --interface 127.0.0.2
quiet=$(sed -n 's/^id: //p' "$TMP/body")
cat >"$TMP/flood.py" <<'PY'
import socket, ssl, sys
port, identity, bundle, n = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
context = ssl.create_default_context(cafile=bundle)
context.load_cert_chain(identity + "/chain.pem", identity + "/key.pem")
s = context.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="gate.example.com")
f = s.makefile("rb")
for _ in range(n):
    s.sendall(b"GET / HTTP/1.1\r\nHost: gate.example.com\r\n\r\n")
    n = 0
    while (line := f.readline().strip()):
        n = int(line.split()[1]) if line.lower().startswith(b"content-length:") else n
    f.read(n)
PY
ok "one source floods the gate with refusals" python3 "$TMP/flood.py" "$port" "$ID/mallory@guests.example.com" "$BUNDLE" 2000
sleep 0.3
ok "the record of another is still there" "$HANDCLASP" why "$quiet"
"$HANDCLASP" why --json >"$TMP/all.json"
is "and the flood has its sixteenth" "64" "$(python3 -c 'import json, sys
print(sum(r["from"].startswith("127.0.0.1:") for r in json.load(open(sys.argv[1]))["refusals"]))' "$TMP/all.json")"

# --- relays, and a place that cannot be written -----------------------------------------------------------------------

backend_start app
gate_start pipe --forward "tcp://$backend" --allow 'email:alice@example.com'
visit mallory@guests.example.com
is "a connection that no rule admits has no answer" 000 "$status"
said=$(says "$(ref_of_visit)")
like "why tells of it as of the others" 'the gate pipe refused the connection: No rule admits this peer here' "$(one_line <<<"$said")"
ok "--name asks one gate only" "$HANDCLASP" why --name pipe
is "... of two" 0 "$(grep -c ' shop ' "$TMP/stdout" || true)"
mkdir "$STATE_DIRECTORY/gate-odd.why"
gate_start odd --serve "$TMP/www" --allow 'email:*@example.com'
told "a gate that cannot keep records raises an alarm" '"event":"alarm","id":"HC-6015"'
allowed "and serves its friends" alice@example.com
visit nobody
is "and refuses others" 000 "$status"
done_testing
