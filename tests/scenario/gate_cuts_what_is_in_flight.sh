#!/usr/bin/env bash
# Alice is revoked in the middle of what she downloads and uploads: each of it is cut within a second, so that it never looks complete,
# neither to her nor to the back end. Bob's, which began at the same time, arrives as it is.
. "$(dirname "$0")/support/gate.sh"
household
mkdir "$TMP/www"
SIZE=24000000
head -c "$SIZE" /dev/urandom >"$TMP/www/large"
backend_start app
cat >"$TMP/gate.yaml" <<YAML
gates:
  - name: files
    listen: "127.0.0.1:0"
    identity: gate.example.com
    clients: required
    serve: $TMP/www
    routes: [{path: /**, allow: ["email:*@example.com"]}]
  - name: web
    listen: "127.0.0.1:0"
    identity: gate.example.com
    clients: required
    forward: http://$backend
    routes: [{path: /**, allow: ["email:*@example.com"]}]
  - name: relay
    listen: "127.0.0.1:0"
    identity: gate.example.com
    clients: required
    forward: tcp://$backend
    routes: [{allow: ["email:*@example.com"]}]
YAML
gate_run files "$TMP/gate.yaml"

# begin WHO: every way of being in the middle of something. About four seconds of work each.
begin() {
    local slowly=(--limit-rate 4M)
    gate_at files
    fetch_start "$1-file" "$1@example.com" /large "${slowly[@]}"
    fetch_start "$1-file12" "$1@example.com" /large "${slowly[@]}" --tls-max 1.2
    gate_at web
    fetch_start "$1-length" "$1@example.com" "/big/$SIZE" "${slowly[@]}"
    fetch_start "$1-chunks" "$1@example.com" /drip/6
    fetch_start "$1-chunks12" "$1@example.com" /drip/6 --tls-max 1.2
    fetch_start "$1-upload" "$1@example.com" "/upload-$1" "${slowly[@]}" --request PUT --upload-file "$TMP/www/large" --header Expect:
    fetch_start "$1-stream" "$1@example.com" "/stream-$1" "${slowly[@]}" --request PUT --upload-file "$TMP/www/large" \
        --header Expect: --header "Transfer-Encoding: chunked"
    gate_at relay
    fetch_start "$1-relayed" "$1@example.com" "/big/$SIZE" "${slowly[@]}"
    fetch_start "$1-relayed-up" "$1@example.com" "/relayed-$1" "${slowly[@]}" --request PUT --upload-file "$TMP/www/large" --header Expect:
}
ways=(file file12 length chunks chunks12 upload stream relayed relayed-up)
begin alice
begin bob
_begun() { # as far as can be seen from here
    local way
    for way in file file12 length chunks chunks12 relayed; do
        [[ -s $TMP/alice-$way.body && -s $TMP/bob-$way.body ]] || return 1
    done
}
ok "both are in the middle of it" wait_for 5 _begun
sleep 1
ok "Alice is revoked" "$HANDCLASP" revoke alice@example.com --yes --wait
like "each of her connections is closed" ' 9 connections closed' "$(cat "$TMP/stdout")"
for way in "${ways[@]}"; do
    is_cut "her $way is cut" "alice-$way"
    [[ $way == *up* || $way == stream ]] || ok "... before it was complete ($size bytes)" test "$size" -lt "$([[ $way == chunks* ]] && echo 480 || echo "$SIZE")"
done
told "the log has what was in flight with its reason" '"event":"request","gate":"web".*email:alice.*"decision":"refused","id":"HC-1401".*"path":"/big/'
told "the end of a relay says the same" '"event":"closed","gate":"relay".*email:alice.*"decision":"ended","id":"HC-1401"'
is "each of her connections is in it" 9 "$(logged '"event":"connection".*email:alice.*"decision":"ended","id":"HC-1401"' | wc -l)"

sha=$(sha256sum <"$TMP/www/large" | cut -d' ' -f1)
for way in "${ways[@]}"; do
    fetch_end "bob-$way" 20
    is "Bob's $way is complete" "0 200" "$code $status"
done
for way in file file12; do
    is "his $way is what lies there" "$sha" "$(sha256sum <"$TMP/bob-$way.body" | cut -d' ' -f1)"
done
big=$(head -c "$SIZE" < <(python3 -c 'import sys
while True:
    sys.stdout.buffer.write(bytes(range(256)) * 256)' 2>/dev/null) | sha256sum)
for way in length relayed; do
    is "his $way is what was sent" "$big" "$(sha256sum <"$TMP/bob-$way.body")"
done
for way in chunks chunks12; do
    is "his $way have every drop" 480 "$(stat -c %s "$TMP/bob-$way.body")"
done
# What the back end took for a complete request, as its number of bytes and hash.
heard() {
    python3 - "$TMP/app.got" "$1" <<'PY'
import json, sys
got = [json.loads(line) for line in open(sys.argv[1])]
print(" ".join(f"{r['length']} {r['sha256']}" for r in got if r["target"] == sys.argv[2]))
PY
}
for target in upload stream relayed; do
    is "the back end has all of Bob's /$target" "$SIZE $sha" "$(heard "/$target-bob")"
    unlike "and never took Alice's for complete" "$SIZE" "- $(heard "/$target-alice")"
done
is "not even half of her chunks" "" "$(heard /stream-alice)"
ok "the gate ends when it is told to" stop files
is "nothing went wrong on the way" "" "$(logged '"event":"alarm"')"
done_testing
