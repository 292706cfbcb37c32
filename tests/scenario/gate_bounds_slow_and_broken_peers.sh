#!/usr/bin/env bash
# Slow, silent, oversized and garbled peers are cut off after their time, each told in the log; friends notice nothing.
. "$(dirname "$0")/support/gate.sh"
household
backend_start app
gate_start web --forward "http://$backend" --allow 'email:*@example.com'
friend_arrives bob@example.com
friend_asks "Bob is let in"

# The slow ones begin now; what became of them is asked at the end.
raw --wait 14 <<<"GET /slow HTTP/1.1\\r\\nHost: ga" >"$TMP/head" &
head_pid=$!
{ printf '%s\n' "GET /drip HTTP/1.1|\\r\\nX:$(printf ' |a%.0s' {1..52})" | raw --wait 14 --pause 0.2; } >"$TMP/drip" &
drip_pid=$!
python3 "$SUPPORT/half_open.py" "$port" 14 >"$TMP/half" &
half_pid=$!
began=$SECONDS

# Meanwhile: what is no TLS, or not one of ours.
garbage() { # SENTENCE ID BYTES
    mark_log
    printf '%b' "$3" | timeout 5 python3 -c 'import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.sendall(sys.stdin.buffer.read())
s.settimeout(4)
try:
    while s.recv(4096):
        pass
except OSError:
    pass' "$port" || true
    told_new "$1: $2" "\"event\":\"handshake\".*\"id\":\"$2\""
}
garbage "plain HTTP" HC-3002 'GET / HTTP/1.1\r\nHost: gate.example.com\r\n\r\n'
garbage "a proxy's CONNECT" HC-3002 'CONNECT a:1 HTTP/1.1\r\n\r\n'
garbage "SSH" 'HC-300[12]' 'SSH-2.0-OpenSSH_9.2\r\n'
garbage "zeros" 'HC-300[12]' '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0'
garbage "SSLv2" 'HC-300[123]' '\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'
garbage "a record that is too long" 'HC-300[12]' '\x16\x03\x01\xff\xff\x01\x00\x00\x05hello'
garbage "a handshake message that is none" 'HC-300[12]' '\x16\x03\x01\x00\x05\x63\x00\x00\x01\x00'
garbage "a ClientHello that is cut inside" 'HC-300[12]' '\x16\x03\x01\x00\x0a\x01\x00\x00\x06\x03\x03aaaa'
garbage "an alert at once" 'HC-300[15]' '\x15\x03\x01\x00\x02\x02\x28'
head -c 20000 /dev/urandom >"$TMP/noise"
mark_log
timeout 5 bash -c "cat '$TMP/noise' >/dev/tcp/127.0.0.1/$port" 2>/dev/null || true
told_new "noise" '"event":"handshake".*"id":"HC-300[1-6]"'
mark_log
timeout 5 bash -c "exec 3<>/dev/tcp/127.0.0.1/$port" || true
told_new "a peer that leaves at once" '"event":"handshake".*"id":"HC-3006"'

no_handshake() { # SENTENCE ID OPENSSL-OPTION...
    local sentence=$1 id=$2
    shift 2
    mark_log
    no "$sentence" 1 timeout 10 openssl s_client -connect "127.0.0.1:$port" -cert "$ID/alice@example.com/cert.pem" \
        -key "$ID/alice@example.com/key.pem" "$@"
    told_new "... and the log says why: $id" "\"event\":\"handshake\".*\"id\":\"$id\""
}
no_handshake "TLS 1.1 is not spoken" HC-3003 -tls1_1 -cipher ALL:@SECLEVEL=0
no_handshake "nor TLS 1.0" HC-3003 -tls1 -cipher ALL:@SECLEVEL=0
no_handshake "nor a cipher without forward secrecy" HC-3004 -tls1_2 -cipher AES128-SHA
no_handshake "nor one without authenticated encryption" HC-3004 -tls1_2 -cipher ECDHE-ECDSA-AES128-SHA
no_handshake "nor other protocols than HTTP/1.1" HC-3008 -alpn h2,spdy/3
mark_log
no "a client that does not trust the gate says so" 60 curl -s --connect-to "::127.0.0.1:$port" "$URL/"
told_new "... and the log names its alert" '"id":"HC-3005".*"text":"[^"]*unknown CA'
friend_asks "Bob's connection goes on"

# A ticket is a random number of ours, with nothing of the client in it, and never admits early data.
openssl s_client -connect "127.0.0.1:$port" -cert "$ID/alice@example.com/cert.pem" -key "$ID/alice@example.com/key.pem" -ign_eof \
    -cert_chain "$ID/alice@example.com/chain.pem" <<<$'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r' >"$TMP/ticket" 2>&1 || true
like "a session ticket is sent" 'TLS session ticket:' "$(cat "$TMP/ticket")"
is "... of 32 bytes" 2 "$(grep -cE '^    00[01]0 - ' "$TMP/ticket")"
like "... that admits no early data" 'Max Early Data: 0' "$(cat "$TMP/ticket")"
like "though the request was served" 'HTTP/1.1 200' "$(cat "$TMP/ticket")"

# Too much at once.
large=$(head -c 9000 /dev/zero | tr '\0' x)
many=()
for i in {1..20}; do
    many+=(-H "X-$i: $large")
done
refused "a head of 180 kB is refused" 431 HC-3103 alice@example.com "${many[@]}"
few=()
for i in {1..600}; do
    few+=(-H "Y-$i: a")
done
refused "so are 600 fields" 431 HC-3103 alice@example.com "${few[@]}"
allowed "and a friend's next request is served" alice@example.com

# Many strangers at once do not slow a friend down.
python3 "$SUPPORT/half_open.py" "$port" 3 200 >/dev/null &
crowd_pid=$!
sleep 0.5
for _ in 1 2 3; do
    friend_asks "Bob is served among 200 silent strangers"
done
allowed "and new friends are let in" alice@example.com --max-time 3
wait "$crowd_pid"

# The slow ones, after the ten seconds that they have.
wait "$head_pid"
read -r status from _ <"$TMP/head"
is "a head that is never finished is answered with 408" 408 "$status"
told_of "... and told" HC-3202
wait "$drip_pid"
read -r status from _ <"$TMP/drip"
is "so is one that drips" 408 "$status"
told_of "... and told" HC-3202
wait "$half_pid"
read -r from took <"$TMP/half"
ok "a handshake that is never begun is ended after ten seconds ($took s)" test "${took%.*}" -ge 9 -a "${took%.*}" -le 12
told_of "... and told" HC-3201
ok "all that took no longer than the longest of them" test $((SECONDS - began)) -le 40
friend_asks "Bob's connection was open throughout"
is "nothing alarming happened" "" "$(logged '"event":"alarm"')"
done_testing
