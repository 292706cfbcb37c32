#!/usr/bin/env bash
# A rule that is taken away counts for the next request of a connection that is open already, and the connection stays.
. "$(dirname "$0")/support/gate.sh"
household
backend_start app
mkdir "$TMP/etc"
conf=$TMP/etc/gate.yaml
write_conf() { # CLIENTS ALLOW
    cat >"$conf.new" <<YAML
gates:
  - name: shop
    listen: 127.0.0.1:0
    identity: gate.example.com
    clients: $1
    forward: http://$backend
    routes:
      - path: /**
        allow: [$2]
YAML
    mv "$conf.new" "$conf"
}
asks() { # SENTENCE STATUS: what Bob's open connection is answered
    local answer=

    echo / >&"${FRIEND[1]}" || true
    read -r -t 10 answer <&"${FRIEND[0]}" || true
    like "$1" "^$2 same " "$answer"
}
write_conf required '"email:*@example.com"'
gate_run shop "$conf"
friend_arrives bob@example.com
asks "Bob is let in" 200
write_conf required '"email:alice@example.com"'
ok "another configuration is taken over" "$HANDCLASP" gate reload --name shop
asks "Bob's next request on the same connection is refused" 403
write_conf required '"email:*@example.com"'
ok "the first one again" "$HANDCLASP" gate reload --name shop
asks "and he is back in, still on the same connection" 200
friend_leaves
done_testing
