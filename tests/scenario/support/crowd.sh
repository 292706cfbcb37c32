# crowd.sh - two hundred open connections of one person and two hundred of another: who loses the right to be here is gone, and
# nobody else. A scenario for each type of listener:
#
#     . "$(dirname "$0")/support/crowd.sh"
#     crowd_scenario http "$backend" ...
# shellcheck shell=bash
# shellcheck source=tests/scenario/support/gate.sh
. "$(dirname "${BASH_SOURCE[0]}")/gate.sh"

EACH=100 # connections with a full handshake, and as many resumed, for each person

crowd_arrives() { # KIND
    coproc CROWD { exec python3 "$SUPPORT/crowd.py" "$port" "$1" "$BUNDLES"; }
}
crowd() { # ORDER...: sets `said`
    said=
    echo "$*" >&"${CROWD[1]}" || true
    read -r -t 60 said <&"${CROWD[0]}" || true
}
arrives() { # WHO [IDENTITY]
    local dir=${2:-$ID/$1@example.com}
    crowd open "$1" "$EACH" fresh "$dir"
    is "$1 opens $EACH connections" "$1 open $EACH resumed 0 refused 0" "$said"
    crowd open "$1-again" "$((EACH + 1))" resumed "$dir"
    is "... and one more, whose session $EACH others resume" "$1-again open $((EACH + 1)) resumed $EACH refused 0" "$said"
}
is_here() { # SENTENCE WHO
    crowd ask "$2"
    is "$1" "$2 answered $EACH silent 0" "$said"
    crowd ask "$2-again"
    is "... resumed ones too" "$2-again answered $((EACH + 1)) silent 0" "$said"
}
is_gone() { # SENTENCE WHO SECONDS
    crowd await "$2" "$3"
    like "$1: ${said#* }" "^$2 closed $EACH left 0 " "$said"
    crowd await "$2-again" "$3"
    like "... resumed ones too: ${said#* }" "^$2-again closed $((EACH + 1)) left 0 " "$said"
    crowd again "$2-again"
    is "... and the session is resumed no more" "$2-again again refused" "$said"
}
ended() { # SENTENCE ID: the log has as many ends for that reason as there were connections
    wait_for 2 _ended_count "$2"
    is "$1" $((2 * EACH + 1)) "$(logged "\"event\":\"connection\".*\"decision\":\"ended\"" | grep -c "\"id\":\"$2\"")"
}
_ended_count() {
    (($(logged "\"event\":\"connection\".*\"decision\":\"ended\"" | grep -c "\"id\":\"$1\"") >= 2 * EACH + 1))
}

crowd_conf() { # ALLOW...: what the gate runs by, replaced in one instant
    local allow
    allow=$(printf '"%s", ' "$@")
    {
        echo "bundle:"
        echo "  - {name: home, file: $BUNDLE}"
        [[ -z ${PARTNER:-} ]] || echo "  - {name: partner, file: $PARTNER/publish/bundle.pem}"
        echo "revocation: {crl: [$CRLS${PARTNER:+, $PARTNER/publish/crl}]}"
        echo "gates:"
        echo "  - name: crowd"
        echo "    listen: \"127.0.0.1:0\""
        echo "    identity: gate.example.com"
        echo "    clients: required"
        printf '    %s\n' "$SERVICE"
        echo "    routes:"
        case $SERVICE in
        *tcp:*) echo "      - allow: [${allow%, }]" ;;
        *) printf '      - path: /**\n        allow: [%s]\n' "${allow%, }" ;;
        esac
    } >"$TMP/crowd.yaml.new"
    mv "$TMP/crowd.yaml.new" "$TMP/crowd.yaml"
}

# crowd_scenario KIND SERVICE: SERVICE is the gate's forward or serve line.
crowd_scenario() {
    SERVICE=$2
    PARTNER=$TMP/partner
    authority "$PARTNER" "Partner"
    "$HANDCLASP" --home "$PARTNER" issue person erin@partner.example >/dev/null
    issue person dave@example.com
    BUNDLES=$BUNDLE
    crowd_conf "email:*@example.com" "email:erin@partner.example"
    gate_run crowd "$TMP/crowd.yaml"
    crowd_arrives "$1"

    arrives bob
    arrives alice
    ok "Alice is revoked" "$HANDCLASP" revoke alice@example.com --yes --wait
    like "the command says how many connections were closed, and in how many milliseconds" \
        "$((2 * EACH + 1)) connections closed, [0-9]+ ms" "$(cat "$TMP/stdout")"
    is_gone "all of hers are closed" alice 2
    ended "each with its reason in the log" HC-1401
    is_here "none of Bob's is" bob

    SUBJECT=/CN=carol forge "$TMP/carol" "$(stamp '1 minute ago')" "$(stamp "$((8 + EACH / 25)) seconds")" \
        subjectAltName=email:carol@example.com
    arrives carol "$TMP/carol"
    is_here "Carol's certificate is good until it ends" carol
    is_gone "all of hers are closed when it does" carol 25
    ended "with that reason" HC-1201
    is_here "none of Bob's is" bob

    arrives dave
    crowd_conf "email:alice@example.com" "email:bob@example.com" "email:erin@partner.example"
    is_gone "when the rules do not name Dave any more, all of his are closed" dave 3
    ended "with that reason" HC-2001
    is_here "none of Bob's is" bob

    arrives erin "$PARTNER/identities/erin@partner.example"
    PARTNER=
    crowd_conf "email:alice@example.com" "email:bob@example.com" "email:erin@partner.example"
    is_gone "when her authority is not in the bundle any more, all of Erin's are closed" erin 3
    ended "with that reason" HC-1101
    is_here "none of Bob's is" bob

    # shellcheck disable=SC1083,SC2093
    exec {CROWD[1]}>&-
    wait "$CROWD_PID" || true
    ok "the gate ends when it is told to" stop crowd
    is "nothing went wrong on the way" "" "$(logged '"event":"alarm"')"
    done_testing
}
