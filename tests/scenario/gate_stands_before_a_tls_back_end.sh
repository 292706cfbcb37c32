#!/usr/bin/env bash
# https:// and tls://: the back end has to prove its name to the gate, by the same authority; otherwise nothing is sent to it.
. "$(dirname "$0")/support/gate.sh"
household
foreigners
issue server localhost --ip 127.0.0.1
issue server other.example.com
issue server gone.example.com --ip 127.0.0.1
"$HANDCLASP" revoke gone.example.com --yes >/dev/null
"$HANDCLASP" --home "$TMP/foreign" issue server localhost --ip 127.0.0.1 >/dev/null
SUBJECT=/CN=b forge "$TMP/expired" "$(stamp '2 hours ago')" "$(stamp '1 hour ago')" extendedKeyUsage=serverAuth subjectAltName=DNS:localhost,IP:127.0.0.1
SUBJECT=/CN=b forge "$TMP/client" "$(stamp '1 hour ago')" "$(stamp '1 hour')" subjectAltName=DNS:localhost,IP:127.0.0.1

backend_start good --identity "$ID/localhost"
port_of_good=${backend##*:}
gate_start web --forward "https://localhost:$port_of_good" --allow 'email:*@example.com'
allowed "a back end with a certificate of the same authority is accepted" alice@example.com "$URL/hello"
like "and hears who is asking" 'Handclasp-Identity: email:alice@example.com' "$(cat "$TMP/good.got.last")"
allowed "once more" alice@example.com "$URL/again"
head -c 3000000 /dev/urandom >"$TMP/large"
allowed "3 MB there and back" alice@example.com --data-binary "@$TMP/large" "$URL/echo"
is "are unharmed" "$(sha256sum <"$TMP/large")" "$(sha256sum <"$TMP/body")"
stop web
gate_start address --forward "https://127.0.0.1:$port_of_good" --allow 'email:*@example.com'
allowed "an address is a name like any other" alice@example.com
stop address

not_spoken_to() { # SENTENCE NAME IDENTITY-DIRECTORY
    backend_start "$2" --identity "$3"
    gate_start "to-$2" --forward "https://localhost:${backend##*:}" --allow 'email:*@example.com'
    refused "$1" 502 HC-4005 alice@example.com -H 'Authorization: secret'
    is "... and was told nothing" "" "$(cat "$TMP/$2.got")"
    stop "to-$2"
}
not_spoken_to "a back end of another authority is not spoken to" foreign "$TMP/foreign/identities/localhost"
not_spoken_to "nor one of another name" other "$ID/other.example.com"
not_spoken_to "nor one whose certificate has expired" expired "$TMP/expired"
not_spoken_to "nor one that was revoked" revoked "$ID/gone.example.com"
not_spoken_to "nor one with a client's certificate" client "$TMP/client"
plain_port=$(free_port)
start plain python3 -c 'import socket, sys
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    c, _ = s.accept()
    try:
        c.sendall(b"220 hello\r\n")
        c.recv(4096)
    except OSError:
        pass
    c.close()' "$plain_port"
wait_for 10 port_open "$plain_port"
gate_start to-plain --forward "https://localhost:$plain_port" --allow 'email:*@example.com'
refused "nor one that speaks no TLS" 502 HC-4005 alice@example.com
stop to-plain
gate_start to-tls --forward "http://127.0.0.1:$port_of_good" --allow 'email:*@example.com'
refused "nor is TLS taken for HTTP" 502 'HC-400[34]' alice@example.com
stop to-tls

# The same for a relay.
relayed() { # what the back end answers through the relay
    { printf 'GET /relayed HTTP/1.1\r\nHost: a\r\n\r\n' && sleep 0.5; } | timeout 5 openssl s_client -quiet -no_ign_eof -connect "127.0.0.1:$port" \
        -cert "$ID/alice@example.com/cert.pem" -key "$ID/alice@example.com/key.pem" -cert_chain "$ID/alice@example.com/chain.pem" \
        2>/dev/null | head -n 1 || true
}
gate_start relay --forward "tls://localhost:$port_of_good" --allow 'email:*@example.com'
like "a relay speaks TLS to a good back end" 'HTTP/1.1 200' "$(relayed)"
stop relay
foreign_port=$(cat "$TMP/foreign.port")
gate_start relay2 --forward "tls://localhost:$foreign_port" --allow 'email:*@example.com'
is "and to no other" "" "$(relayed)"
told "... and the log says why" '"id":"HC-4005"'
is "the other was told nothing" "" "$(cat "$TMP/foreign.got")"
done_testing
