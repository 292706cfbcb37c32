#!/usr/bin/env bash
# Thousands of fresh and resumed connections of friends, strangers and people without a certificate, while somebody is revoked and the
# configuration changes under them: on every single one, who asks is who is answered (T3, T4). `scripts/soak` makes a million.
. "$(dirname "$0")/support/gate.sh"
SOAK=${SOAK:-$(dirname "$HANDCLASP")/tests/support/soak}
N=${SOAK_CONNECTIONS:-3000}
household
foreigners
issue person carol@example.com
issue person dave@example.com
mkdir "$TMP/people"
cp "$BUNDLE" "$TMP/people/"
for who in alice bob carol; do
    ln -s "$ID/$who@example.com" "$TMP/people/$who"
done
ln -s "$FOREIGN" "$TMP/people/mallory"

coproc BACKEND { exec "$SOAK" backend; }
read -r -t 10 back <&"${BACKEND[0]}"
conf() { # LINE of Dave's, which changes
    cat >"$TMP/soak.yaml.new" <<YAML
gates:
  - name: soak
    listen: "127.0.0.1:0"
    identity: gate.example.com
    clients: optional
    forward: http://127.0.0.1:$back
    routes:
      - path: /public
        allow: [anyone]
      - path: /private
        allow: ["email:alice@example.com", "email:bob@example.com", "email:carol@example.com"$1]
YAML
    mv "$TMP/soak.yaml.new" "$TMP/soak.yaml"
}
conf ""
gate_run soak "$TMP/soak.yaml"

start mixed "$SOAK" "$port" "$N" 2 "$TMP/people" "$TMP/gone"
pause=$(python3 -c "print(min($N / 10000, 20))")
sleep "$pause"
conf ', "email:dave@example.com"'
sleep "$pause"
ok "Carol is revoked while they come and go" "$HANDCLASP" revoke carol@example.com --yes --wait
touch "$TMP/gone"
turn=0
until _ended "$(pid_of mixed)" || ((turn == 100000)); do # what lies around all day: reloads with and without a change
    turn=$((turn + 1))
    sleep 0.7
    if ((turn % 2)); then
        conf ""
    else
        conf ', "email:dave@example.com"'
    fi
    ((turn % 5)) || "$HANDCLASP" publish >/dev/null 2>&1 || true
done
code=0
wait "$(pid_of mixed)" || code=$?
result=$(tail -n 1 "$TMP/mixed.log")
is "what must hold held on every one of $N connections: $result" 0 "$code"
like "none was wrong" '"violations": 0' "$result"
like "many resumed a session" '"resumed": [1-9][0-9]{2}' "$result"
like "many were refused" '"refused": [1-9][0-9]{2}' "$result"
unset "_pids[mixed]"
ok "the gate ends when it is told to" stop soak
done_testing
