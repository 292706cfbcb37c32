#!/usr/bin/env bash
# SIGTERM: what is in work is finished, what is new is refused, and the gate ends with 0.
. "$(dirname "$0")/support/gate.sh"
household
backend_start app
redis_port=$(free_port)
start redis redis_server --port "$redis_port" --bind 127.0.0.1 --save '' --dir "$TMP"
wait_for 10 redis-cli -p "$redis_port" ping

gate_start web --forward "http://$backend" --allow 'email:*@example.com'
friend_arrives bob@example.com
friend_asks "Bob is let in"
credentials alice@example.com
curl -s --connect-to "::127.0.0.1:$port" "${with[@]}" "$URL/slow/1.5" -o "$TMP/slow" -D "$TMP/slow.head" &
slow=$!
curl -s --connect-to "::127.0.0.1:$port" "${with[@]}" --limit-rate 4M "$URL/big/8000000" -o "$TMP/big" &
big=$!
wait_for 5 grep -q slow "$TMP/app.got"
wait_for 5 grep -q big "$TMP/app.got"
pid=$(pid_of web)
kill -TERM "$pid"
told "the gate says that it is stopping" '"event":"stopping"'
refuses_connections() {
    ! port_open "$port"
}
ok "new connections are refused at once" wait_for 1 refuses_connections
ok "the request in work is finished" wait "$slow"
is "with its answer" "at last" "$(cat "$TMP/slow")"
like "and told to ask no more on this connection" '[Cc]onnection: close' "$(cat "$TMP/slow.head")"
ok "so is a download" wait "$big"
is "to its last byte" 8000000 "$(stat -c %s "$TMP/big")"
ok "then the gate ends" wait_for 3 _ended "$pid"
code=0
wait "$pid" || code=$?
is "with 0" 0 "$code"
unset "_pids[web]"
like "its last words are in the log" '"event":"stopped"' "$(tail -n 1 "$TMP/web.log")"
no "its control socket is gone" 1 test -e "$HANDCLASP_RUNTIME/gate-web.sock"
friend_leaves

# An idle gate ends at once, also on SIGINT; SIGHUP ends nothing.
gate_start idle --forward "http://$backend" --allow 'email:*@example.com'
friend_arrives bob@example.com
friend_asks "Bob is let in"
kill -HUP "$(pid_of idle)"
sleep 0.3
friend_asks "SIGHUP looks again and ends nothing"
began=${EPOCHREALTIME/[.,]/}
kill -INT "$(pid_of idle)"
ok "SIGINT ends a gate with idle connections" wait_for 3 _ended "$(pid_of idle)"
ok "at once ($(((${EPOCHREALTIME/[.,]/} - began) / 1000)) ms)" test $((${EPOCHREALTIME/[.,]/} - began)) -lt 1000000
code=0
stop idle || code=$?
is "with 0" 0 "$code"

# Two gates of a name cannot run; the socket of one that was killed is no hindrance.
gate_start twin --forward "http://$backend" --allow 'email:*@example.com'
no "a second gate of that name is refused" 3 timeout 10 "$HANDCLASP" gate --name twin --listen 127.0.0.1:0 --identity gate.example.com \
    --forward "http://$backend" --allow 'email:*@example.com'
like "with the way out" '--name' "$(cat "$TMP/stderr")"
stop twin KILL || true
gate_start twin --forward "http://$backend" --allow 'email:*@example.com'
allowed "after a crash it starts again" alice@example.com
is "only the owner may talk to it" "700 600" "$(stat -c %a "$HANDCLASP_RUNTIME" "$HANDCLASP_RUNTIME/gate-twin.sock" | paste -sd' ')"
done_testing
