#!/usr/bin/env bash
# Several gates behind one address: the server name chooses in one spelling only, nobody is the default, a session of one gate opens no
# other that trusts differently (T1, T7), and each request is judged for the gate that it is for (T8, T9).
. "$(dirname "$0")/support/gate.sh"
authority "$HOME_DIR" "Example Home"
for name in shop staff annex; do
    issue server $name.example.com
done
issue person alice@example.com
authority "$TMP/partner" "Partner"
"$HANDCLASP" --home "$TMP/partner" issue person pat@partner.example >/dev/null
PAT=$TMP/partner/identities/pat@partner.example
for name in shop staff annex; do
    mkdir "$TMP/$name"
    echo "the $name page" >"$TMP/$name/index.html"
done
at=$(free_port)
# shop and annex judge alike; staff trusts the partner too, and vault reads other CRLs.
cat >"$TMP/several.yaml" <<YAML
gates:
  - name: shop
    listen: "127.0.0.1:$at"
    identity: shop.example.com
    clients: required
    serve: $TMP/shop
    routes: [{path: /**, allow: ["email:*@example.com"]}]
  - name: annex
    listen: "127.0.0.1:$at"
    identity: annex.example.com
    hosts: ["annex.example.com", "*.annex.example.com"]
    clients: required
    serve: $TMP/annex
    routes: [{path: /**, allow: ["email:*@example.com"]}]
  - name: staff
    listen: "127.0.0.1:$at"
    identity: staff.example.com
    clients: optional
    bundle:
      - {name: home, file: $BUNDLE}
      - {name: partner, file: $TMP/partner/publish/bundle.pem, asserts: ["email:partner.example"]}
    revocation: {crl: [$CRLS, $TMP/partner/publish/crl]}
    serve: $TMP/staff
    routes:
      - {path: /**, allow: ["email:*@example.com", "email:*@partner.example"]}
  - name: vault
    listen: "127.0.0.1:$at"
    identity: shop.example.com
    hosts: [vault.example.com]
    clients: required
    revocation: {crl: [$CRLS, $TMP/vault-crls]}
    serve: $TMP/shop
    routes: [{path: /**, allow: ["email:*@example.com"]}]
YAML
mkdir "$TMP/vault-crls"
gate_run shop "$TMP/several.yaml"
is "the gates share one port" 1 "$(logged '"event":"listening"' | sed 's/.*"address":"\([^"]*\)".*/\1/' | sort -u | grep -c .)"

# get NAME WHO [CURL_ARGUMENT...]: https://NAME/ with NAME in ClientHello and Host.
get() {
    local name=$1
    credentials "$2"
    status=$(http_status --connect-to "::127.0.0.1:$port" "${with[@]}" "${@:3}" "https://$name/")
}
page() { # SENTENCE NAME PAGE
    get "$2" alice@example.com
    is "$1" "200 the $3 page" "$status $(cat "$TMP/body")"
}
page "shop is shop" shop.example.com shop
page "staff is staff" staff.example.com staff
page "case makes no difference" SHOP.example.COM shop
page "nor does a final dot" annex.example.com. annex

# hello [S_CLIENT_ARGUMENT...]: a handshake with openssl and one request; what it says is in $TMP/hello, the status in `status`.
hello() {
    local dir=${DIR:-$ID/alice@example.com}
    printf 'GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "${FOR:-shop.example.com}" |
        timeout 10 openssl s_client -connect "127.0.0.1:$port" -CAfile "$BUNDLE" -cert "$dir/cert.pem" -cert_chain "$dir/chain.pem" \
            -key "$dir/key.pem" -ign_eof "$@" >"$TMP/hello" 2>&1 || true
    status=$(sed -n 's/^HTTP\/1.1 \([0-9]*\) .*/\1/p' "$TMP/hello" | head -n 1)
    status=${status:-000}
}
how() { # New or Reused
    grep -oE '^(New|Reused), ' "$TMP/hello" | tail -n 1 | tr -d ', '
}
hello -servername shop.example.com
is "openssl gets in by the name" 200 "$status"
for name in "nobody.example.com" "example.com" "x.shop.example.com" "a.b.annex.example.com" "annex.example.com.evil.example" "127.0.0.1"; do
    hello -servername "$name"
    is "a name that no gate has is refused: $name" 000 "$status"
    like "... with unrecognized_name" "unrecognized name|alert number 112" "$(cat "$TMP/hello")"
done
told "... and the log says so" '"id":"HC-3009"'
hello -noservername
is "no name at all is refused: there is no default" 000 "$status"
FOR=b.annex.example.com hello -servername b.annex.example.com
is "a wildcard stands for one label" 200 "$status"

# --- sessions ---------------------------------------------------------------------------------------------------------
for version in -tls1_2 -tls1_3; do
    hello "$version" -servername shop.example.com -sess_out "$TMP/shop.session"
    hello "$version" -servername shop.example.com -sess_in "$TMP/shop.session"
    is "$version: the shop's session is resumed at the shop" "Reused 200" "$(how) $status"
    FOR=annex.example.com hello "$version" -servername annex.example.com -sess_in "$TMP/shop.session"
    is "$version: and at a gate that judges alike" "Reused 200" "$(how) $status"
    FOR=staff.example.com hello "$version" -servername staff.example.com -sess_in "$TMP/shop.session"
    is "$version: at one that judges otherwise it takes a full handshake" "New 200" "$(how) $status"
    DIR=$PAT FOR=staff.example.com hello "$version" -servername staff.example.com -sess_out "$TMP/staff.session"
    is "$version: the partner's Pat is let in at staff" 200 "$status"
    DIR=$PAT FOR=staff.example.com hello "$version" -servername staff.example.com -sess_in "$TMP/staff.session"
    is "$version: again with the session" "Reused 200" "$(how) $status"
    DIR=$PAT hello "$version" -servername shop.example.com -sess_in "$TMP/staff.session"
    is "$version: the session opens no shop, where nobody trusts the partner (T1)" 000 "$status"
    hello "$version" -servername nobody.example.com -sess_in "$TMP/shop.session"
    is "$version: nor does one help a name that no gate has" 000 "$status"
done

# --- requests ---------------------------------------------------------------------------------------------------------
at_host() { # SENTENCE STATUS HOST: a request for HOST over a connection that was made for the shop
    FOR=$3 hello -servername shop.example.com
    is "$1" "$2" "$status"
}
at_host "a request for a gate that judges alike is answered by that one" 200 annex.example.com
like "... with its page" "the annex page" "$(cat "$TMP/hello")"
at_host "one for a gate that judges otherwise is misdirected (T9)" 421 staff.example.com
told "... and the log says so" '"id":"HC-3117"'
at_host "one for a gate that reads other CRLs, by which the peer was never judged, as well" 421 vault.example.com
at_host "one for a name that no gate has as well" 421 nobody.example.com
at_host "a port in the Host makes no difference" 200 "Shop.Example.com.:443"
at_host "an address is no name of a gate" 421 127.0.0.1
at_host "what is no host is refused" 400 "shop.example.com/@staff.example.com"
FOR=staff.example.com hello -servername staff.example.com
is "over a connection of its own it is answered" 200 "$status"
printf 'GET / HTTP/1.1\r\nHost: %s\r\n\r\n' shop.example.com annex.example.com staff.example.com shop.example.com >"$TMP/four"
(cat "$TMP/four" && sleep 1) | timeout 10 openssl s_client -connect "127.0.0.1:$port" -CAfile "$BUNDLE" -servername shop.example.com \
    -cert "$ID/alice@example.com/cert.pem" -cert_chain "$ID/alice@example.com/chain.pem" -key "$ID/alice@example.com/key.pem" \
    -quiet >"$TMP/hello" 2>&1 || true
is "on one connection each request is judged by itself (T8)" "200 200 421 200" \
    "$(grep -oE '^HTTP/1.1 [0-9]+|.HTTP/1.1 [0-9]+' "$TMP/hello" | grep -oE '[0-9]+$' | xargs)"
printf 'GET https://staff.example.com/ HTTP/1.1\r\nHost: shop.example.com\r\nConnection: close\r\n\r\n' >"$TMP/one"
(cat "$TMP/one" && sleep 0.5) | timeout 10 openssl s_client -connect "127.0.0.1:$port" -CAfile "$BUNDLE" -servername shop.example.com \
    -cert "$ID/alice@example.com/cert.pem" -cert_chain "$ID/alice@example.com/chain.pem" -key "$ID/alice@example.com/key.pem" \
    -quiet >"$TMP/hello" 2>&1 || true
like "an absolute target counts, not the Host beside it" 'HTTP/1.1 4(21|00) ' "$(cat "$TMP/hello")"

# --- an authority speaks for its own names only (T24) -------------------------------------------------------------------
"$HANDCLASP" --home "$TMP/partner" issue person alice@example.com >/dev/null
DIR=$TMP/partner/identities/alice@example.com FOR=staff.example.com hello -servername staff.example.com
is "the partner's authority cannot speak for our Alice" 000 "$status"
told "... and the log says which name its anchor may not assert" '"id":"HC-1306"'

# --- a session does not outlive its right (T2, T5) ----------------------------------------------------------------------
hello -servername shop.example.com -sess_out "$TMP/shop.session"
hello -servername shop.example.com -sess_in "$TMP/shop.session"
is "Alice's session is resumed" "Reused 200" "$(how) $status"
ok "she is revoked" "$HANDCLASP" revoke alice@example.com --yes --wait
hello -servername shop.example.com -sess_in "$TMP/shop.session"
is "and comes in no more with it" 000 "$status"
like "... but is told why, as at a full handshake" "alert certificate revoked|certificate revoked" "$(cat "$TMP/hello")"
DIR=$PAT FOR=staff.example.com hello -servername staff.example.com -sess_out "$TMP/staff.session"
sed -i '/name: partner/d; s|, \(/[^]]*\)/partner/publish/crl||' "$TMP/several.yaml"
kill -HUP "$(pid_of shop)"
_out() { DIR=$PAT FOR=staff.example.com hello -servername staff.example.com && [[ $status == 000 ]]; }
ok "when the bundle drops the partner, Pat is out" wait_for 5 _out
DIR=$PAT FOR=staff.example.com hello -servername staff.example.com -sess_in "$TMP/staff.session"
is "with the old session too (T2)" 000 "$status"
done_testing
