#!/usr/bin/env bash
# On each type of listener, in TLS 1.2 and in 1.3: who was revoked after a session was kept is refused with the alert that says so, resumed or
# not (T5, T13); and whoever presents another's chain without its key leaves no trace of its owner (T46). The metrics count it all.
. "$(dirname "$0")/support/gate.sh"
household
mkdir "$TMP/www"
echo "a page" >"$TMP/www/http10" # the name of the back end's answer that ends the connection
backend_start app
echo "gates:" >"$TMP/gate.yaml"
for gate in "tcp forward tcp://$backend" "http forward http://$backend" "files serve $TMP/www"; do
    read -r name how where <<<"$gate"
    cat >>"$TMP/gate.yaml" <<YAML
  - name: $name
    listen: "127.0.0.1:0"
    identity: gate.example.com
    clients: required
    $how: $where
    routes: [{$([[ $name == tcp ]] || echo "path: /**, ")allow: ["email:*@example.com"]}]
YAML
done
metrics=$(free_port)
gate_run tcp "$TMP/gate.yaml" --metrics "127.0.0.1:$metrics"
types=(tcp http files)
versions=(tls1_2 tls1_3)

# hello WHO VERSION [S_CLIENT_ARGUMENT...]: a handshake with openssl and one request; `said` is New or Reused, and the status. What
# openssl says is in $TMP/hello.
hello() {
    local dir=$ID/$1@example.com
    [[ $1 == */* ]] && dir=$1
    printf 'GET /http10 HTTP/1.1\r\nHost: gate.example.com\r\nConnection: close\r\n\r\n' |
        timeout 10 openssl s_client "-$2" -connect "127.0.0.1:$port" -servername gate.example.com -CAfile "$BUNDLE" -ign_eof \
            -cert "$dir/cert.pem" -cert_chain "$dir/chain.pem" -key "$dir/key.pem" "${@:3}" >"$TMP/hello" 2>&1 || true
    said="$(grep -oE '^(New|Reused), ' "$TMP/hello" | tail -n 1 | tr -d ', ') $(sed -n 's/^HTTP\/1.[01] \([0-9]*\) .*/\1/p' "$TMP/hello" | head -n 1)"
}
# metric NAME [REGEX]: the sum of all whose name and labels begin so.
metric() {
    curl -s "http://127.0.0.1:$metrics/metrics" | grep -F "handclasp_$1" | grep -v '^#' | grep -- "${2:-}" | awk '{ s += $NF } END { print s + 0 }'
}
is "at first no session is kept" "0 0 0" "$(metric 'sessions{certificate="yes"}') $(metric chains\ ) $(metric handshakes_resumed_total)"

# --- who has the key, and who has not -----------------------------------------------------------------------------------
# A key file that says it belongs to Alice's certificate, for openssl believes what it says, and does not.
mkdir "$TMP/replay"
cp "$ID/alice@example.com/cert.pem" "$ID/alice@example.com/chain.pem" "$TMP/replay"
python3 - "$ID/alice@example.com/cert.pem" "$TMP/replay/key.pem" <<'PY'
import base64, os, subprocess, sys
public = subprocess.run(["openssl", "x509", "-in", sys.argv[1], "-noout", "-pubkey"], capture_output=True, check=True).stdout
point = base64.b64decode(b"".join(public.split(b"\n")[1:-2]))[-65:]
secret = b"\1" + os.urandom(31)
body = b"\2\1\1\4\x20" + secret + b"\xa0\x0a\6\x08\x2a\x86\x48\xce\x3d\3\1\7" + b"\xa1\x44\3\x42\0" + point
pem = base64.encodebytes(b"\x30" + bytes([len(body)]) + body).decode()
with open(sys.argv[2], "w") as file:
    file.write("-----BEGIN EC PRIVATE KEY-----\n" + pem + "-----END EC PRIVATE KEY-----\n")
PY
for type in "${types[@]}"; do
    gate_at "$type"
    for version in "${versions[@]}"; do
        hello "$TMP/replay" "$version" -sess_out "$TMP/replay.session"
        is "$type $version: Alice's chain without her key opens nothing" "" "${said#* }"
        like "... and openssl hears that the proof is missing" 'alert decrypt error|alert handshake failure|alert number (51|40)' "$(cat "$TMP/hello")"
    done
done
is "six proofs were refused" 6 "$(metric refusals_total)"
is "nothing is kept of them: no chain, no session" "0 0" "$(metric chains\ ) $(metric 'sessions{')"
is "and nobody is there" "0 connections" "$("$HANDCLASP" gate connections --name tcp | tail -n 1)"

# --- before -------------------------------------------------------------------------------------------------------------
for who in alice bob; do
    for type in "${types[@]}"; do
        gate_at "$type"
        for version in "${versions[@]}"; do
            hello "$who" "$version" -sess_out "$TMP/$who.$type.$version"
            is "$type $version: $who is let in" "New 200" "$said"
            hello "$who" "$version" -sess_in "$TMP/$who.$type.$version"
            is "... and again, resumed" "Reused 200" "$said"
        done
    done
done
is "twelve were resumed" 12 "$(metric handshakes_resumed_total)"
is "of 24 that were finished, and the six proofs" "24 30" "$(metric handshakes_total .*finished) $(metric handshakes_total)"
hello "$TMP/replay" tls1_3
is "that Alice's chain is known now helps nobody without her key" "" "${said#* }"

# --- after ----------------------------------------------------------------------------------------------------------------
kept=$(metric 'sessions{certificate="yes"}')
gate_at http
credentials alice@example.com
fetch_start held alice@example.com /drip/20
ok "she has one connection open" wait_for 3 test -s "$TMP/held.body"
ok "Alice is revoked" "$HANDCLASP" revoke alice@example.com --yes --wait
is_cut "it is cut" held
is "one was ended for a revocation" 1 "$(metric 'connections_ended_total{gate="http",reason="revoked"}')"
is "and none for anything else" 1 "$(metric connections_ended_total)"
ok "her sessions are forgotten" test "$(metric 'sessions{certificate="yes"}')" -lt "$kept"
for type in "${types[@]}"; do
    gate_at "$type"
    for version in "${versions[@]}"; do
        for how in "with her session" "afresh"; do
            if [[ $how == afresh ]]; then
                hello alice "$version"
            else
                hello alice "$version" -sess_in "$TMP/alice.$type.$version"
            fi
            is "$type $version: Alice is refused $how" "" "${said#* }"
            like "... with the alert certificate_revoked" 'alert certificate revoked|alert number 44' "$(cat "$TMP/hello")"
        done
        hello bob "$version" -sess_in "$TMP/bob.$type.$version"
        is "... and Bob is resumed" "Reused 200" "$said"
    done
done
for type in "${types[@]}"; do
    is "$type: each of the four is counted, and the answer that was cut" "$([[ $type == http ]] && echo 5 || echo 4)" "$(metric "refusals_total{gate=\"$type\",id=\"HC-1401\"}")"
done
ok "the gate ends when it is told to" stop tcp
is "nothing went wrong on the way" "" "$(logged '"event":"alarm"')"
done_testing
