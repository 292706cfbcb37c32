#!/usr/bin/env bash
# required, optional, none: and a bad certificate is never taken for none.
. "$(dirname "$0")/support/gate.sh"
household
foreigners
issue person carol@example.com
forge "$TMP/expired" "$(stamp '2 hours ago')" "$(stamp '1 hour ago')"
"$HANDCLASP" revoke carol@example.com --yes --reason keyCompromise >/dev/null
backend_start app

cat >"$TMP/gate.yaml" <<YAML
gates:
  - name: optional
    listen: 127.0.0.1:0
    identity: gate.example.com
    clients: optional
    forward: http://$backend
    routes:
      - path: /open/**
        allow: [anyone]
      - path: /closed/to-bob
        allow: [authenticated]
        deny: ["email:bob@example.com"]
      - path: /read-only
        methods: [GET]
        allow: ["email:*@example.com"]
      - path: /known/**
        allow: [authenticated]
      - path: /friends
        allow: ["email:*@example.com"]
      - path: /nobody
        allow: []
YAML
chmod 600 "$TMP/gate.yaml"
gate_run optional "$TMP/gate.yaml"
like "the start says how clients are treated" '"clients":"optional"' "$(logged listening)"

allowed "anyone may see what is open" nobody "$URL/open/page"
told "an anonymous request has no identity in its event" "\"event\":\"request\",\"gate\":\"optional\",\"peer\":\"$from\",\"decision\":\"allowed\""
refused "but nothing else" 403 HC-2005 nobody "$URL/friends"
refused "however it is written" 400 HC-3106 nobody "$URL/open/%2e%2e/friends" --path-as-is
allowed "a friend sees what friends see" alice@example.com "$URL/friends"
allowed "a guest sees what the known see" mallory@guests.example.com "$URL/known/x"
refused "and no more" 403 HC-2001 mallory@guests.example.com "$URL/friends"
allowed "deny does not touch others" alice@example.com "$URL/closed/to-bob"
refused "deny wins over allow" 403 HC-2002 bob@example.com "$URL/closed/to-bob"
refused "a method that is not listed is refused" 403 HC-2003 alice@example.com -d x "$URL/read-only"
refused "where no route leads, nobody goes" 403 HC-2004 alice@example.com "$URL/elsewhere"
refused "nor where the list is empty" 403 HC-2001 alice@example.com "$URL/nobody"
for path in /open/page /friends; do
    refused "a foreign certificate is not taken for none at $path" 000 HC-1101 "$FOREIGN" "$URL$path"
    refused "nor a revoked one" 000 HC-1401 carol@example.com "$URL$path"
    refused "nor an expired one" 000 HC-1201 "$TMP/expired" "$URL$path"
    refused "nor a server's" 000 HC-1207 gate.example.com "$URL$path"
done
unlike "no refused request reached the back end" '"target": "/(friends|elsewhere|nobody|read-only)"[^}]*mallory' "$(cat "$TMP/app.got")"
is "the back end got the allowed ones only" "/open/page /friends /known/x /closed/to-bob" \
    "$(sed 's/.*"target": "\([^"]*\)".*/\1/' "$TMP/app.got" | paste -sd' ')"
stop optional
is "the gate ended in good order" '"stopped"' "$(tail -n 1 "$TMP/optional.log" | grep -o '"stopped"')"

gate_start none --clients none --forward "http://$backend" --allow anyone
allowed "under none nobody is asked" nobody
allowed "and who could say who he is, is not" alice@example.com
unlike "so no identity is told" 'alice' "$(logged '"event"')"
unlike "and none is forwarded" 'Handclasp-Identity|Client-Cert' "$(tail -n 2 "$TMP/app.got")"

contradicts() { # SENTENCE ARGUMENT...
    local sentence=$1
    shift
    no "$sentence" 1 timeout 10 "$HANDCLASP" gate --name x --listen 127.0.0.1:0 --identity gate.example.com --forward "http://$backend" "$@"
    like "... as a contradiction" 'HC-5009|HC-5007' "$(cat "$TMP/stderr")"
}
contradicts "an identity under none is refused at the start" --clients none --allow email:alice@example.com
contradicts "so is authenticated" --clients none --allow authenticated
contradicts "so is anyone under required" --allow anyone
no "a word that is none of the three is refused" 1 timeout 10 "$HANDCLASP" gate --name x --listen 127.0.0.1:0 \
    --identity gate.example.com --forward "http://$backend" --allow anyone --clients sometimes
like "and the three are named" 'required.*optional.*none|required, optional or none' "$(tr '\n' ' ' <"$TMP/stderr")"
done_testing
