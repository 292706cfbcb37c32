#!/usr/bin/env bash
# Missing, unreadable, empty and malformed files never count as an answer.
. "$(dirname "$0")/lib.sh"
refused() { # SENTENCE EXIT REGEX ARGUMENT...
    no "$1" "$2" "$HANDCLASP" verify "${@:4}"
    like "$1: it says why" "$3" "$(cat "$TMP/stderr")"
    is "$1: it never says yes" "" "$(cat "$TMP/stdout")"
}
"$HANDCLASP" init Corp --no-passphrase >/dev/null
"$HANDCLASP" issue server shop.example.com >/dev/null
chain=$HOME_DIR/identities/shop.example.com/chain.pem
: >"$TMP/empty"
echo "this is no certificate" >"$TMP/text"
head -c 300 /dev/urandom >"$TMP/random"
sed 's/^MI/MJ/' "$chain" >"$TMP/bent.pem"
head -n 5 "$chain" >"$TMP/cut.pem"

refused "a leaf that is not there" 3 "$TMP/none.*HC-6002" "$TMP/none"
refused "a leaf that is a directory" 3 'HC-6003' "$TMP"
refused "an empty leaf" 3 'HC-6013' "$TMP/empty"
refused "text instead of a leaf" 1 'HC-9002' "$TMP/text"
refused "random bytes instead of a leaf" 1 'HC-(9002|9001|1001)' "$TMP/random"
refused "a leaf that was bent" 1 'HC-' "$TMP/bent.pem"
refused "a leaf that was cut" 1 'HC-9002' "$TMP/cut.pem"
refused "a key instead of a leaf" 1 'HC-9002' "$HOME_DIR/identities/shop.example.com/key.pem"
refused "a bundle that is not there" 3 'HC-6002' "$chain" --bundle "$TMP/none"
refused "an empty bundle" 3 'HC-6013' "$chain" --bundle "$TMP/empty"
refused "text instead of a bundle" 1 "HC-(5010|9002)" "$chain" --bundle "$TMP/text"
refused "a leaf instead of a bundle" 1 "HC-5010" "$chain" --bundle "$HOME_DIR/identities/shop.example.com/cert.pem"
refused "an --untrusted that is not there" 3 'HC-6002' "$chain" --untrusted "$TMP/none"
refused "a CRL that is not there" 3 'HC-6002' "$chain" --crl "$TMP/none"
refused "an empty CRL" 3 'HC-6013' "$chain" --crl "$TMP/empty"
refused "text instead of a CRL" 1 'HC-1406|HC-9002' "$chain" --crl "$TMP/text"
refused "a certificate instead of a CRL" 1 'HC-1406|HC-9002' "$chain" --crl "$HOME_DIR/authority/root.cert.pem"
refused "a home without a bundle" 3 'HC-6002' "$chain" --home "$TMP/nowhere"
done_testing
