#!/usr/bin/env bash
# What a gate accepted before a restart binds it afterwards: an older CRL is not taken, and time does not fall below the newest one.
. "$(dirname "$0")/support/gate.sh"
household
mkdir "$TMP/www"
echo "a page" >"$TMP/www/index.html"
serve=(--serve "$TMP/www" --allow 'email:*@example.com')
crl=$CRLS/issuing.crl
floor=$TMP/state/gate-web.floor
replace() {
    cp "$1" "$crl.new"
    mv "$crl.new" "$crl"
}
again() {
    stop web
    gate_start web "${serve[@]}" "$@"
}
# sign_floor TEXT: the gate's memory as it would write it.
sign_floor() {
    { printf '%s' "$1"; printf 'sha256 %s\n' "$(printf '%s' "$1" | sha256sum | cut -d' ' -f1)"; } >"$floor"
    chmod 600 "$floor"
}

cp "$crl" "$TMP/first.crl"
gate_start web "${serve[@]}"
allowed "Alice is let in" alice@example.com
ok "she is revoked" "$HANDCLASP" revoke alice@example.com --yes --wait
refused "and out" 000 HC-1401 alice@example.com
ok "the gate has written down what it accepted" wait_for 3 test -s "$floor"
is "for itself alone" "600 700" "$(stat -c %a "$floor" "$TMP/state" | xargs)"
like "and says where" "floor 20.*Z $floor" "$("$HANDCLASP" gate status --name web)"

cp "$crl" "$TMP/second.crl"
stop web
replace "$TMP/first.crl"
gate_start web "${serve[@]}"
told "the first CRL, put back while the gate was down, raises an alarm" '"event":"alarm","id":"HC-1408"'
refused "and lets Alice in no more than anybody else" 000 HC-1403 alice@example.com
refused "for there is no good CRL" 000 HC-1403 bob@example.com
replace "$TMP/second.crl"
ok "the newest one mends it" until_status 200 bob@example.com
refused "with all it says" 000 HC-1401 alice@example.com

stop web
printf 'x' | dd of="$floor" bs=1 seek=30 conv=notrunc 2>/dev/null
gate_start web "${serve[@]}"
told "a damaged memory raises an alarm" '"event":"alarm","id":"HC-6003".*gate-web.floor'
allowed "and the gate goes on with what it sees" bob@example.com
ok "and writes it anew" wait_for 3 grep -q '^sha256' "$floor"
again
is "so that the next start is a quiet one" "" "$(logged '"event":"alarm"')"
chmod 666 "$floor"
again
told "one that others can write is not believed" '"event":"alarm","id":"HC-6006"'

# Another machine's clock is a little ahead: no harm.
stop web
forge_crl "$crl" "$(stamp '4 minutes')" "$(stamp '1 day')" 71
gate_start web "${serve[@]}"
allowed "a CRL that is dated four minutes ahead is taken" bob@example.com
mark_log
again
allowed "after a restart too" bob@example.com
is "and is no reason for an alarm" "" "$(logged '"event":"alarm"')"

# The clock was set back by two days, as far as the gate can tell.
stop web
ahead=$(($(date +%s) + 2 * 86400))
sign_floor "handclasp gate floor 1
time $ahead
"
gate_start web "${serve[@]}"
told "a clock before the newest CRL raises an alarm" '"event":"alarm","id":"HC-1418"'
told "which says what to do" 'stop the gate, remove .*gate-web.floor, start it'
is "once" 1 "$(logged '"id":"HC-1418"' | wc -l)"
refused "and time is that of the newest CRL: what is stale then is stale" 000 HC-1404 bob@example.com
stop web
sign_floor "handclasp gate floor 1
time $(($(date +%s) + 4000 * 86400))
"
no "far ahead the gate's own certificate has ended" 1 timeout 20 "$HANDCLASP" gate --name web --listen 127.0.0.1:0 \
    --identity gate.example.com "${serve[@]}"
like "but not without a word about the clock" 'HC-1418.*remove .*gate-web.floor' "$(cat "$TMP/stderr")"
rm "$floor"
gate_start web "${serve[@]}"
allowed "without that memory all is well again" bob@example.com

stop web
mkdir "$TMP/other"
gate_start web "${serve[@]}" --state "$TMP/other"
ok "--state says where" wait_for 3 test -s "$TMP/other/gate-web.floor"
stop web
chmod 777 "$TMP/other"
gate_start web "${serve[@]}" --state "$TMP/other"
told "a directory that everybody can write is not used" '"event":"alarm","id":"HC-6006".*chmod 700'
allowed "and the gate runs all the same" bob@example.com
like "and says that it keeps nothing" 'floor 20.*Z, not kept' "$("$HANDCLASP" gate status --name web)"
done_testing
