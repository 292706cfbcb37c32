#!/usr/bin/env bash
# Who is connected, to which gate, from where, since when; and the operator ends connections without touching a rule.
. "$(dirname "$0")/support/gate.sh"
household
mkdir "$TMP/www"
echo "a page" >"$TMP/www/index.html"

no "without a gate there is nobody to ask" 3 "$HANDCLASP" gate connections
like "which is said" 'HC-6014' "$(cat "$TMP/stderr")"

gate_start web --serve "$TMP/www" --allow 'email:*@example.com' --clients required
gate_start shop --serve "$TMP/www" --allow 'email:*@example.com' --workers 3
gate_use web
friend_arrives bob@example.com
friend_asks "Bob is here"
gate_use shop
crowd_of() { # N WHO: that many connections that stay until the gate ends them; prints how many it ended
    cat >"$TMP/stay.py" <<'PY'
import socket, ssl, sys
port, n, identity, bundle = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
context = ssl.create_default_context(cafile=bundle)
context.load_cert_chain(identity + "/chain.pem", identity + "/key.pem")
here = []
for _ in range(n):
    s = context.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="gate.example.com")
    s.sendall(b"GET / HTTP/1.1\r\nHost: gate.example.com\r\n\r\n")
    s.recv(4096)
    here.append(s)
print("here", flush=True)
ended = 0
for s in here:
    s.settimeout(10)
    try:
        while s.recv(4096):
            pass
        ended += 1
    except TimeoutError:
        pass
    except OSError:
        ended += 1
print("ended", ended, flush=True)
PY
    start "$2" python3 "$TMP/stay.py" "$port" "$1" "$ID/$2@example.com" "$BUNDLE"
    wait_for 10 grep -q here "$TMP/$2.log"
}
crowd_of 20 alice

ok "all gates are asked" "$HANDCLASP" gate connections
said=$(cat "$TMP/stdout")
like "the table has a head" '^GATE +WHO +FROM +SINCE +PROTOCOL' "$said"
like "Bob is in it, with his gate and address" 'web +email:bob@example.com +127\.0\.0\.1:[0-9]+ +[0-9]+ (s|min) +static' "$said"
is "and each connection of Alice" 20 "$(grep -c '^shop  *email:alice@example.com' "$TMP/stdout")"
like "the last line counts" '21 connections$' "$said"
is "no line is wider than 80 columns" "" "$(awk 'length > 80' "$TMP/stdout")"

ok "one gate by its name" "$HANDCLASP" gate connections --name shop
like "lists only its own" '20 connections$' "$(cat "$TMP/stdout")"
ok "a pattern chooses" "$HANDCLASP" gate connections --who 'email:bob@example.com'
like "... Bob" '1 connection$' "$(cat "$TMP/stdout")"
no "what is no pattern is refused" 1 "$HANDCLASP" gate connections --who 'bob'
ok "JSON is for programs" "$HANDCLASP" gate connections --json
is "with everything in it" "21 0 21 shop,web" "$(python3 - "$TMP/stdout" <<'PY'
import json, sys
d = json.load(open(sys.argv[1]))
c = d["connections"]
print(d["listed"], d["left_out"], len([x for x in c if x["who"] and x["from"] and x["since"] and x["protocol"]]), ",".join(sorted({x["gate"] for x in c})))
PY
)"

no "a gate's status wants to know which, where there are two" 2 "$HANDCLASP" gate status
like "and says between whom" '--name NAME or by FILE: shop, web' "$(cat "$TMP/stderr")"
ok "it has a JSON form too" "$HANDCLASP" gate status --name shop --json
is "with everything in it" "3 0 20 shop" "$(python3 - "$TMP/stdout" <<'PY'
import json, sys
d = json.load(open(sys.argv[1]))
assert d["floor"][0] == "2" and d["floor_file"][0] == "/" and d["clock"][0] == "2" and d["generation"] > 0
print(d["workers"], d["alarms"], d["connections"], *[g["gate"] for g in d["gates"] if ":" in g["address"]])
PY
)"

no "disconnect wants to know whom" 2 "$HANDCLASP" gate disconnect --name shop --yes
no "and a yes where nobody can be asked" 2 "$HANDCLASP" gate disconnect --name shop --who email:alice@example.com
like "which is said" 'HC-7019' "$(cat "$TMP/stderr")"
ok "nothing was done" "$HANDCLASP" gate connections --name shop
like "... at all" '20 connections$' "$(cat "$TMP/stdout")"
ok "those who are meant are disconnected" "$HANDCLASP" gate disconnect --name shop --who email:alice@example.com --yes
is "and counted" "20 connections closed" "$(cat "$TMP/stdout")"
ok "every one of them has ended" wait_for 5 grep -qx "ended 20" "$TMP/alice.log"
gate_use shop
told "each with its reason in the log" '"decision":"ended","id":"HC-3206"'
is "as many as there were" 20 "$(logged '"id":"HC-3206"' | wc -l)"
gate_use web
friend_asks "Bob's connection goes on"
gate_use shop
allowed "Alice may come back, for the rules admit her" alice@example.com

ok "--all means every gate" "$HANDCLASP" gate disconnect --all --who authenticated --yes
is "Bob's is closed as well" "1 connection closed" "$(cat "$TMP/stdout")"
ok "and its answer is JSON where that is asked for" "$HANDCLASP" gate disconnect --all --who authenticated --yes --json
like "with the number" '^\{"closed":[0-9]+\}$' "$(cat "$TMP/stdout")"
ok "nobody is left" "$HANDCLASP" gate connections
is "which is said" "0 connections" "$(tail -n 1 "$TMP/stdout")"

kill -STOP "$(pid_of web)"
no "a gate that does not answer is missed" 3 "$HANDCLASP" gate connections
kill -CONT "$(pid_of web)"
like "by name" 'the gate web does not answer in time' "$(cat "$TMP/stderr")"
like "after what the others said" '0 connections' "$(cat "$TMP/stdout")"
stop web
ok "where there is one gate, nobody has to say which" "$HANDCLASP" gate status
like "and it answers" '^gate shop ' "$(tail -n 1 "$TMP/stdout")"
done_testing
