#!/usr/bin/env bash
# An issuing CA is compromised. A second one is added, everything whose key is here is renewed by it, the first is revoked: the gate
# picks its new certificate up by itself, clients that trust the root keep their --cacert and come back with their new certificate, and
# what the first issuer signed is refused, open connections included.
. "$(dirname "$0")/support/gate.sh"
household
issue client reporter.example.com
issue person alice@example.com --as laptop
issue server other.example.com
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$TMP/device.key" -subj / -out "$TMP/device.csr" 2>/dev/null
mkdir "$TMP/device"
cp "$TMP/device.key" "$TMP/device/key.pem"
"$HANDCLASP" sign "$TMP/device.csr" device.example.com --profile client --out "$TMP/device/chain.pem" >"$TMP/sign.log"
backend_start app
gate_start web --forward "http://$backend" --allow 'email:*@example.com' --allow 'dns:*.example.com'

# Clients that stay: one connection each, and the root as all they trust.
cp "$BUNDLE" "$TMP/cacert.pem"
friend_arrives bob@example.com
friend_asks "Bob's connection is open"
curl_stays() { # WHO: one curl, ten requests a second for twenty seconds; a line for each answer
    local dir=$ID/$1
    for _ in $(seq 1 200); do
        printf 'url = "%s/"\noutput = "/dev/null"\n' "$URL"
    done >"$TMP/urls"
    exec stdbuf -oL curl --silent --show-error --rate 600/m --connect-to "::127.0.0.1:$port" --cacert "$TMP/cacert.pem" \
        --cert "$dir/chain.pem" --key "$dir/key.pem" --write-out '%{http_code} %{num_connects}\n' --config "$TMP/urls"
}
allowed "the reporter is let in" reporter.example.com
# What the first issuer signed, kept by somebody who should not have it.
cp -r "$ID/reporter.example.com" "$TMP/stolen"
cp -r "$ID/gate.example.com" "$TMP/old-server"
allowed "the copy of it as well" "$TMP/stolen"
served() { openssl s_client -connect "127.0.0.1:$port" -servername gate.example.com </dev/null 2>/dev/null | openssl x509 -noout -serial -issuer; }
like "the gate shows a certificate of the first issuer" 'Issuing CA$' "$(served)"

ok "a second issuer is added" "$HANDCLASP" issuer add second
friend_asks "which stirs nobody"
like "it is the current one" 'second +current' "$("$HANDCLASP" issuer list)"
no "nothing is revoked without a yes" 2 "$HANDCLASP" issuer revoke issuing --reissue
like "... but what hangs on it was told" 'reporter.example.com' "$(cat "$TMP/stdout")"
like "... and how many" '8 live certificates; the keys of 7 are in this home' "$(cat "$TMP/stdout")"
is "... and left alone" "" "$("$HANDCLASP" issuer list | grep revoked || true)"
no "an heir that does not exist is refused" 1 "$HANDCLASP" issuer revoke issuing --reissue --issuer third --yes
like "... by its id" 'HC-7034' "$(cat "$TMP/stderr")"
no "nor can it inherit from itself" 2 "$HANDCLASP" issuer revoke issuing --reissue --issuer issuing --yes

