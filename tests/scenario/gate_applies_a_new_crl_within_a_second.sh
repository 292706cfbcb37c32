#!/usr/bin/env bash
# A revocation counts for the next handshake within a second; a CRL that is missing, stale, broken, forged or old lets nobody in
# who was out, and an alarm says so.
. "$(dirname "$0")/support/gate.sh"
household
foreigners
issue person carol@example.com
mkdir "$TMP/www"
echo "a page" >"$TMP/www/index.html"
gate_start web --serve "$TMP/www" --allow 'email:*@example.com'
crl=$CRLS/issuing.crl
cp "$crl" "$TMP/first.crl"
replace() { # FILE: in one instant, as everybody should
    cp "$1" "$crl.new"
    mv "$crl.new" "$crl"
}

friend_arrives bob@example.com
friend_asks "Bob is let in"
allowed "Carol is let in" carol@example.com
"$HANDCLASP" revoke carol@example.com --yes --reason keyCompromise >/dev/null
began=${EPOCHREALTIME/[.,]/}
until_status 000 carol@example.com || true
ok "Carol is out within a second ($(((${EPOCHREALTIME/[.,]/} - began) / 1000)) ms)" test $((${EPOCHREALTIME/[.,]/} - began)) -lt 1000000
refused "and stays out" 000 HC-1401 carol@example.com
allowed "Alice is not touched" alice@example.com
friend_asks "nor is Bob's connection"
cp "$crl" "$TMP/newest.crl"

same_as_before() {
    refused "... Carol stays out" 000 HC-1401 carol@example.com
    allowed "... Alice stays in" alice@example.com
}
broken() { # SENTENCE ID FILE
    mark_log
    replace "$3"
    alarm "$1 raises an alarm: $2" "$2"
    same_as_before
    replace "$TMP/newest.crl"
}

broken "an older CRL" HC-1408 "$TMP/first.crl"
head -c 100 "$TMP/newest.crl" >"$TMP/cut.crl"
broken "a CRL that was cut" HC-1406 "$TMP/cut.crl"
echo "not a CRL at all" >"$TMP/text.crl"
broken "a file that is no CRL" HC-1406 "$TMP/text.crl"
: >"$TMP/empty.crl"
broken "an empty file" 'HC-(6013|1406)' "$TMP/empty.crl"
CA_HOME=$TMP/foreign forge_crl "$TMP/foreign.crl" "$(stamp now)" "$(stamp '1 day')" 7F
mark_log
replace "$TMP/foreign.crl"
sleep 0.6
same_as_before # nobody knows its issuer: it is no CRL of ours
replace "$TMP/newest.crl"
python3 -c 'import sys; d = bytearray(open(sys.argv[1], "rb").read()); d[-1] ^= 1; open(sys.argv[2], "wb").write(d)' \
    "$TMP/newest.crl" "$TMP/tampered.crl"
broken "a CRL with a wrong signature" HC-1407 "$TMP/tampered.crl"
mark_log
chmod 777 "$CRLS"
alarm "a directory that others can write raises an alarm" HC-6006
same_as_before
chmod 755 "$CRLS"

mark_log
rm "$crl"
until_status 000 alice@example.com || true
refused "without a CRL of their issuer, friends are refused too" 000 HC-1403 alice@example.com
refused "and the revoked stay out" 000 'HC-14.*' carol@example.com
alarm "a missing CRL raises an alarm" HC-1403
friend_asks "a connection that was open goes on"
mark_log
replace "$TMP/first.crl"
alarm "an older one in its place is still recognised" HC-1408
refused "and lets nobody in" 000 'HC-14.*' carol@example.com
replace "$TMP/newest.crl"
ok "the newest is taken again" until_status 200 alice@example.com
refused "with all it says" 000 HC-1401 carol@example.com

# One that becomes stale while the gate runs.
forge_crl "$crl" "$(stamp now)" "$(stamp '2 seconds')" 70
sleep 0.6
allowed "a CRL is used until its next update" alice@example.com
sleep 2.5
refused "and not after" 000 HC-1404 alice@example.com
mark_log
kill -HUP "$(pid_of web)"
alarm "a stale CRL raises an alarm when it is looked at" HC-1404
forge_crl "$crl" "$(stamp now)" "$(stamp '1 day')" 7E
ok "a fresh one mends it" until_status 200 alice@example.com

