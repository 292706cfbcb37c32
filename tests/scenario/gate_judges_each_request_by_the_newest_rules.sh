#!/usr/bin/env bash
# A rule that is taken away counts for the next request of a connection that is open already. The connection stays as long as anything is
# left that its peer may do, and ends when nothing is.
. "$(dirname "$0")/support/gate.sh"
household
backend_start app
mkdir "$TMP/etc"
conf=$TMP/etc/gate.yaml
write_conf() { # CLIENTS ALLOW ALLOW-ABOUT
    cat >"$conf.new" <<YAML
gates:
  - name: shop
    listen: 127.0.0.1:0
    identity: gate.example.com
    clients: $1
    forward: http://$backend
    routes:
      - path: /about
        allow: [$3]
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
everybody='"email:*@example.com"'
alice='"email:alice@example.com"'
write_conf required "$everybody" "$everybody"
gate_run shop "$conf"
friend_arrives bob@example.com
asks "Bob is let in" 200
write_conf required "$alice" "$everybody"
ok "another configuration is taken over" "$HANDCLASP" gate reload --name shop
asks "Bob's next request on the same connection is refused" 403
write_conf required "$everybody" "$everybody"
ok "the first one again" "$HANDCLASP" gate reload --name shop
asks "and he is back in, still on the same connection" 200
write_conf required "$alice" "$alice"
ok "one that leaves him nothing" "$HANDCLASP" gate reload --name shop
told "ends his connection" '"decision":"ended","id":"HC-2001"'
asks "... so that his next request finds none" "000 .*"
friend_leaves
done_testing
