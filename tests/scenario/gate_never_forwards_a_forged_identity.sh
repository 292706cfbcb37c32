#!/usr/bin/env bash
# Whatever a client writes, the back end hears from the gate alone who it is (T28, T29, T30).
. "$(dirname "$0")/support/gate.sh"
household
backend_start app
cat >"$TMP/gate.yaml" <<YAML
gates:
  - name: web
    listen: 127.0.0.1:0
    identity: gate.example.com
    clients: optional
    forward: http://$backend
    routes:
      - path: /open/**
        allow: [anyone]
      - path: /by-domain
        allow: ["email:*@example.com"]
      - path: /**
        allow: [authenticated]
YAML
chmod 600 "$TMP/gate.yaml"
gate_run web "$TMP/gate.yaml"

der() {
    openssl x509 -in "$ID/$1/cert.pem" -outform DER | base64 -w 0
}
alice_der=$(der alice@example.com)
only_alice() {
    is "$1: the identity is the gate's alone" email:alice@example.com "$(values Handclasp-Identity)"
    is "$1: and so is the certificate" ":$alice_der:" "$(values Client-Cert)"
    unlike "$1: nothing forged is left" 'evil|forged|mallory' "$(cat "$TMP/app.got.last")"
}

allowed "Alice is let in" alice@example.com "$URL/by-domain"
only_alice "an honest request"
is "the certificate decodes to hers" "$(openssl x509 -in "$ID/alice@example.com/cert.pem" -noout -serial)" \
    "$(values Client-Cert | tr -d : | base64 -d | openssl x509 -inform DER -noout -serial)"

forged=()
for name in Handclasp-Identity handclasp-identity HANDCLASP_IDENTITY handclasp_identity Handclasp_Identity Handclasp-Anything \
    Client-Cert client_cert Client-Cert-Chain CLIENT_CERT_CHAIN X-Forwarded-Client-Cert x_forwarded_client_cert \
    X-Original-URL X-Rewrite-URL X-HTTP-Method-Override X_Original_Url X-Forwarded-For X-Forwarded-Host X-Forwarded-Proto \
    X-Forwarded-Prefix X-Forwarded-Port Forwarded X-Real-IP X-Client-IP True-Client-IP X-Host X-Original-Host Proxy \
    Remote-User X-Remote-User X_Authenticated_User Tls-Client-Subject X-Client-S-DN X_Client_Issuer_DN X-Client-Fingerprint; do
    forged+=(-H "$name: evil")
done
allowed "who forges every header is served all the same" alice@example.com "${forged[@]}" "$URL/by-domain"
only_alice "forged headers"
is "the client's address is the one the gate saw" 127.0.0.1 "$(values X-Forwarded-For)"
is "and the scheme the one it served" https "$(values X-Forwarded-Proto)"
is "and the host the one that was asked for" gate.example.com "$(values X-Forwarded-Host)"

allowed "what Connection nominates cannot remove the gate's" alice@example.com -H 'X-Private: evil' \
    -H 'Connection: Handclasp-Identity, Client-Cert, X-Private, X-Forwarded-For' "$URL/by-domain"
only_alice "nomination"
is "but removes the client's own" "" "$(values X-Private)"
is "and no Connection is passed on" "" "$(values Connection)"
allowed "hop-by-hop fields stay on their hop" alice@example.com -H 'Keep-Alive: evil' -H 'Proxy-Connection: evil' \
    -H 'Proxy-Authorization: evil' -H 'TE: trailers' "$URL/by-domain"
only_alice "hop-by-hop fields"
is "no TE is passed on" "" "$(values TE)"
allowed "what is the application's own passes" alice@example.com -H 'Authorization: Bearer x' -H 'Cookie: a=b' -H 'X-Custom: 1' "$URL/by-domain"
is "unchanged" "Bearer x a=b 1" "$(values Authorization) $(values Cookie) $(values X-Custom)"

read -r code _ < <(raw <<<'POST /by-domain HTTP/1.1\r\nHost: gate.example.com\r\nTransfer-Encoding: chunked\r\nTrailer: Handclasp-Identity\r\n\r\n3\r\nabc\r\n0\r\nHandclasp-Identity: evil\r\nClient_Cert: evil\r\n\r\n')
is "a request with trailers is served" 200 "$code"
only_alice "trailers"
is "none of them arrived" "" "$(grep ^trailer "$TMP/app.got.last")"
like "the body did" '^body chunked 3 ' "$(tail -n 1 "$TMP/app.got.last")"

sneaky=(
    'Handclasp-Identity : evil' 'Handclasp-Identity\t: evil' ' Handclasp-Identity: evil' 'X: 1\r\n Handclasp-Identity: evil'
    'X: 1\nHandclasp-Identity: evil' 'X: 1\rHandclasp-Identity: evil' 'Handclasp-Identity\x00: evil' 'X: 1\x00\r\nA: b'
    'Handcl\xc3\xa4sp-Identity: evil' ': evil' 'Handclasp-Identity'
)
before=$(wc -l <"$TMP/app.got")
while read -r code from _; do
    line=${sneaky[0]}
    sneaky=("${sneaky[@]:1}")
    is "a malformed field is refused: $line" 400 "$code"
    told_of "... with an id" HC-31..
done < <(for line in "${sneaky[@]}"; do printf '%s\n' "GET /by-domain HTTP/1.1\\r\\nHost: gate.example.com\\r\\n$line\\r\\n\\r\\n"; done | raw)
is "none of them reached the back end" "$before" "$(wc -l <"$TMP/app.got")"

allowed "an anonymous visitor is nobody" nobody "${forged[@]}" "$URL/open/x"
is "whatever he claims" "" "$(values Handclasp-Identity)$(values Client-Cert)$(values X-Forwarded-Client-Cert)"
unlike "nothing of it is left" evil "$(cat "$TMP/app.got.last")"
allowed "on an open path a friend's certificate is still told" alice@example.com "$URL/open/x"
is "... it is hers" ":$alice_der:" "$(values Client-Cert)"

issue client billing.example.com --uri spiffe://example.com/billing --email billing@example.com
allowed "of several names" billing.example.com "$URL/by-domain"
is "the one that the rule matched is told" email:billing@example.com "$(values Handclasp-Identity)"

# One connection's identity never meets another's request, though both share connections to the back end.
for _ in 1 2 3; do
    allowed "Bob is Bob" bob@example.com "$URL/by-domain"
    is "... to the back end too" "email:bob@example.com :$(der bob@example.com):" "$(values Handclasp-Identity) $(values Client-Cert)"
    allowed "and Alice is Alice" alice@example.com "$URL/by-domain"
    only_alice "in turns"
done
done_testing
