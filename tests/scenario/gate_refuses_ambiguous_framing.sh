#!/usr/bin/env bash
# A request whose length two programs could read differently is refused, and nothing of it reaches the back end (T34).
. "$(dirname "$0")/support/gate.sh"
household
backend_start app
gate_start web --forward "http://$backend" --allow 'email:*@example.com'
friend_arrives bob@example.com
friend_asks "Bob is let in"

# STATUS ID REQUEST, without the Host that all have unless they say otherwise; the smuggled request is /smuggled
table() {
    cat <<'TABLE'
400 HC-3102 POST / HTTP/1.1\r\nHOST\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef
400 HC-3102 POST / HTTP/1.1\r\nHOST\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nabcde
400 HC-3102 POST / HTTP/1.1\r\nHOST\r\nContent-Length: 5, 5\r\n\r\nabcde
400 HC-3102 POST / HTTP/1.1\r\nHOST\r\nContent-Length: \r\n\r\n
400 HC-3102 POST / HTTP/1.1\r\nHOST\r\nContent-Length: +5\r\n\r\nabcde
400 HC-3102 POST / HTTP/1.1\r\nHOST\r\nContent-Length: -5\r\n\r\nabcde
400 HC-3102 POST / HTTP/1.1\r\nHOST\r\nContent-Length: 0x5\r\n\r\nabcde
400 HC-3102 POST / HTTP/1.1\r\nHOST\r\nContent-Length: 5 5\r\n\r\nabcde
400 HC-3102 POST / HTTP/1.1\r\nHOST\r\nContent-Length: 18446744073709551617\r\n\r\nabcde
400 HC-3102 POST / HTTP/1.1\r\nHOST\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n
400 HC-3102 POST / HTTP/1.1\r\nHOST\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n
400 HC-3102 POST / HTTP/1.1\r\nHOST\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n
400 HC-31   POST / HTTP/1.1\r\nHOST\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n
501 HC-3113 POST / HTTP/1.1\r\nHOST\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n
400 HC-31   POST / HTTP/1.1\r\nHOST\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n
400 HC-31   POST / HTTP/1.1\r\nHOST\r\nTransfer-Encoding: chunked\x0b\r\n\r\n0\r\n\r\n
400 HC-31   POST / HTTP/1.1\r\nHOST\r\nX: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n
400 HC-3102 POST / HTTP/1.0\r\nHOST\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n
400 HC-31   GET / HTTP/1.1\r\nHOST\r\nX: a\nY: b\r\n\r\n
400 HC-31   GET / HTTP/1.1\r\nHOST\r\nX: a\rY: b\r\n\r\n
400 HC-31   GET / HTTP/1.1\nHost: gate.example.com\n\n
400 HC-31   GET / HTTP/1.1\r\nHOST\r\n: empty\r\n\r\n
400 HC-31   GET / HTTP/1.1\r\nHOST\r\nX\xe9: y\r\n\r\n
400 HC-31   GET / HTTP/1.1\r\nHOST\r\nX: a\x00b\r\n\r\n
400 HC-31   GET  / HTTP/1.1\r\nHOST\r\n\r\n
400 HC-31   GET /\r\n\r\n
400 HC-31   G\x01T / HTTP/1.1\r\nHOST\r\n\r\n
400 HC-31   \x16\x03\x01\x00\x05hello\r\n\r\n
417 HC-3112 POST / HTTP/1.1\r\nHOST\r\nExpect: the-unexpected\r\nContent-Length: 1\r\n\r\na
TABLE
}
wants=()
while read -r want id request; do
    wants+=("$want $id $request")
done < <(table)
i=0
while read -r code from _; do
    read -r want id request <<<"${wants[i]}"
    i=$((i + 1))
    is "$want for ${request:0:110}" "$want" "$code"
    told_of "... and the log says why" "${id}[0-9]*"
done < <(table | sed -E 's/^[0-9]+ +[^ ]+ +//; s/HOST/Host: gate.example.com/' | raw)
is "every row was asked" "${#wants[@]}" "$i"
friend_asks "Bob's connection goes on"
is "the back end got nothing but Bob's" "/ /" "$(sed 's/.*"target": "\([^"]*\)".*/\1/' "$TMP/app.got" | paste -sd' ')"

# What breaks in the middle of a body: the back end's request is never completed, and the client is refused.
broken_body() { # SENTENCE BODY
    read -r status from _ < <(raw <<<"POST /broken HTTP/1.1\\r\\nHost: gate.example.com\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n$2")
    is "$1" 400 "$status"
    told_of "... and the log says why" 'HC-310[12]'
}
broken_body "a chunk whose size is no number" 'zz\r\nabc\r\n0\r\n\r\n'
broken_body "a chunk that is longer than it says" '2\r\nabc\r\n0\r\n\r\n'
broken_body "a chunk with a negative size" '-1\r\n\r\n0\r\n\r\n'
broken_body "a chunk size that overflows" 'fffffffffffffffff\r\nabc\r\n0\r\n\r\n'
broken_body "a chunk size that ends with a bare line feed" '3\nabc\r\n0\r\n\r\n'
broken_body "a trailer that is malformed" '0\r\n : x\r\n\r\n'
is "the back end completed none of them" 0 "$(grep -c broken "$TMP/app.got" || true)"

# What is good stays good, in any pieces.
asks_all() { # SENTENCE STATUSES REQUESTS [OPTION...]
    local sentence=$1 want=$2 requests=$3
    shift 3
    read -r status from _ < <(raw --all "$@" <<<"$requests")
    is "$sentence" "$want" "$status"
}
H='Host: gate.example.com\r\n'
asks_all "two requests at once are answered in order" 200,200 "GET /one HTTP/1.1\\r\\n$H\\r\\nPOST /%61 HTTP/1.1\\r\\n${H}Content-Length: 3\\r\\n\\r\\nabc"
asks_all "a request with a chunked body and the next one" 200,200 \
    "POST /a HTTP/1.1\\r\\n${H}Transfer-Encoding: chunked\\r\\n\\r\\n3;ext=1\\r\\nabc\\r\\n0\\r\\n\\r\\nGET /b HTTP/1.1\\r\\n$H\\r\\n"
asks_all "a head in small pieces" 200 "GET |/pieces HT|TP/1.1\\r|\\nHost: gate.exa|mple.com\\r\\n\\r|\\n" --pause 0.02
asks_all "a body in small pieces" 200 "POST /pieces HTTP/1.1\\r\\n${H}Content-Length: 9\\r\\n\\r\\na|bc|def|ghi" --pause 0.02
friend_asks "Bob's connection was open throughout"
is "nothing alarming happened" "" "$(logged '"event":"alarm"')"
done_testing
