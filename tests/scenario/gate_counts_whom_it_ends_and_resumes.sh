#!/usr/bin/env bash
# After a known sequence the metrics say what it was: how many connections were ended for which reason, how many sessions were resumed,
# refused and are kept.
. "$(dirname "$0")/support/gate.sh"
household
PARTNER=$TMP/partner
authority "$PARTNER" "Partner"
"$HANDCLASP" --home "$PARTNER" issue person erin@partner.example >/dev/null
issue person dave@example.com
issue person frank@example.com
mkdir "$TMP/www"
echo "a page" >"$TMP/www/index.html"
conf() { # ALLOW [PARTNER]
    {
        echo "bundle:"
        echo "  - {name: home, file: $BUNDLE}"
        [[ -z ${2:-} ]] || echo "  - {name: partner, file: $2/publish/bundle.pem}"
        echo "revocation: {crl: [$CRLS${2:+, $2/publish/crl}]}"
        cat <<YAML
gates:
  - name: counted
    listen: "127.0.0.1:0"
    identity: gate.example.com
    clients: optional
    serve: $TMP/www
    routes: [{path: /**, allow: [$1]}]
  - name: calm
    listen: "127.0.0.1:0"
    identity: gate.example.com
    clients: required
    serve: $TMP/www
    routes: [{path: /**, allow: ["email:*@example.com"]}]
YAML
    } >"$TMP/gate.yaml.new"
    mv "$TMP/gate.yaml.new" "$TMP/gate.yaml"
}
all='"email:*@example.com", "email:*@partner.example"'
metrics=$(free_port)
conf "$all" "$PARTNER"
gate_run counted "$TMP/gate.yaml" --metrics "127.0.0.1:$metrics"

# metric NAME{LABELS}: its value, and nothing when there is none.
metric() {
    curl -s "http://127.0.0.1:$metrics/metrics" | awk -v name="handclasp_$1" '$1 == name { print $2 }'
}
# ended GATE: the connections ended for each reason
ended() {
    local reason
    for reason in revoked expired trust rules disconnected; do
        echo "$reason $(metric "connections_ended_total{gate=\"$1\",reason=\"$reason\"}")"
    done | xargs
}
coproc CROWD { exec python3 "$SUPPORT/crowd.py" "$port" http "$BUNDLE"; }
crowd() { # SENTENCE ANSWER ORDER...
    local said=
    echo "${*:3}" >&"${CROWD[1]}" || true
    read -r -t 30 said <&"${CROWD[0]}" || true
    like "$1" "^$2" "$said"
}
here() { # WHO N [IDENTITY]
    crowd "$1 opens $2" "$1 open $2 resumed 0 refused 0" open "$1" "$2" fresh "${3:-$ID/$1@example.com}"
}
gone() { # WHO N
    crowd "$1 is gone" "$1 closed $2 left 0 " await "$1" 12
}
is "at first nothing is counted" "revoked 0 expired 0 trust 0 rules 0 disconnected 0" "$(ended counted)"

SUBJECT=/CN=carol forge "$TMP/carol" "$(stamp '1 minute ago')" "$(stamp '8 seconds')" subjectAltName=email:carol@example.com
here carol 3 "$TMP/carol"
here bob 1
here alice 2
here erin 4 "$PARTNER/identities/erin@partner.example"
here dave 5
here frank 6
is "all are open" 21 "$(metric 'connections_open{gate="counted"}')"
is "of as many handshakes" 21 "$(metric 'handshakes_total{gate="counted",result="finished"}')"
is "of six chains" 6 "$(metric chains)"
is "fifteen of which were known" 15 "$(metric 'chains_known_total{gate="counted"}')"
is "none is a session's" 0 "$(metric 'handshakes_resumed_total{gate="counted"}')"
is "each of them has a session that may be resumed" "21 0" "$(metric 'sessions{certificate="yes"}') $(metric 'sessions{certificate="no"}')"
is "somebody without a certificate is let in nowhere" 403 "$(http_status --connect-to "::127.0.0.1:$port" --cacert "$BUNDLE" "$URL/")"
is "and has a session of another kind" "21 1" "$(metric 'sessions{certificate="yes"}') $(metric 'sessions{certificate="no"}')"

ok "Alice is revoked" "$HANDCLASP" revoke alice@example.com --yes --wait
gone alice 2
is "two were ended for that" "revoked 2 expired 0 trust 0 rules 0 disconnected 0" "$(ended counted)"
is "and her sessions are forgotten" 19 "$(metric 'sessions{certificate="yes"}')"
ok "Frank is disconnected" "$HANDCLASP" gate disconnect --name counted --who email:frank@example.com --yes
gone frank 6
gone carol 3
is "three have expired, six were disconnected" "revoked 2 expired 3 trust 0 rules 0 disconnected 6" "$(ended counted)"
conf "$all"
gone erin 4
is "four lost their authority" "revoked 2 expired 3 trust 4 rules 0 disconnected 6" "$(ended counted)"
conf '"email:bob@example.com", "email:frank@example.com"'
gone dave 5
is "five their rule" "revoked 2 expired 3 trust 4 rules 5 disconnected 6" "$(ended counted)"
is "the other gate has ended nobody" "revoked 0 expired 0 trust 0 rules 0 disconnected 0" "$(ended calm)"
is "Bob is the one who is left" 1 "$(metric 'connections_open{gate="counted"}')"
crowd "and is answered" "bob answered 1 silent 0" ask bob

crowd "he comes nine times more, eight of them resumed" "again open 9 resumed 8 refused 0" open again 9 resumed "$ID/bob@example.com"
is "which is counted" 8 "$(metric 'handshakes_resumed_total{gate="counted"}')"
is "and none was refused" 0 "$(metric sessions_refused_total)"
is "none crowded out" 0 "$(metric sessions_evicted_total)"
is "no alarm was raised" 0 "$(metric alarms_total)"
# shellcheck disable=SC1083,SC2093
exec {CROWD[1]}>&-
wait "$CROWD_PID" || true
ok "the gate ends when it is told to" stop counted
done_testing
