#!/usr/bin/env bash
# A bad back end is the gate's to explain: 502 with an id, and the next request is served; a good one is used well.
. "$(dirname "$0")/support/gate.sh"
household
backend_start app
gate_start web --workers 1 --forward "http://$backend" --allow 'email:*@example.com'
friend_arrives bob@example.com
friend_asks "Bob is let in"

bad() { # SENTENCE STATUS ID PATH
    refused "$1" "$2" "$3" alice@example.com "$URL$4"
    like "... with an id and nothing else" "^$2 [A-Z][a-z]+( [A-Z][a-z]+)*"$'\nid: [a-z0-9]{12}$' "$(cat "$TMP/body")"
    told "... which is in the log" "\"peer\":\"$from\".*\"ref\":\"$(sed -n 's/^id: //p' "$TMP/body")\""
}
bad "garbage" 502 HC-4003 /garbage
bad "an end without an answer" 502 HC-4004 /nothing
bad "two lengths" 502 HC-4003 /badlength
bad "a switch of protocols that nobody asked for" 502 HC-4003 /switch
friend_asks "Bob's connection goes on"
visit alice@example.com "$URL/half"
is "an answer that breaks off cannot be taken back" 200 "$status"
told_of "but is told" HC-4004
like "and the client sees that it is not whole" 'transfer closed|unexpected eof|Recv failure|reset' "$(cat "$TMP/stderr")"

# Answers of every kind.
allowed "an HTTP/1.0 back end that ends by closing" alice@example.com "$URL/http10" -i
is "is heard to its end" "until the end" "$(tail -n 1 "$TMP/body")"
like "and the client gets HTTP/1.1 with a length of its own" 'HTTP/1.1 200.*[Tt]ransfer-[Ee]ncoding: chunked' "$(tr '\r\n' '  ' <"$TMP/body")"
allowed "a chunked answer" alice@example.com "$URL/chunked"
is "comes through whole" "$(for _ in {1..2000}; do printf 'in pieces '; done | sha256sum)" "$(sha256sum <"$TMP/body")"
allowed "HTTP/1.0 clients are served too" alice@example.com --http1.0 "$URL/chunked"
is "without chunks" "$(for _ in {1..2000}; do printf 'in pieces '; done | sha256sum)" "$(sha256sum <"$TMP/body")"
allowed "hop-by-hop fields of the back end stay on its side" alice@example.com "$URL/hop" -i
unlike "all of them" 'X-Hop|Keep-Alive: 5' "$(cat "$TMP/body")"
like "and only them" 'X-Stays: 1' "$(cat "$TMP/body")"
visit alice@example.com -I "$URL/big/5000000"
is "HEAD gets the head" 200 "$status"
for method in PUT PATCH DELETE OPTIONS; do
    allowed "$method is forwarded" alice@example.com -X "$method" "$URL/any"
    like "... as it is" "^$method /any HTTP/1.1" "$(head -n 1 "$TMP/app.got.last")"
done

# Large bodies in both directions, with a length and in chunks.
head -c 20000000 /dev/urandom >"$TMP/large"
sum=$(sha256sum <"$TMP/large" | cut -d' ' -f1)
allowed "20 MB up and down with a length" alice@example.com --data-binary "@$TMP/large" -H 'Expect:' "$URL/echo"
is "... came back unharmed" "$sum" "$(sha256sum <"$TMP/body" | cut -d' ' -f1)"
like "... and went with a length" "^body length 20000000 $sum" "$(tail -n 1 "$TMP/app.got.last")"
allowed "20 MB up and down in chunks" alice@example.com -T "$TMP/large" -X POST -H 'Transfer-Encoding: chunked' "$URL/chunked"
is "... came back unharmed" "$sum" "$(sha256sum <"$TMP/body" | cut -d' ' -f1)"
like "... and went in chunks" "^body chunked 20000000 $sum" "$(tail -n 1 "$TMP/app.got.last")"
allowed "100 Continue is answered" alice@example.com --data-binary "@$TMP/large" -H 'Expect: 100-continue' "$URL/echo"
is "... and the body is whole" "$sum" "$(sha256sum <"$TMP/body" | cut -d' ' -f1)"
mem=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$(pid_of web)/status")
ok "none of it was kept in memory ($mem kB at most)" test "$mem" -lt 60000
allowed "20 MB down to a slow reader" alice@example.com --limit-rate 15M "$URL/big/20000000"
is "... are all there" 20000000 "$(stat -c %s "$TMP/body")"

# Connections are kept on both sides.
backend_start two
gate_start keeps --workers 1 --forward "http://$backend" --allow 'email:*@example.com'
credentials alice@example.com
curl -s --connect-to "::127.0.0.1:$port" "${with[@]}" -w '%{num_connects} ' "$URL/a" "$URL/b" "$URL/c" -o /dev/null -o /dev/null -o /dev/null >"$TMP/connects"
is "one client connection carries three requests" "1 0 0 " "$(cat "$TMP/connects")"
visit alice@example.com "$URL/d"
visit bob@example.com "$URL/e"
is "and the back end saw one connection for all five" "5 1" \
    "$(wc -l <"$TMP/two.got") $(sed 's/.*"connection": \([0-9]*\).*/\1/' "$TMP/two.got" | sort -u | wc -l)"
visit alice@example.com "$URL/nothing"
allowed "one that broke is not used again" alice@example.com "$URL/f"

# The back end goes away and comes back.
pid=$(pid_of two)
stop two KILL || true
bad "down" 502 HC-4001 /
port_of=${backend##*:}
start two python3 "$SUPPORT/backend.py" --port "$port_of" --port-file "$TMP/two.port2" --got "$TMP/two.got"
wait_for 10 test -s "$TMP/two.port2"
allowed "and up again" alice@example.com
[[ $(pid_of two) != "$pid" ]]
allowed "a connection is open to it now" alice@example.com
stop two KILL || true
start two python3 "$SUPPORT/backend.py" --port "$port_of" --port-file "$TMP/two.port3" --got "$TMP/two.got"
wait_for 10 test -s "$TMP/two.port3"
allowed "a restart between two requests is not even noticed" alice@example.com
gate_use web
friend_asks "Bob's connection was open throughout"

# Silence is waited for a minute; only who has the time asks for it.
if [[ -n ${SLOW:-} ]]; then
    refused "silence" 504 HC-4002 alice@example.com --max-time 80 "$URL/slow/75"
else
    skip "silence is answered with 504" "takes a minute; set SLOW=1"
fi
is "nothing alarming happened" "" "$(cat "$TMP/web.log" "$TMP/keeps.log" | grep '"event":"alarm"')"
done_testing
