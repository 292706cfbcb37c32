#!/usr/bin/env bash
# Whatever breaks on the disk while the gate runs, it goes on with what was good, raises an alarm, and takes over what is mended.
. "$(dirname "$0")/support/gate.sh"
household
foreigners
backend_start app
mkdir "$TMP/etc" "$TMP/www"
echo page >"$TMP/www/index.html"
cp "$BUNDLE" "$TMP/etc/bundle.pem"
cp "$ID/gate.example.com/chain.pem" "$ID/gate.example.com/key.pem" "$TMP/etc/"
conf=$TMP/etc/gate.yaml
write_conf() { # ALLOW [LINE...]
    cat >"$conf.new" <<YAML
bundle: $TMP/etc/bundle.pem
revocation: {crl: [$CRLS], check: chain, stale: refuse}
gates:
  - name: shop
    listen: 127.0.0.1:0
    identity: {certificate: $TMP/etc/chain.pem, key: $TMP/etc/key.pem}
    clients: required
    forward: http://$backend
    routes:
      - path: /**
        allow: ["$1"]
YAML
    printf '%s\n' "${@:2}" >>"$conf.new"
    mv "$conf.new" "$conf"
}
swap() { # FROM FILE-IN-ETC
    cp "$1" "$TMP/etc/.new"
    chmod 600 "$TMP/etc/.new"
    mv "$TMP/etc/.new" "$TMP/etc/$2"
}
write_conf 'email:*@example.com'
ok "gate check says that the configuration is good" "$HANDCLASP" gate check "$conf"
gate_run shop "$conf"
friend_arrives bob@example.com
friend_asks "Bob is let in"

still_good() {
    allowed "... new connections are accepted as before" alice@example.com
    friend_asks "... and Bob's goes on"
}

# The configuration.
mark_log
write_conf 'email:*@example.com' '    colour: red' 'gatess: []'
alarm "a configuration with unknown keys raises an alarm" 'HC-500[27]'
still_good
no "gate reload says that it is bad" 1 "$HANDCLASP" gate reload --name shop
like "... and where" 'gate.yaml.*line 12, column 5' "$(cat "$TMP/stderr")"
no "gate check says so too" 1 "$HANDCLASP" gate check "$conf"
like "with the line and column of the one" 'gate.yaml:12:5' "$(cat "$TMP/stderr")"
like "and the other, in the same run" 'gate.yaml:13:1' "$(cat "$TMP/stderr")"
like "and the nearest key" "gates" "$(grep gatess "$TMP/stderr")"
mark_log
printf 'gates: [unfinished' >"$conf.new" && mv "$conf.new" "$conf"
alarm "one that is not YAML raises an alarm" 'HC-500[17]'
still_good
mark_log
rm "$conf"
alarm "one that is gone raises an alarm" HC-6002
still_good
mark_log
write_conf 'email:*@example.com'
sleep 0.3
chmod 666 "$conf"
alarm "one that others can write raises an alarm" HC-6006
still_good
mark_log
write_conf email:bob@example.com
until_status 403 alice@example.com || true
refused "a good one is taken over" 403 HC-2001 alice@example.com
write_conf 'email:*@example.com'
ok "gate reload takes over at once" "$HANDCLASP" gate reload --name shop
allowed "... and Alice is in again" alice@example.com

# The bundle.
mark_log
: >"$TMP/empty"
swap "$TMP/empty" bundle.pem
alarm "an empty bundle raises an alarm" 'HC-(6013|5010)'
still_good
mark_log
swap "$ID/alice@example.com/cert.pem" bundle.pem
alarm "a bundle without an anchor raises an alarm" HC-5010
still_good
mark_log
rm "$TMP/etc/bundle.pem"
alarm "a missing bundle raises an alarm" HC-6002
still_good
refused "and a foreign authority is not let in meanwhile" 000 HC-1101 "$FOREIGN"
mark_log
swap "$TMP/foreign/publish/bundle.pem" bundle.pem
until_status 000 alice@example.com || true
refused "another good bundle is taken over" 000 'HC-(1101|1102)' alice@example.com
told_new "and Bob's open connection has ended: his authority is trusted no more" '"decision":"ended","id":"HC-1101"'
friend_leaves
swap "$BUNDLE" bundle.pem
until_status 200 alice@example.com || true
allowed "and back again" alice@example.com
friend_arrives bob@example.com
friend_asks "Bob is back too"

# The gate's own certificate and key.
served() { # the serial number that a new connection sees
    openssl s_client -connect "127.0.0.1:$port" -cert "$ID/alice@example.com/cert.pem" -key "$ID/alice@example.com/key.pem" \
        -cert_chain "$ID/alice@example.com/chain.pem" </dev/null 2>/dev/null | openssl x509 -noout -serial
}
serial_of() {
    openssl x509 -in "$1" -noout -serial
}
serves() { # FILE
    [[ $(served) == $(serial_of "$1") ]]
}
old=$TMP/etc/old.pem
cp "$TMP/etc/chain.pem" "$old"
mark_log
swap "$ID/alice@example.com/key.pem" key.pem
alarm "a key that does not belong to the certificate raises an alarm" HC-5011
still_good
is "with the old certificate" "$(serial_of "$old")" "$(served)"
mark_log
swap "$TMP/empty" chain.pem
alarm "an empty certificate raises an alarm" 'HC-(6013|9002)'
still_good
mark_log
issue server gate.example.com --ip 127.0.0.1 --as next
next=$ID/gate.example.com~next
swap "$next/key.pem" key.pem
swap "$next/chain.pem" chain.pem
ok "a renewed certificate is served to new connections" wait_for 3 serves "$next/cert.pem"
still_good
mark_log
openssl req -new -key "$next/key.pem" -subj /CN=gate -out "$TMP/sha1.csr"
echo "subjectAltName = DNS:gate.example.com" >"$TMP/sha1.ext"
openssl x509 -req -sha1 -in "$TMP/sha1.csr" -CA "$HOME_DIR/authority/issuing.cert.pem" -CAkey "$HOME_DIR/authority/issuing.key.pem" \
    -set_serial 77 -days 2 -extfile "$TMP/sha1.ext" -out "$TMP/sha1.pem" 2>"$TMP/sha1.log"
swap "$TMP/sha1.pem" chain.pem
alarm "a certificate that OpenSSL would not present raises an alarm" HC-6011
still_good
swap "$next/chain.pem" chain.pem
mark_log
chmod 644 "$TMP/etc/key.pem"
alarm "a key that others can read raises an alarm" HC-6006
still_good
chmod 600 "$TMP/etc/key.pem"
SUBJECT=/CN=gate forge "$TMP/old-gate" "$(stamp '2 hours ago')" "$(stamp '1 hour ago')" extendedKeyUsage=serverAuth subjectAltName=DNS:gate.example.com
mark_log
swap "$TMP/old-gate/key.pem" key.pem
swap "$TMP/old-gate/chain.pem" chain.pem
alarm "an expired certificate of its own raises an alarm" HC-1201
still_good
swap "$next/key.pem" key.pem
swap "$next/chain.pem" chain.pem

# Status and an unknown gate.
ok "gate status answers" "$HANDCLASP" gate status --name shop
like "with what there is" 'gate shop 127.0.0.1:[0-9]+' "$(cat "$TMP/stdout")"
no "a gate that does not run cannot be reloaded" 3 "$HANDCLASP" gate reload --name nobody
like "and the reason is told" HC-6014 "$(cat "$TMP/stderr")"
friend_asks "Bob's connection was open throughout"
done_testing