# The whole chain is checked: the root's CRL covers the issuing CA.
CA=root forge_crl "$CRLS/root.crl" "$(stamp now)" "$(stamp '1 second')" 70
sleep 2
refused "the root's CRL counts as well" 000 HC-1404 alice@example.com
CA=root forge_crl "$CRLS/root.crl" "$(stamp now)" "$(stamp '1 day')" 71
ok "and mends as well" until_status 200 alice@example.com
friend_asks "Bob's connection was open throughout"

# An authority whose clock was wrong once.
cp "$crl" "$TMP/today.crl"
forge_crl "$TMP/future.crl" "$(stamp '1 hour')" "$(stamp '1 day')" 70F0
mark_log
replace "$TMP/future.crl"
alarm "a CRL from the future raises an alarm" HC-1405
allowed "... and the one before it stays in use" alice@example.com
forge_crl "$crl" "$(stamp now)" "$(stamp '1 day')" 70F1
sleep 0.6
allowed "the next good one is taken, and the one from the future forgotten" alice@example.com
rm "$crl"
until_status 000 alice@example.com || true
replace "$TMP/today.crl"
mark_log
forge_crl "$crl" "$(stamp now)" "$(stamp '1 day')" 70F2
ok "even when there was none in between" until_status 200 alice@example.com

# What a gate starts with.
stop web
at_start() { # SENTENCE NAME STATUS ID [ARGUMENT...]
    gate_start "$2" --serve "$TMP/www" --allow 'email:*@example.com' "${@:5}"
    if [[ $3 == 200 ]]; then
        allowed "$1" alice@example.com
    else
        refused "$1" "$3" "$4" alice@example.com
    fi
    stop "$2"
}
mkdir "$TMP/none" "$TMP/stale" "$TMP/forged" "$TMP/cut"
CA=root forge_crl "$TMP/stale/root.crl" "$(stamp '2 days ago')" "$(stamp '1 day ago')" 01
forge_crl "$TMP/stale/issuing.crl" "$(stamp '2 days ago')" "$(stamp '1 day ago')" 01
cp "$CRLS/root.crl" "$TMP/forged/"
cp "$TMP/foreign.crl" "$TMP/forged/issuing.crl"
cp "$CRLS/root.crl" "$TMP/cut/"
cp "$TMP/cut.crl" "$TMP/cut/issuing.crl"
at_start "a start without any CRL lets nobody in" s1 000 HC-1403 --crl "$TMP/none"
at_start "a start with stale ones neither" s2 000 HC-1404 --crl "$TMP/stale"
like "... and says so" '"event":"alarm","id":"HC-1404"' "$(logged '"event":"alarm"')"
at_start "nor with a forged one" s3 000 'HC-(1407|1403)' --crl "$TMP/forged"
at_start "nor with a broken one" s4 000 HC-1403 --crl "$TMP/cut"
like "... and says so" '"event":"alarm","id":"HC-1406"' "$(logged '"event":"alarm"')"
at_start "single files do as well as a directory" s5 200 - --crl "$CRLS/root.crl" --crl "$crl"
at_start "only when told so, no CRL is needed" s6 200 - --no-revocation
no "no revocation and a CRL contradict each other" 1 timeout 10 "$HANDCLASP" gate --name x --listen 127.0.0.1:0 \
    --identity gate.example.com --serve "$TMP/www" --allow 'email:*@example.com' --no-revocation --crl "$crl"
like "and both are named" 'no-revocation.*crl|crl.*no-revocation' "$(cat "$TMP/stderr")"
no "a directory that does not exist is refused" 3 timeout 10 "$HANDCLASP" gate --name x --listen 127.0.0.1:0 \
    --identity gate.example.com --serve "$TMP/www" --allow 'email:*@example.com' --crl "$TMP/nowhere"
like "by its name" 'nowhere' "$(cat "$TMP/stderr")"
done_testing
