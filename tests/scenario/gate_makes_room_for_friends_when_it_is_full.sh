#!/usr/bin/env bash
# A gate that has as many connections as it may: the oldest unfinished handshake gives way, friends stay and are let in.
. "$(dirname "$0")/support/gate.sh"
household
mkdir "$TMP/www"
echo welcome >"$TMP/www/index.html"
ulimit -n 64 # files: sixteen connections, with a descriptor more for each back end, and the rest for the gate itself
gate_start web --workers 1 --serve "$TMP/www" --allow 'email:*@example.com'
friend_arrives bob@example.com
friend_asks "Bob is let in"

mark_log
python3 "$SUPPORT/half_open.py" "$port" 8 30 >"$TMP/half" &
crowd_pid=$!
told_new "strangers who say nothing give way" '"event":"handshake".*"id":"HC-3204"'
for _ in 1 2 3; do
    friend_asks "Bob's connection goes on"
done
allowed "a friend who comes now is let in" alice@example.com --max-time 3
ok "the gate still runs" running web
wait "$crowd_pid"
read -r from took <"$TMP/half"
ok "the first stranger was not kept for the ten seconds of a handshake ($took s)" test "${took%.*}" -le 3
told_of "... and its end is told" HC-3204
friend_asks "Bob's connection was open throughout"

# Nobody's handshake to end: the gate is full of friends.
mark_log
friends=()
for _ in {1..18}; do
    python3 "$SUPPORT/friend.py" "$port" "$ID/alice@example.com" "$BUNDLE" < <(echo /; wait_for 20 test -e "$TMP/enough") >>"$TMP/friends" 2>&1 &
    friends+=("$!")
done
wait_for 10 _new_line '"id":"HC-3204"' || true
told_new "a gate that is full of friends says so" '"id":"HC-3204"'
friend_asks "Bob is still served"
touch "$TMP/enough"
wait "${friends[@]}" || true
allowed "with room again, a friend is let in" alice@example.com
done_testing
