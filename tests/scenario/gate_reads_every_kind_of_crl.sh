#!/usr/bin/env bash
# CRLs as openssl makes them for larger authorities: cut by distribution point, with deltas, for some reasons only, indirect. What they say
# counts; what they leave open lets nobody in (T14).
. "$(dirname "$0")/support/gate.sh"
household
mkdir "$TMP/www" "$TMP/crl"
echo "a page" >"$TMP/www/index.html"
cp "$CRLS/root.crl" "$TMP/crl"
point=URI:http://crl.example.com
person() { # NAME [POINT]: of the issuing CA, with that distribution point
    SUBJECT=/CN=$1 forge "$TMP/$1" "$(stamp '1 hour ago')" "$(stamp '1 hour')" "subjectAltName=email:$1@example.com" \
        ${2:+"crlDistributionPoints=$point/$2.crl"}
}
person anna a
person anton a
person ben b
person carl ""
person dora "a.crl,$point/b" # two of them
SUBJECT=/CN=gate forge "$TMP/gate" "$(stamp '1 hour ago')" "$(stamp '1 hour')" extendedKeyUsage=serverAuth \
    subjectAltName=DNS:gate.example.com,IP:127.0.0.1 "crlDistributionPoints=$point/a.crl"

# crl FILE NUMBER REVOKED [EXTENSION]: a CRL of the issuing CA, which revokes those people; the distribution point that the extension may
# speak of as @idp is IDP.
crl() {
    local file=$TMP/crl/$1 conf=$TMP/kind.conf who

    CRL_EXTENSIONS=${4:-} _ca_conf "$conf" </dev/null
    printf '[idp]\n%s\n' "${IDP:-}" >>"$conf"
    for who in $3; do
        printf 'R\t391231235959Z\t%s\t%s\tunknown\t/CN=%s\n' "$(date -u -d '1 minute ago' +%y%m%d%H%M%SZ)" \
            "$(openssl x509 -in "$TMP/$who/cert.pem" -noout -serial | cut -d= -f2)" "$who"
    done >"$conf.db"
    echo "$2" >"$conf.number"
    openssl ca -config "$conf" -gencrl -crl_lastupdate "$(stamp '1 minute ago')" -crl_nextupdate "$(stamp '1 day')" \
        -out "$TMP/kind.pem" 2>"$TMP/kind.log"
    openssl crl -in "$TMP/kind.pem" -outform DER -out "$file.new"
    mv "$file.new" "$file"
}
# shard NAME NUMBER REVOKED [LINE]: for one distribution point.
shard() {
    IDP="fullname = $point/$1.crl"$'\n'${4:-} crl "$1.crl" "$2" "$3" "issuingDistributionPoint = critical, @idp"
}
# seen: the gate has read what lies there.
seen() {
    "$HANDCLASP" gate reload --name kinds >/dev/null
}
out() { # SENTENCE ID WHO
    visit "$TMP/$3"
    is "$1" 000 "$status"
    told "... as $2" "\"event\":\"handshake\".*\"presented\":\"email:$3@example.com\".*\"id\":\"$2\""
}

shard a 70 ""
shard b 70 ""
like "openssl made a CRL for one distribution point" 'Issuing Distribution Point: critical' \
    "$(openssl crl -in "$TMP/crl/a.crl" -inform DER -noout -text)"
cat >"$TMP/gate.yaml" <<YAML
bundle: $BUNDLE
revocation: {crl: [$TMP/crl]}
gates:
  - name: kinds
    listen: "127.0.0.1:0"
    identity: {certificate: $TMP/gate/chain.pem, key: $TMP/gate/key.pem}
    clients: required
    serve: $TMP/www
    routes: [{path: /**, allow: ["email:*@example.com"]}]
YAML
gate_run kinds "$TMP/gate.yaml"

# --- a CRL for each distribution point ----------------------------------------------------------------------------------
for who in anna anton ben dora; do
    allowed "$who is let in, by the CRL of the certificate's distribution point" "$TMP/$who"
done
out "Carl's certificate names none: no CRL speaks for it" HC-1411 carl
cp -r "$TMP/ben" "$ID/ben@example.com"
friend_arrives ben@example.com
friend_asks "Ben's connection is open"
shard a 71 "anna"
seen
out "a.crl revokes Anna" HC-1401 anna
allowed "and not Anton" "$TMP/anton"
friend_asks "nor Ben's connection"
shard b 71 "dora"
seen
out "each of the distribution points of a certificate counts" HC-1401 dora
shard a 72 "anna ben"
seen
told "Ben, though in the CRL of the other point, is revoked" '"identity":"email:ben@example.com".*"decision":"ended","id":"HC-1401"'
out "... and out" HC-1401 ben
friend_leaves
shard a 71 "anna"
mark_log
seen
alarm "an older one of the same point is not taken" HC-1408
out "... so he stays out" HC-1401 ben
shard a 73 "anna"
seen
allowed "until a newer one takes it back" "$TMP/ben"
rm "$TMP/crl/b.crl"
seen
out "without b.crl nothing speaks for him" HC-1411 ben
allowed "which is no matter of Anton's" "$TMP/anton"
shard b 74 "dora"

# --- for some reasons only -----------------------------------------------------------------------------------------------
rm "$TMP/crl/a.crl" # one of another scope in its place would not replace it
seen
shard a 75 "anna" "onlysomereasons = keyCompromise, CACompromise"
seen
out "a CRL for some reasons clears nobody" HC-1411 anton
out "and still revokes" HC-1401 anna
rm "$TMP/crl/a.crl"
seen
shard a 76 "anna" "onlyAA = TRUE"
seen
out "nor does one for attribute certificates" HC-1411 anton

# --- complete, with a delta ------------------------------------------------------------------------------------------------
rm "$TMP/crl/a.crl" "$TMP/crl/b.crl"
seen
crl complete.crl 80 "anna"
seen
for who in anton ben carl; do
    allowed "$who is let in by the complete CRL" "$TMP/$who"
done
crl delta.crl 81 "ben" "2.5.29.27 = critical, DER:02020080"
like "openssl made a delta" 'Delta CRL Indicator: critical' "$(openssl crl -in "$TMP/crl/delta.crl" -inform DER -noout -text)"
seen
out "a delta revokes Ben" HC-1401 ben
out "the complete one still revokes Anna" HC-1401 anna
allowed "Anton is cleared by both" "$TMP/anton"
crl delta.crl 86 "" "2.5.29.27 = critical, DER:02020085"
mark_log
seen
allowed "a delta to a complete CRL that is not here clears nobody, and the complete one that is does" "$TMP/anton"
out "but for those it names" HC-1401 anna
rm "$TMP/crl/complete.crl"
seen
out "alone it clears nobody" 'HC-14(13|03)' anton
rm "$TMP/crl/delta.crl"
seen

# --- indirect ------------------------------------------------------------------------------------------------------------------
mark_log
IDP=$'fullname = URI:http://crl.example.com/a.crl\nindirectCRL = TRUE' crl indirect.crl 90 "anna" "issuingDistributionPoint = critical, @idp"
seen
alarm "an indirect one raises an alarm" HC-1412
out "and is not believed" HC-1412 anton
out "what it revokes is out in any case" 'HC-14(01|12)' anna
crl complete.crl 91 ""
seen
allowed "a complete one beside it is" "$TMP/anton"
ok "the gate ends when it is told to" stop kinds
done_testing
