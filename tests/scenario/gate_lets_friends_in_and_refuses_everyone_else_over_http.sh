#!/usr/bin/env bash
# Whom no rule names stays outside, each for a reason of its own, in front of a back end and of files; a friend notices nothing.
. "$(dirname "$0")/support/gate.sh"
household
foreigners
issue person carol@example.com
mkdir "$TMP/www"
echo "a page" >"$TMP/www/index.html"

# What handclasp itself would not make.
forge "$TMP/expired" "$(stamp '2 hours ago')" "$(stamp '1 hour ago')"
forge "$TMP/early" "$(stamp '1 hour')" "$(stamp '2 hours')"
forge "$TMP/both" "$(stamp '2 hours ago')" "$(stamp '1 hour ago')" extendedKeyUsage=serverAuth
forge "$TMP/ca" "$(stamp '1 hour ago')" "$(stamp '1 hour')" basicConstraints=critical,CA:TRUE keyUsage=critical,keyCertSign
forge "$TMP/nameless" "$(stamp '1 hour ago')" "$(stamp '1 hour')" subjectAltName=
forge "$TMP/encipher" "$(stamp '1 hour ago')" "$(stamp '1 hour')" keyUsage=critical,keyEncipherment
mkdir "$TMP/self" "$TMP/alone" "$TMP/mixed"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$TMP/self/key.pem" -out "$TMP/self/chain.pem" \
    -subj /CN=alice -addext subjectAltName=email:alice@example.com -addext extendedKeyUsage=clientAuth -days 1 2>/dev/null
cp "$ID/alice@example.com/key.pem" "$TMP/alone/"
cp "$ID/alice@example.com/cert.pem" "$TMP/alone/chain.pem" # without the issuing CA
mkdir "$TMP/issuing"
cp "$HOME_DIR/authority/issuing.key.pem" "$TMP/issuing/key.pem"
cp "$HOME_DIR/authority/issuing.cert.pem" "$TMP/issuing/chain.pem"
"$HANDCLASP" revoke carol@example.com --yes --reason keyCompromise >/dev/null

everyone() { # WHAT ALICE GETS
    friend_arrives bob@example.com
    friend_asks "Bob is let in"
    allowed "Alice is let in" alice@example.com
    is "and gets what she came for" "$1" "$(cat "$TMP/body")"
    refused "nobody is let in without a certificate" 000 HC-1100 nobody
    refused "nor with another authority's for the same name" 000 HC-1101 "$FOREIGN"
    refused "nor a guest whom no rule names" 403 HC-2001 mallory@guests.example.com
    like "the guest is told an id and nothing else" $'^403 Forbidden\nid: [a-z0-9]{12}$' "$(cat "$TMP/body")"
    told "which is in the log" "\"peer\":\"$from\".*\"ref\":\"$(sed -n 's/^id: //p' "$TMP/body")\""
    refused "nor one who was revoked" 000 HC-1401 carol@example.com
    friend_asks "Bob's connection goes on"
    refused "nor with an expired certificate" 000 HC-1201 "$TMP/expired"
    refused "nor with one that is not valid yet" 000 HC-1202 "$TMP/early"
    refused "nor with a server's" 000 HC-1207 gate.example.com
    refused "nor with a CA's that was issued as a leaf" 000 HC-1109 "$TMP/ca"
    refused "nor with the issuing CA's own" 000 HC-1109 "$TMP/issuing"
    refused "nor with one that carries no name" 000 HC-1305 "$TMP/nameless"
    refused "nor with one whose key may not sign" 000 HC-1208 "$TMP/encipher"
    refused "nor with one that is self-signed" 000 HC-1101 "$TMP/self"
    refused "nor without the issuing CA's certificate" 000 HC-1101 "$TMP/alone"
    visit "$TMP/both"
    told "one that is bad in two ways is refused for one of them" "\"peer\":\"$from\".*\"decision\":\"refused\".*HC-12"
    refused "TLS 1.2 makes no difference: a revoked one" 000 HC-1401 carol@example.com --tls-max 1.2
    allowed "nor does it for a friend" alice@example.com --tls-max 1.2
    told "and the version is logged" "\"peer\":\"$from\".*\"tls\":\"TLSv1.2\""
    friend_asks "Bob's connection was open throughout"
    is "nothing alarming happened" "" "$(logged '"event":"alarm"')"
}

gate_start files --serve "$TMP/www" --allow 'email:*@example.com'
everyone "a page"
friend_leaves
backend_start app
gate_start web --forward "http://$backend" --allow 'email:*@example.com'
everyone "back end"
unlike "the back end never heard of the refused" 'mallory|carol' "$(cat "$TMP/app.got")"
done_testing
