#!/usr/bin/env bash
# What the rules judge is what the back end gets; what can be read in two ways is not judged at all (T42).
. "$(dirname "$0")/support/gate.sh"
household
backend_start app
cat >"$TMP/gate.yaml" <<YAML
gates:
  - name: web
    listen: 127.0.0.1:0
    identity: gate.example.com
    clients: required
    forward: http://$backend
    routes:
      - path: /admin/**
        allow: ["email:bob@example.com"]
      - path: /admin
        allow: ["email:bob@example.com"]
      - path: /**
        allow: ["email:alice@example.com"]
YAML
chmod 600 "$TMP/gate.yaml"
gate_run web "$TMP/gate.yaml"

# TARGET (with Python's escapes), STATUS, ID of the refusal or what the back end gets
table() {
    cat <<'TABLE'
/                              200 /
/a/b?c=d                       200 /a/b?c=d
/a/b/                          200 /a/b/
/a?x=/../%2e%2e//              200 /a?x=/../%2e%2e//
/a?                            200 /a?
/%61dmi%6e2                    200 /admin2
/%7euser/%41                   200 /~user/A
/a%20b/%c3%a4                  200 /a%20b/%C3%A4
/a%3fb                         200 /a%3Fb
/Admin/x                       200 /Admin/x
http://gate.example.com/a      200 /a
/admin/x                       403 HC-2001
/admin                         403 HC-2001
/%61dmin/x                     403 HC-2001
/admin/%78                     403 HC-2001
/%2561dmin/x                   200 /%2561dmin/x
/a/../admin/x                  400 HC-3106
/a/./b                         400 HC-3106
/..                            400 HC-3106
/.                             400 HC-3106
/%2e%2e/admin/x                400 HC-3106
/a/%2e%2e/admin/x              400 HC-3106
/a/.%2E/admin/x                400 HC-3106
/%2e/admin/x                   400 HC-3106
//admin/x                      400 HC-3106
/a//b                          400 HC-3106
/a%2fb                         400 HC-3106
/a%2Fadmin                     400 HC-3106
/a%252fb                       400 HC-3106
/%252e%252e/admin/x            400 HC-3106
/a\\admin                      400 HC-3106
/a%5cadmin                     400 HC-3106
/a%00b                         400 HC-3106
/a%0ab                         400 HC-3106
/a%0d%0aX:%20y                 400 HC-3106
/a%7fb                         400 HC-3106
/a;b                           400 HC-3106
/admin;/x                      400 HC-3106
/a%3bb                         400 HC-3106
/a%zz                          400 HC-3106
/a%2                           400 HC-3106
/a%                            400 HC-3106
/%c0%ae%c0%ae/admin            400 HC-3106
/%ff                           400 HC-3106
/a#b                           400 HC-31
/a\x01b                        400 HC-31
/a\x7fb                        400 HC-31
/\xc3\xa4                      400 HC-31
a                              400 HC-31
admin/x                        400 HC-31
http://gate.example.com/admin  403 HC-2001
http://gate.example.com/a/../b 400 HC-3106
ftp://gate.example.com/a       400 HC-31
/a?b\x01c                      400 HC-31
TABLE
}
gets=()
while read -r target want what; do
    gets+=("$target $want $what")
done < <(table)
i=0
passed=0
while read -r code from _; do
    read -r target want what <<<"${gets[i]}"
    i=$((i + 1))
    is "$target is answered with $want" "$want" "$code"
    if [[ $want == 200 ]]; then
        passed=$((passed + 1))
        is "... and forwarded as $what" "$what" "$(sed -n "${passed}s/.*\"target\": \"\([^\"]*\)\".*/\1/p" "$TMP/app.got")"
    else
        told_of "... and the log says why" "${what}[0-9]*"
    fi
done < <(table | while read -r target _; do
    printf '%s\n' "GET $target HTTP/1.1\\r\\nHost: gate.example.com\\r\\nConnection: close\\r\\n\\r\\n"
done | raw)
is "every row was asked" "${#gets[@]}" "$i"
is "the back end saw the good ones alone" "$(table | grep -c ' 200 ')" "$(wc -l <"$TMP/app.got")"

allowed "Bob may what Alice may not" bob@example.com "$URL/admin/x"
refused "and not what she may" 403 HC-2001 bob@example.com "$URL/a"
long=$(head -c 7000 /dev/zero | tr '\0' a)
allowed "a long path passes" alice@example.com "$URL/$long"
is "whole" "/$long" "$(tail -n 1 "$TMP/app.got" | sed 's/.*"target": "\([^"]*\)".*/\1/')"
refused "one that is too long is refused" 414 HC-3104 alice@example.com "$URL/$long$long"

asks() { # SENTENCE STATUS ID REQUEST
    read -r status from _ < <(raw <<<"$4")
    is "$1" "$2" "$status"
    told_of "... and the log says why" "$3"
}
asks "CONNECT is not served" 501 HC-3109 'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n'
asks "nor TRACE" 501 HC-3109 'TRACE / HTTP/1.1\r\nHost: gate.example.com\r\n\r\n'
asks "nor the whole server" 400 HC-3106 'OPTIONS * HTTP/1.1\r\nHost: gate.example.com\r\n\r\n'
asks "nor an upgrade" 501 HC-3108 'GET / HTTP/1.1\r\nHost: gate.example.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
asks "a request without Host is malformed" 400 HC-3107 'GET / HTTP/1.1\r\n\r\n'
asks "so is one with two" 400 HC-3107 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'
asks "and one with a Host that is none" 400 HC-3107 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n'
asks "HTTP/2.0 in words is not served" 505 HC-3105 'GET / HTTP/2.0\r\nHost: gate.example.com\r\n\r\n'
read -r status _ < <(raw <<<'GET /old HTTP/1.0\r\n\r\n')
is "HTTP/1.0 is, even without Host" 200 "$status"
done_testing
