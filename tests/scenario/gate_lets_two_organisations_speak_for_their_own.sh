#!/usr/bin/env bash
# The example of two organisations in docs/configuration.md, as it stands there: each authority speaks for its own names only (T24), the
# administrators' pages ask for our own staff, and what one organisation revokes is its own.
. "$(dirname "$0")/support/gate.sh"
household
issue server orders.example.com --ip 127.0.0.1
PARTNER=$TMP/partner
authority "$PARTNER" "Partner"
of_partner() { # PROFILE NAME
    "$HANDCLASP" --home "$PARTNER" issue "$@" >/dev/null
}
of_partner person pat@partner.example
of_partner person paul@partner.example
of_partner person alice@example.com
of_partner person someone@elsewhere.example
of_partner server orders.example.com --ip 127.0.0.1
issue person ours@partner.example
theirs=$PARTNER/identities
backend_start app

python3 - "$ROOT/docs/configuration.md" >"$TMP/example.yaml" <<'PY'
import re, sys
section = open(sys.argv[1], encoding="utf-8").read().split("## Two organisations that are both trusted")[1].split("\n## ")[0]
print(re.findall(r"```yaml\n(.*?)```", section, re.S)[0], end="")
PY
like "the page has an example" 'asserts: \["dns:partner' "$(cat "$TMP/example.yaml")"
# Only the places are others here.
sed "s|/var/lib/handclasp/publish|$HOME_DIR/publish|; s|/etc/handclasp/partner.pem|$PARTNER/publish/bundle.pem|
    s|/var/lib/handclasp/publish|$HOME_DIR/publish|; s|/var/lib/partner/crl|$PARTNER/publish/crl|
    s|0.0.0.0:8443|127.0.0.1:0|; s|127.0.0.1:8080|$backend|" "$TMP/example.yaml" >"$TMP/gate.yaml"
ok "gate check finds nothing wrong with it" "$HANDCLASP" gate check "$TMP/gate.yaml"
gate_run orders "$TMP/gate.yaml"
URL=https://orders.example.com

allowed "Alice of our staff is let in" alice@example.com "$URL/orders"
like "... as herself" 'Handclasp-Identity: email:alice@example.com' "$(cat "$TMP/app.got.last")"
allowed "to the administrators' pages too" alice@example.com "$URL/admin/all"
allowed "so is the partner's Pat" "$theirs/pat@partner.example" "$URL/orders"
refused "who has no business there" 403 HC-2001 "$theirs/pat@partner.example" "$URL/admin/all"
refused "a partner's certificate for one of our names is none" 000 HC-1306 "$theirs/alice@example.com" "$URL/orders"
refused "... nor for the pages of our staff" 000 HC-1306 "$theirs/alice@example.com" "$URL/admin/all"
refused "nor is one of ours for a name of theirs" 000 HC-1306 ours@partner.example "$URL/orders"
refused "nor one of theirs for anybody else's" 000 HC-1306 "$theirs/someone@elsewhere.example" "$URL/orders"
refused "those who have none are refused" 000 HC-1100 nobody "$URL/orders"

# Without asserts the rule's issued-by still keeps them out of the administrators' pages.
cp "$TMP/gate.yaml" "$TMP/strict.yaml"
replace() {
    cp "$1" "$TMP/gate.yaml.new"
    mv "$TMP/gate.yaml.new" "$TMP/gate.yaml"
    "$HANDCLASP" gate reload --name orders >/dev/null
}
sed '/asserts:/d' "$TMP/strict.yaml" >"$TMP/lax.yaml"
replace "$TMP/lax.yaml"
allowed "without asserts, a partner's Alice is let in by her name" "$theirs/alice@example.com" "$URL/orders"
refused "but not where issued-by asks for our staff" 403 HC-2001 "$theirs/alice@example.com" "$URL/admin/all"
told "... which the rule in the log names" '"identity":"email:alice@example.com".*"id":"HC-2001".*"rule":"/admin/\*\* issued-by staff"'
allowed "our own Alice is let in there" alice@example.com "$URL/admin/all"
sha=$(openssl x509 -in "$HOME_DIR/authority/issuing.cert.pem" -outform DER | sha256sum | cut -d' ' -f1)
sed "s/issued-by: \[staff\]/issued-by: [\"sha256:$sha\"]/" "$TMP/lax.yaml" >"$TMP/pinned.yaml"
replace "$TMP/pinned.yaml"
allowed "a fingerprint of our issuing CA does the same" alice@example.com "$URL/admin/all"
refused "... and keeps the same people out" 403 HC-2001 "$theirs/alice@example.com" "$URL/admin/all"
credentials "$theirs/alice@example.com"
fetch_start held "$theirs/alice@example.com" /drip/20
ok "the partner's Alice is in the middle of something" wait_for 3 test -s "$TMP/held.body"
replace "$TMP/strict.yaml"
is_cut "when the asserts are back, it is cut" held
told "as her anchor may not say her name" '"decision":"ended","id":"HC-1306"'
refused "and she is out" 000 HC-1306 "$theirs/alice@example.com" "$URL/orders"

# Each revokes its own.
ok "the partner revokes Pat" "$HANDCLASP" --home "$PARTNER" revoke pat@partner.example --yes --wait
refused "who is out" 000 HC-1401 "$theirs/pat@partner.example" "$URL/orders"
allowed "Paul is not" "$theirs/paul@partner.example" "$URL/orders"
allowed "and our Alice is not touched" alice@example.com "$URL/orders"
ok "what the partner says of its Alice" "$HANDCLASP" --home "$PARTNER" revoke alice@example.com --yes --wait
allowed "does not touch ours" alice@example.com "$URL/orders"

# The partner's server cannot be our back end either.
backend_start evil --identity "$theirs/orders.example.com"
sed "s|http://127.0.0.1:[0-9]*|https://$backend|" "$TMP/strict.yaml" >"$TMP/evil.yaml"
replace "$TMP/evil.yaml"
visit alice@example.com "$URL/orders" -H 'Authorization: secret'
is "a back end with the partner's certificate for our name is not spoken to" 502 "$status"
told "... as the log says" '"id":"HC-4005".*HC-1306'
is "... and was told nothing" "" "$(cat "$TMP/evil.got")"
ok "the gate ends when it is told to" stop orders
is "nothing went wrong on the way" "" "$(logged '"event":"alarm"')"
done_testing
