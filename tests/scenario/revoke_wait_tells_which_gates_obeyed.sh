#!/usr/bin/env bash
# revoke --wait: which gates of this host have the revocation in force, how many connections they closed for it, and which have
# not said so, by name and with the reason.
. "$(dirname "$0")/support/gate.sh"
household
foreigners
issue person carol@example.com
issue person dave@example.com
issue person erin@example.com
mkdir "$TMP/www"
echo "a page" >"$TMP/www/index.html"
serve=(--serve "$TMP/www" --allow 'email:*@example.com')

no "without any gate the exit code is 3" 3 "$HANDCLASP" revoke erin@example.com --yes --wait
like "and it is said that the revocation is done" 'HC-7055' "$(cat "$TMP/stderr")"
like "which it is" 'the revocation is done' "$(cat "$TMP/stderr")"
like "as the first line says" 'Revoked 1 certificate' "$(cat "$TMP/stdout")"
no "nor is it done twice" 1 "$HANDCLASP" revoke erin@example.com --yes

gate_start shop "${serve[@]}"
gate_start web "${serve[@]}"
gate_start partner "${serve[@]}" --bundle "$TMP/foreign/publish/bundle.pem" --crl "$TMP/foreign/publish/crl"
gate_use shop
friend_arrives alice@example.com
friend_asks "Alice is here"

ok "all gates obey" "$HANDCLASP" revoke alice@example.com --yes --reason keyCompromise --wait
said=$(cat "$TMP/stdout")
like "the one she was connected to closed her connection" 'shop +1 closed +[0-9]+ ms' "$said"
like "the other had nothing to close" 'web +0 closed +[0-9]+ ms' "$said"
like "and the one that trusts another authority says so" 'partner +does not trust this authority' "$said"
like "the last line counts" '3 gates, 1 connection closed, [0-9]+ ms$' "$said"
is "no line is wider than 80 columns" "" "$(awk 'length > 80' "$TMP/stdout")"
refused "she stays out" 000 HC-1401 alice@example.com
ok "what was revoked before may be waited for again" "$HANDCLASP" revoke alice@example.com --yes --wait
like "and is in force everywhere" '3 gates, 0 connections closed, [0-9]+ ms$' "$(cat "$TMP/stdout")"

ok "JSON says the same" "$HANDCLASP" revoke carol@example.com --yes --wait --json
is "to a program" "partner foreign True 0,shop closed True 0,web closed True 0 3" "$(python3 - "$TMP/stdout" <<'PY'
import json, sys
d = json.load(open(sys.argv[1]))
print(",".join(f'{g["gate"]} {g["state"]} {g["acknowledged"]} {g["closed"]}' for g in d["gates"]), len(d["gates"]) if d["closed"] == 0 and d["ms"] >= 0 else "wrong")
PY
)"

gate_start lax --serve "$TMP/www" --allow 'email:*@example.com' --no-revocation
kill -STOP "$(pid_of web)"
no "a gate that checks nothing and one that is stopped have not obeyed" 1 \
    "$HANDCLASP" revoke bob@example.com --yes --wait --timeout 1500ms
kill -CONT "$(pid_of web)"
like "which has an id" 'HC-7054' "$(cat "$TMP/stderr")"
like "both are named with the reason" 'lax \(unchecked\), web \(silent\)' "$(cat "$TMP/stderr")"
like "and in the table" 'lax +checks no revocation' "$(cat "$TMP/stdout")"
like "... both" 'web +the gate web does not answer in time' "$(cat "$TMP/stdout")"
like "the others have" '2 of 4 gates, 0 connections closed' "$(cat "$TMP/stdout")"
stop lax
ok "once the gate goes on, the same command says so" "$HANDCLASP" revoke bob@example.com --yes --wait
like "with all of them" '3 gates, 0 connections closed' "$(cat "$TMP/stdout")"

mkdir "$TMP/copy"
cp "$CRLS"/*.crl "$TMP/copy"
gate_start copied "${serve[@]}" --crl "$TMP/copy"
no "a gate whose CRLs are copies that were not brought has not obeyed" 1 "$HANDCLASP" revoke dave@example.com --yes --wait
like "and that is the reason" 'copied +does not have the new CRL' "$(cat "$TMP/stdout")"
(
    sleep 0.15
    cp "$CRLS/issuing.crl" "$TMP/copy/issuing.new"
    mv "$TMP/copy/issuing.new" "$TMP/copy/issuing.crl"
) &
ok "one that arrives a moment late is waited for" "$HANDCLASP" revoke dave@example.com --yes --wait
wait $!

kill -KILL "$(pid_of copied)" # its socket stays behind
wait_for 2 test ! -e "/proc/$(pid_of copied)" || true
ok "the socket of a gate that was killed is no gate" "$HANDCLASP" revoke dave@example.com --yes --wait
is "and is not counted" "3 gates, 0 connections closed" "$(tail -n 1 "$TMP/stdout" | sed 's/, [0-9]* ms$//')"

"$HANDCLASP" issuer add second >/dev/null
issue person frank@example.com
ok "the CRL of an issuer that no gate has met yet" "$HANDCLASP" revoke frank@example.com --yes --wait
is "is in force as well" "3 gates, 0 connections closed" "$(tail -n 1 "$TMP/stdout" | sed 's/, [0-9]* ms$//')"
ok "issuer revoke waits as well" "$HANDCLASP" issuer revoke issuing --yes --wait
is "and counts as well" "3 gates, 0 connections closed" "$(tail -n 1 "$TMP/stdout" | sed 's/, [0-9]* ms$//')"
ok "again and again" "$HANDCLASP" issuer revoke issuing --yes --wait

for wrong in 0s 10 10h -1s 61m 99999999999s ''; do
    no "--timeout '$wrong' is no time" 2 "$HANDCLASP" revoke dave@example.com --yes --wait --timeout "$wrong"
done
no "--timeout alone means nothing" 2 "$HANDCLASP" revoke dave@example.com --yes --timeout 1s
done_testing
