#!/usr/bin/env bash
# The demonstration runs by itself, ends well, and leaves nothing behind.
. "$(dirname "$0")/lib.sh"
unset HANDCLASP_HOME
mkdir "$TMP/tmp"
export TMPDIR=$TMP/tmp
ok "demo --once tells the whole story" timeout 60 "$HANDCLASP" demo --once
cp "$TMP/stdout" "$TMP/story"
unlike "as expected at every step" UNEXPECTED "$(cat "$TMP/story")"
for word in 'curl' 'Alice' 'Bob' 'Mallory' 'HC-1100' 'HC-1101' 'HC-2001' 'HC-1401' 'No certificate was presented' 'has been revoked' 'No rule admits'; do
    like "it tells of: $word" "$word" "$(cat "$TMP/story")"
done
like "Alice and Bob are connected" '[|] 2 connections' "$(cat "$TMP/story")"
like "the revocation closes hers" '1 gate, 1 connection closed, [0-9]+ ms' "$(cat "$TMP/story")"
like "which her curl notices" "-> Alice's open connection is closed: curl: " "$(cat "$TMP/story")"
like "and leaves Bob's" "-> Bob's goes on: News for email:bob@home.example: " "$(cat "$TMP/story")"
is "it leaves nothing in TMPDIR" "" "$(ls -A "$TMP/tmp")"
is "and no process" "" "$(pgrep -f "$TMP/tmp" || true)"
unlike "no colour goes into a file" $'\e' "$(cat "$TMP/story")"
ok "demo --once --keep keeps" timeout 60 "$HANDCLASP" demo --once --keep
kept=$(find "$TMP/tmp" -mindepth 1 -maxdepth 1 | head -n 1)
like "its directory, and says where" "$kept" "$(cat "$TMP/stdout")"
like "the root is constrained" 'Permitted' "$(openssl x509 -in "$kept/home/authority/root.cert.pem" -noout -text)"
rm -rf "$TMP/tmp"/*

# In the foreground until Ctrl-C.
start demo "$HANDCLASP" demo
ok "without --once it stays" wait_for 40 grep -qi 'ctrl-c' "$TMP/demo.log"
ok "with its gates" running demo
like "and a .p12 to try" '\.p12' "$(cat "$TMP/demo.log")"
kill -INT "$(pid_of demo)"
ok "Ctrl-C ends it" wait_for 10 _ended "$(pid_of demo)"
code=0
stop demo || code=$?
is "well" 0 "$code"
is "and nothing is left" "" "$(ls -A "$TMP/tmp")"
done_testing
