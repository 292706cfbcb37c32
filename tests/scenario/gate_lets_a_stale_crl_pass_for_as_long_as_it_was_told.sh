#!/usr/bin/env bash
# A CRL past its next update: with `refuse` nobody comes in from the second after, with `allow-for 4s` nobody from the second after those
# four (T17). Who is connected stays, a session is no way around it, and what a stale CRL revoked stays revoked. The clock of this
# machine cannot be set here: what happens when it jumps is asked of tests/unit/gate/test_rejudge.c and test_floor.c.
. "$(dirname "$0")/support/gate.sh"
household
mkdir "$TMP/www" "$TMP/crl"
echo "a page" >"$TMP/www/index.html"
"$HANDCLASP" revoke mallory@guests.example.com --yes >/dev/null
cp "$CRLS/root.crl" "$TMP/crl"
crl=$TMP/crl/issuing.crl
echo "gates:" >"$TMP/gate.yaml"
for kind in "strict refuse" "lenient allow-for 4s" "long allow-for 1h"; do
    read -r name stale <<<"$kind"
    cat >>"$TMP/gate.yaml" <<YAML
  - name: $name
    listen: "127.0.0.1:0"
    identity: gate.example.com
    clients: required
    serve: $TMP/www
    revocation: {crl: [$TMP/crl], stale: $stale}
    routes: [{path: /**, allow: ["email:*@example.com", "email:*@guests.example.com"]}]
YAML
done
stale_at=$(($(date +%s) + 6))
forge_crl "$crl" "$(stamp '1 minute ago')" "$(stamp "@$stale_at")" 70
gate_run strict "$TMP/gate.yaml"
gates=(strict lenient long)

# tries NAME: comes again and again, half a dozen times a second, and keeps when: SECOND STATUS a line.
tries() {
    local now
    gate_at "$1"
    while now=$(date +%s.%N) && ((${now%.*} < stale_at + 8)); do
        visit alice@example.com
        echo "$now $status $(date +%s.%N)"
        sleep 0.1
    done >"$TMP/$1.tries"
}
# hello NAME [S_CLIENT_ARGUMENT...]
hello() {
    gate_at "$1"
    printf 'GET / HTTP/1.1\r\nHost: gate.example.com\r\nConnection: close\r\n\r\n' |
        timeout 10 openssl s_client -connect "127.0.0.1:$port" -servername gate.example.com -CAfile "$BUNDLE" -ign_eof \
            -cert "$ID/alice@example.com/cert.pem" -cert_chain "$ID/alice@example.com/chain.pem" \
            -key "$ID/alice@example.com/key.pem" "${@:2}" >"$TMP/hello" 2>&1 || true
    said="$(grep -oE '^(New|Reused), ' "$TMP/hello" | tail -n 1 | tr -d ', ') $(sed -n 's/^HTTP\/1.1 \([0-9]*\) .*/\1/p' "$TMP/hello" | head -n 1)"
}

for name in "${gates[@]}"; do
    gate_at "$name"
    allowed "$name: while the CRL is fresh, friends are let in" alice@example.com
    hello "$name" -sess_out "$TMP/$name.session"
    hello "$name" -sess_in "$TMP/$name.session"
    is "$name: and resumed" "Reused 200" "$said"
done
gate_at strict
friend_arrives bob@example.com
friend_asks "Bob is connected"
for name in "${gates[@]}"; do
    (tries "$name") &
    running+=($!)
done
wait "${running[@]}"

# A try counts by when it began for those who were let in, and by when it ended for those who were refused.
python3 - "$stale_at" "$TMP" >"$TMP/verdict" <<'PY'
import sys
stale_at = int(sys.argv[1])
for name, allowance in (("strict", 0), ("lenient", 4), ("long", 3600)):
    end = stale_at + allowance + 1  # the last second still counts
    tries = [line.split() for line in open(f"{sys.argv[2]}/{name}.tries")]
    wrong_in = [t for t in tries if t[1] == "200" and float(t[0]) >= end]
    wrong_out = [t for t in tries if t[1] != "200" and float(t[2]) < end]
    both = {t[1] for t in tries}
    print(name, len(wrong_in), len(wrong_out), ",".join(sorted(both)))
PY
is "refuse: let in to the second, and out from the next on" "strict 0 0 000,200" "$(grep strict "$TMP/verdict")"
is "allow-for 4s: four seconds later" "lenient 0 0 000,200" "$(grep lenient "$TMP/verdict")"
is "allow-for 1h: let in all the time" "long 0 0 200" "$(grep long "$TMP/verdict")"
for name in strict lenient; do
    gate_at "$name"
    told "$name: the log says why" "\"event\":\"handshake\",\"gate\":\"$name\".*\"id\":\"HC-1404\""
    hello "$name" -sess_in "$TMP/$name.session"
    is "$name: her session does not help her" "" "${said#* }"
done
gate_at long
hello long -sess_in "$TMP/long.session"
is "long: there it is resumed still" "Reused 200" "$said"
friend_asks "Bob's connection goes on"
told "an alarm says that it is stale" '"event":"alarm","id":"HC-1404"'
is "nobody was ended for it" "" "$(logged '"decision":"ended"')"

# What it says still counts, however stale.
gate_at long
serial=$(openssl x509 -in "$ID/mallory@guests.example.com/cert.pem" -noout -serial | cut -d= -f2)
stale_crl() { # NUMBER: ended a minute ago, with Mallory in it
    _ca_conf "$TMP/m.conf" </dev/null
    printf 'R\t391231235959Z\t%s\t%s\tunknown\t/CN=m\n' "$(date -u -d '2 minutes ago' +%y%m%d%H%M%SZ)" "$serial" >"$TMP/m.conf.db"
    echo "$1" >"$TMP/m.conf.number"
    openssl ca -config "$TMP/m.conf" -gencrl -crl_lastupdate "$(stamp '30 seconds ago')" -crl_nextupdate "$(stamp '10 seconds ago')" \
        -out "$TMP/m.pem" 2>"$TMP/m.log"
    openssl crl -in "$TMP/m.pem" -outform DER -out "$crl.new"
    mv "$crl.new" "$crl"
}
allowed "long: Mallory is let in, as the CRL of before does not name her" mallory@guests.example.com
stale_crl 71
ok "one that was stale when it came, and does" until_status 000 mallory@guests.example.com
refused "keeps her out" 000 HC-1401 mallory@guests.example.com
allowed "and still lets others in" alice@example.com
gate_at strict
refused "strict: she is out for what it says, not for its age" 000 HC-1401 mallory@guests.example.com
forge_crl "$crl" "$(stamp now)" "$(stamp '1 day')" 72
for name in "${gates[@]}"; do
    gate_at "$name"
    ok "$name: a fresh one mends it" until_status 200 alice@example.com
done
friend_asks "Bob's connection was open throughout"
ok "the gate ends when it is told to" stop strict
done_testing
