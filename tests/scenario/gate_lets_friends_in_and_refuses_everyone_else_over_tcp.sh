#!/usr/bin/env bash
# The relay in front of a real redis: friends talk to it through redis-cli, openssl and gnutls-cli; the rest never reaches it.
. "$(dirname "$0")/support/gate.sh"
household
foreigners
issue person carol@example.com
forge "$TMP/expired" "$(stamp '2 hours ago')" "$(stamp '1 hour ago')"
"$HANDCLASP" revoke carol@example.com --yes --reason keyCompromise >/dev/null

redis_port=$(free_port)
start redis redis_server --port "$redis_port" --bind 127.0.0.1 --save '' --dir "$TMP"
wait_for 10 redis-cli -p "$redis_port" ping
gate_start relay --forward "tcp://127.0.0.1:$redis_port" --allow 'email:*@example.com' --deny email:dave@example.com

dir_of() {
    if [[ $1 == */* ]]; then echo "$1"; else echo "$ID/$1"; fi
}
redis() { # WHO|nobody WORD...
    local with=()
    [[ $1 == nobody ]] || with=(--cert "$(dir_of "$1")/chain.pem" --key "$(dir_of "$1")/key.pem")
    shift
    timeout 10 redis-cli --tls --sni gate.example.com -h 127.0.0.1 -p "$port" --cacert "$BUNDLE" "${with[@]}" "$@" </dev/null
}
s_client() { # WHO OPTION...
    local dir
    dir=$(dir_of "$1")
    shift
    exec openssl s_client -quiet -connect "127.0.0.1:$port" -servername gate.example.com -verify_return_error -CAfile "$BUNDLE" \
        -cert "$dir/cert.pem" -cert_chain "$dir/chain.pem" -key "$dir/key.pem" "$@" 2>/dev/null
}
gnutls() { # WHO: what redis answers to PING; gnutls-cli ends when its input does
    local dir
    dir=$(dir_of "$1")
    { printf 'PING\r\n' && sleep 0.5; } | timeout 10 gnutls-cli --logfile "$TMP/gnutls.log" --x509cafile "$BUNDLE" \
        --x509certfile "$dir/chain.pem" --x509keyfile "$dir/key.pem" --sni-hostname gate.example.com \
        --verify-hostname gate.example.com -p "$port" 127.0.0.1 2>/dev/null || true
}
connections() { # that redis has ever accepted
    redis-cli -p "$redis_port" info stats | sed -n 's/^total_connections_received:\([0-9]*\).*/\1/p'
}
stays_outside() { # SENTENCE ID EVENT WHO
    local before
    before=$(connections)
    mark_log
    no "$1" 1 redis "$4" ping
    told_new "... and the log says why: $2" "\"event\":\"$3\".*\"decision\":\"refused\".*\"id\":\"$2\""
    is "... and redis never saw a connection" $((before + 1)) "$(connections)"
}

# Bob talks to it for as long as the scenario lasts.
coproc BOB { s_client bob@example.com; }
bob() { # SENTENCE
    local answer=
    printf 'PING\r\n' >&"${BOB[1]}" || true
    read -r -t 5 answer <&"${BOB[0]}" || true
    is "$1" PONG "$(tr -d '+\r' <<<"$answer")"
}

bob "openssl s_client passes"
ok "redis-cli passes" redis alice@example.com set greeting hello
is "and stores" OK "$(cat "$TMP/stdout")"
is "what it finds again" hello "$(redis alice@example.com get greeting)"
is "also with TLS 1.2" PONG "$({ printf 'PING\r\n' && sleep 0.5; } | s_client alice@example.com -tls1_2 -no_ign_eof | tr -d '+\r')"
like "gnutls-cli passes" '\+PONG' "$(gnutls alice@example.com)"
head -c 4000000 /dev/urandom | base64 -w 0 >"$TMP/large"
redis-cli -p "$redis_port" -x set large <"$TMP/large" >/dev/null
is "five megabytes come through unharmed" "$(sha256sum <"$TMP/large")" "$(redis alice@example.com --raw get large | head -c -1 | sha256sum)"
timeout 20 redis-cli --tls --sni gate.example.com -h 127.0.0.1 -p "$port" --cacert "$BUNDLE" --cert "$ID/alice@example.com/chain.pem" \
    --key "$ID/alice@example.com/key.pem" -x set back <"$TMP/large" >/dev/null
is "and the other way" "$(sha256sum <"$TMP/large")" "$(redis-cli -p "$redis_port" --raw get back | head -c -1 | sha256sum)"

stays_outside "nobody comes in without a certificate" HC-1100 handshake nobody
stays_outside "nor with another authority's" HC-1101 handshake "$FOREIGN"
stays_outside "nor who was revoked" HC-1401 handshake carol@example.com
stays_outside "nor with an expired certificate" HC-1201 handshake "$TMP/expired"
stays_outside "nor with a server's" HC-1207 handshake gate.example.com
stays_outside "nor a guest whom no rule names" HC-2001 connection mallory@guests.example.com
issue person dave@example.com
stays_outside "nor whom a deny rule names" HC-2002 connection dave@example.com
bob "Bob's connection was open throughout"

# An end is passed on in both directions, and told.
mark_log
redis alice@example.com client kill type normal skipme no >/dev/null 2>&1 || true
told_new "the end of a relayed connection is told, with what it moved" '"event":"closed".*"in":[1-9].*"out":'
stop redis || true
mark_log
no "when redis is gone, the relay says so by ending" 1 redis alice@example.com ping
told_new "... and the log says why" '"id":"HC-4001"'
is "the gate lives" 000 "$(http_status "http://127.0.0.1:$port/")"
told_new "plain HTTP on the port is told for what it is" '"event":"handshake".*"id":"HC-3002"'
done_testing