start curl curl_stays alice@example.com
ok "a curl is at work all the time" wait_for 10 grep -q '^200 0' "$TMP/curl.log" # 0: on the connection that was open
began=${EPOCHREALTIME/[.,]/}
ok "the first is revoked, and what hangs on it reissued" "$HANDCLASP" issuer revoke issuing --reissue --yes --reason cACompromise
took=$(((${EPOCHREALTIME/[.,]/} - began) / 1000))
_note "revoke --reissue took $took ms for 7 certificates"
said=$(cat "$TMP/stdout")
like "all are counted" 'Reissued 7 of 7' "$said"
like "the one whose key is elsewhere is named" 'device.example.com' "${said##*Revoked the issuer}"
no "its request gets no certificate of the issuer that is gone" 1 "$HANDCLASP" sign "$TMP/device.csr" device.example.com --profile client --out "$TMP/dead.pem"
ok "... again" test ! -e "$TMP/dead.pem"
like "... with what its owner must do" 'handclasp renew NAME --request' "${said##*Revoked the issuer}"
is "each person's new passphrase is shown once" 4 "$(grep -c '^  passphrase ' <<<"$said")"
for who in "$ID"/*/; do
    [[ $(basename "$who") == device.example.com ]] && continue
    like "$(basename "$who") is by the second issuer now" 'Issuing CA second$' "$(openssl x509 -in "$who/cert.pem" -noout -issuer)"
    ok "... and openssl accepts it with every CRL" openssl verify -crl_check_all -CAfile "$TMP/cacert.pem" -untrusted "$who/chain.pem" \
        -CRLfile <(openssl crl -inform der -in "$CRLS/root.crl") -CRLfile <(openssl crl -inform der -in "$CRLS/second.crl") \
        "$who/cert.pem"
    unlike "... with a key of its own" "$(openssl x509 -in "$TMP/stolen/cert.pem" -noout -pubkey | sed -n 3p)" \
        "$(openssl x509 -in "$who/cert.pem" -noout -pubkey)"
done
no "the old certificate does not verify any more" 2 openssl verify -crl_check_all -CAfile "$TMP/cacert.pem" \
    -untrusted "$TMP/stolen/chain.pem" -CRLfile <(openssl crl -inform der -in "$CRLS/root.crl") \
    -CRLfile <(openssl crl -inform der -in "$CRLS/issuing.crl") "$TMP/stolen/cert.pem"

by_second() { [[ $(served) == *"Issuing CA second"* ]]; }
ok "the gate shows its new certificate, by its own watch" wait_for 5 by_second
out() { visit "$TMP/stolen" && [[ $status == 000 ]]; }
ok "what the first issuer signed is refused soon" wait_for 5 out
refused "by the root's CRL" 000 HC-1402 "$TMP/stolen"
told "and Bob's connection, which rests on it, is ended" '"identity":"email:bob@example.com".*"decision":"ended","id":"HC-1402"'
refused "so is the device, until it has a new one" 000 HC-1402 "$TMP/device"
before=$(grep -c '^200' "$TMP/curl.log")

ok "its owner sends the request again" "$HANDCLASP" renew device.example.com --request "$TMP/device.csr"
cp "$ID/device.example.com/chain.pem" "$TMP/device/chain.pem"
allowed "and is let in" "$TMP/device"
allowed "Alice comes in with her new certificate" alice@example.com
allowed "so does the reporter" reporter.example.com
issue person carol@example.com
allowed "and somebody new" carol@example.com
like "whose certificate is by the second issuer" 'Issuing CA second$' "$(openssl x509 -in "$ID/carol@example.com/cert.pem" -noout -issuer)"
is "nobody's root has changed" "$(sha256sum <"$TMP/cacert.pem")" "$(sha256sum <"$BUNDLE")"
enough() { (($(grep -c '^200' "$TMP/curl.log") >= before + 10)); }
ok "the curl that was at work goes on working" wait_for 10 enough
stop curl || true
# Its connection rested on the old certificate and was cut; a request that was on its way just then got no answer, and no other.
like "all of its requests were answered, but for one at most that the cut met" '^[01]$' "$(grep -c '^000 ' "$TMP/curl.log" || true)"
is "none was refused" "" "$(grep -E '^[1-9]' "$TMP/curl.log" | grep -v '^200 [01]$' || true)"

# --- once more ----------------------------------------------------------------------------------------------------------------
no "a second revocation says that it is done" 1 "$HANDCLASP" issuer revoke issuing --yes
like "... by its id" 'HC-7017' "$(cat "$TMP/stderr")"
no "its name is not used again" 1 "$HANDCLASP" issuer add issuing
like "... by its id" 'HC-7035' "$(cat "$TMP/stderr")"
no "without another issuer nothing can be reissued" 1 "$HANDCLASP" issuer revoke second --reissue --yes
like "... and nothing is revoked" 'HC-7037' "$(cat "$TMP/stderr")"
like "... the issuer is alive" 'second +current' "$("$HANDCLASP" issuer list)"
"$HANDCLASP" issuer add far --permit dns:far.example.net >/dev/null
no "an heir that may issue none of the names inherits nothing" 1 "$HANDCLASP" issuer revoke second --reissue --issuer far --yes
like "... so nothing is revoked" 'none of [0-9]+ could be reissued, so second is not revoked' "$(tr '\n' ' ' <"$TMP/stderr")"
like "... and each reason is listed" 'Not reissued:.*alice@example.com.*HC-7010' "$(tr '\n' ' ' <"$TMP/stdout")"
"$HANDCLASP" issuer add third --exclude email:guests.example.com >/dev/null # so one cannot be reissued
"$HANDCLASP" issuer add narrow --permit dns:narrow.example.com >/dev/null # and the newest is no heir of most
no "a certificate that cannot be reissued is told" 1 "$HANDCLASP" issuer revoke second --reissue --yes --json
like "... by its id" 'HC-7050' "$(cat "$TMP/stderr")"
is "... in the report" "email:mallory@guests.example.com" "$(python3 -c 'import json, sys
told = json.load(open(sys.argv[1]))
print(" ".join(c["identity"] for c in told["certificates"] if c["state"] == "failed"))' "$TMP/stdout")"
like "... and the issuer is revoked all the same" 'second +revoked' "$("$HANDCLASP" issuer list)"
allowed "those that were reissued are let in" alice@example.com
done_testing
