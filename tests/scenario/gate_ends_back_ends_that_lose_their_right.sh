#!/usr/bin/env bash
# A back end is a peer like any other: when its certificate is revoked, ends, or its authority is trusted no more, everything that is
# open towards it ends, and nothing is sent there any more. Other back ends, and friends who are connected, are not touched.
. "$(dirname "$0")/support/gate.sh"
household
PARTNER=$TMP/partner
authority "$PARTNER" "Partner"
"$HANDCLASP" --home "$PARTNER" issue server partner.example.com --ip 127.0.0.1 >/dev/null
issue server app.example.com --ip 127.0.0.1
issue server calm.example.com --ip 127.0.0.1
lives=11
SUBJECT=/CN=short forge "$TMP/short" "$(stamp '1 minute ago')" "$(stamp "$lives seconds")" extendedKeyUsage=serverAuth \
    subjectAltName=IP:127.0.0.1
ends=$(($(date +%s) + lives))

back_ends=(app partner short calm)
declare -A at identity=([app]=$ID/app.example.com [partner]=$PARTNER/identities/partner.example.com [short]=$TMP/short
    [calm]=$ID/calm.example.com)
for name in "${back_ends[@]}"; do
    backend_start "$name" --identity "${identity[$name]}"
    at[$name]=$backend
done
conf() { # [PARTNER]: two gates for each back end: one that speaks HTTP, and a relay
    local name
    {
        echo "bundle:"
        echo "  - {name: home, file: $BUNDLE}"
        [[ -z ${1:-} ]] || echo "  - {name: partner, file: $1/publish/bundle.pem}"
        echo "revocation: {crl: [$CRLS${1:+, $1/publish/crl}]}"
        echo "gates:"
        for name in "${back_ends[@]}"; do
            cat <<YAML
  - name: $name-web
    listen: "127.0.0.1:0"
    identity: gate.example.com
    clients: required
    forward: https://${at[$name]}
    routes: [{path: /**, allow: ["email:*@example.com"]}]
  - name: $name-relay
    listen: "127.0.0.1:0"
    identity: gate.example.com
    clients: required
    forward: tls://${at[$name]}
    routes: [{allow: ["email:*@example.com"]}]
YAML
        done
    } >"$TMP/gate.yaml.new"
    mv "$TMP/gate.yaml.new" "$TMP/gate.yaml"
}
conf "$PARTNER"
metrics=$(free_port)
gate_run app-web "$TMP/gate.yaml" --metrics "127.0.0.1:$metrics" --workers 1

ended() { # NAME REASON: how many ends of that reason the two gates of a back end have counted
    curl -s "http://127.0.0.1:$metrics/metrics" | grep -E "^handclasp_connections_ended_total\{gate=\"$1-(web|relay)\",reason=\"$2\"\}" |
        awk '{ n += $2 } END { print n + 0 }'
}

# occupy NAME: two answers that are being given, one that is waited for, a relay in use, and three idle streams.
occupy() {
    gate_at "$1-web"
    credentials alice@example.com
    curl --silent --parallel --parallel-immediate --max-time 9 --connect-to "::127.0.0.1:$port" "${with[@]}" --output /dev/null \
        "$URL/slow/0.5" --output /dev/null "$URL/slow/0.5?" --output /dev/null "$URL/slow/0.5??" --output /dev/null "$URL/slow/0.5???" \
        --output /dev/null "$URL/slow/0.5????" --output /dev/null "$URL/slow/0.5?????" 2>/dev/null || true
    fetch_start "$1-chunks" alice@example.com /drip/30
    fetch_start "$1-length" alice@example.com /driplength/30
    fetch_start "$1-waits" alice@example.com /slow/30
    gate_at "$1-relay"
    fetch_start "$1-relayed" alice@example.com /drip/30
    ok "an answer in chunks, one of a known length, one that is waited for, a relay" wait_for 3 _drops "$1"
    is "and three idle streams are open to $1" 7 "$(streams "$1")"
}
_drops() {
    [[ -s $TMP/$1-chunks.body && -s $TMP/$1-length.body && -s $TMP/$1-relayed.body ]] && grep -q '/slow/30' "$TMP/$1.got"
}
# streams NAME: how many connections the back end has.
streams() {
    awk -v port="$(printf ':%04X' "${at[$1]##*:}")" '$4 == "01" && substr($2, 9) == port { n++ } END { print n + 0 }' /proc/net/tcp
}
_no_streams() {
    [[ $(streams "$1") == 0 ]]
}
# over NAME WHY REASON COUNT: all of that has ended, and so many were counted. A new snapshot begins with no idle streams, and those
# of the one before count for nobody.
over() {
    is_cut "an answer in chunks is cut" "$1-chunks"
    is_cut "one whose length is known as well" "$1-length"
    fetch_end "$1-waits" 1
    is "who waits for an answer is told that there is none" "0 502" "$code $status"
    is_cut "the relay is cut" "$1-relayed"
    ok "no stream is left" wait_for 1 _no_streams "$1"
    is "those that ended for it are counted" "$4" "$(ended "$1" "$3")"
    told "the log has each with its reason" "\"gate\":\"$1-web\".*\"decision\":\"ended\",\"id\":\"$2\""
    told "... the relay's as well" "\"gate\":\"$1-relay\".*\"decision\":\"ended\",\"id\":\"$2\""
    lines=$(wc -l <"$TMP/$1.got")
    gate_at "$1-web"
    visit alice@example.com -H 'Authorization: secret'
    is "a new request gets 502" 502 "$status"
    told "... and the log says why: $2" "\"peer\":\"$from\".*\"id\":\"HC-4005\".*$2"
    gate_at "$1-relay"
    visit alice@example.com -H 'Authorization: secret'
    is "a relay gets nothing" 000 "$status"
    is "the back end has heard nothing of it" "$lines" "$(wc -l <"$TMP/$1.got")"
}

gate_at calm-web
friend_arrives bob@example.com
friend_asks "Bob is served by another back end"
fetch_start calm-web bob@example.com /drip/12
gate_at calm-relay
fetch_start calm-relay bob@example.com /drip/12

occupy short
while (($(date +%s) <= ends)); do sleep 0.1; done
over short HC-1201 expired 7

occupy app
ok "the back end is revoked" "$HANDCLASP" revoke app.example.com --yes --wait
like "which counts what was closed towards it" ' 4 connections closed' "$(cat "$TMP/stdout")"
over app HC-1401 revoked 4

occupy partner
conf
kill -HUP "$(pid_of app-web)"
wait_for 3 _ended "$(pid_of partner-chunks)" || true
over partner HC-1101 trust 4

friend_asks "Bob's connection goes on"
is "nothing was ended between him and his back end" 0 "$(($(ended calm revoked) + $(ended calm expired) + $(ended calm trust)))"
for name in calm-web calm-relay; do
    fetch_end "$name" 15
    is "$name: what he was being sent is complete" "0 200 960" "$code $status $size"
done
ok "the gate ends when it is told to" stop app-web
is "nothing went wrong on the way" "" "$(logged '"event":"alarm"')"
done_testing
