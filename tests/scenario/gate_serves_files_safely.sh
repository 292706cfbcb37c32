#!/usr/bin/env bash
# Files, and nothing but the files of that directory.
. "$(dirname "$0")/support/gate.sh"
household
mkdir -p "$TMP/www/sub/.git" "$TMP/www/empty" "$TMP/outside"
echo '<p>hello</p>' >"$TMP/www/index.html"
echo 'body {}' >"$TMP/www/style.css"
echo 'text' >"$TMP/www/note.txt"
echo '{}' >"$TMP/www/data.json"
echo 'what is it' >"$TMP/www/strange.zzz"
echo 'sub page' >"$TMP/www/sub/index.html"
echo 'a secret' >"$TMP/www/.htpasswd"
echo 'a secret' >"$TMP/www/sub/.git/config"
echo 'a secret' >"$TMP/outside/secret"
echo 'spaces' >"$TMP/www/with space.txt"
echo 'umlaut' >"$TMP/www/ä.txt"
: >"$TMP/www/nothing.txt"
head -c 100000 <(seq -w 0 99999 | tr -d "\n") >"$TMP/www/large.bin"
ln -s ../outside/secret "$TMP/www/link-out"
ln -s "$TMP/outside" "$TMP/www/dir-out"
ln -s note.txt "$TMP/www/link-in.txt"
ln -s /etc/passwd "$TMP/www/absolute"
mkfifo "$TMP/www/pipe"
echo 'not readable' >"$TMP/www/closed.txt"
chmod 000 "$TMP/www/closed.txt"
gate_start files --serve "$TMP/www" --allow 'email:*@example.com'

page() { # SENTENCE PATH TYPE BODY
    allowed "$1" alice@example.com "$URL$2" -D "$TMP/headers"
    is "... is what lies there" "$4" "$(tr -d '\0' <"$TMP/body")"
    like "... as $3" "[Cc]ontent-[Tt]ype: $3" "$(cat "$TMP/headers")"
    like "... and nothing else" '[Nn]osniff' "$(cat "$TMP/headers")"
}
page "the index" / text/html '<p>hello</p>'
page "the index by its name" /index.html text/html '<p>hello</p>'
page "a style sheet" /style.css text/css 'body {}'
page "a text" /note.txt text/plain text
page "a text with a query" '/note.txt?v=1' text/plain text
page "JSON" /data.json application/json '{}'
page "an unknown kind" /strange.zzz application/octet-stream 'what is it'
page "the index of a directory" /sub/ text/html 'sub page'
page "an escaped name" /with%20space.txt text/plain spaces
page "a name beyond ASCII" /%C3%A4.txt text/plain umlaut
page "a link that stays inside" /link-in.txt text/plain text
allowed "an empty file" alice@example.com "$URL/nothing.txt"
is "... is empty" 0 "$(stat -c %s "$TMP/body")"
visit alice@example.com "$URL/sub?x=1" -D "$TMP/headers"
is "a directory without its slash is redirected" 301 "$status"
like "... to itself with it" $'[Ll]ocation: /sub/\\?x=1\r' "$(cat "$TMP/headers")"

away() { # SENTENCE STATUS ID PATH [ARGUMENT...]
    refused "$1" "$2" "$3" alice@example.com --path-as-is "$URL$4" "${@:5}"
    unlike "... and gives nothing away" 'secret|root:|closed|tmp' "$(cat "$TMP/body" 2>/dev/null || echo -)"
}
away "what is not there" 404 HC-3110 /missing
away "what is below a file" 404 HC-3110 /note.txt/x
away "a directory without an index" 404 HC-3110 /empty/
away "a hidden file" 404 HC-3110 /.htpasswd
away "a hidden directory" 404 HC-3110 /sub/.git/config
away "a hidden file, escaped" 404 HC-3110 /%2ehtpasswd
away "a way up" 400 HC-3106 /../outside/secret
away "a way up, escaped" 400 HC-3106 /%2e%2e/outside/secret
away "a way up, escaped twice" 400 HC-3106 /%252e%252e/outside/secret
away "a way up from below" 400 HC-3106 /sub/../../outside/secret
away "a way up with a backslash" 400 HC-3106 '/..\outside\secret'
away "a way up with an escaped slash" 400 HC-3106 /..%2foutside%2fsecret
away "a NUL" 400 HC-3106 /note.txt%00.html
away "an absolute path" 400 HC-3106 //etc/passwd
away "a link to the outside" 404 HC-3110 /link-out
away "a directory that is a link to the outside" 404 HC-3110 /dir-out/secret
away "an absolute link" 404 HC-3110 /absolute
away "a pipe" 404 HC-3110 /pipe
away "a name that is too long" 404 HC-3110 "/$(head -c 300 /dev/zero | tr '\0' a)"
away "what is not GET or HEAD" 405 HC-3111 /note.txt -d x
away "PUT" 405 HC-3111 /new.txt -T "$TMP/www/note.txt"
is "... and nothing was written" "" "$(find "$TMP/www" -name 'new*')"
if ((EUID != 0)); then
    away "a file that the gate may not read" 404 'HC-(3110|6003)' /closed.txt
fi

# Parts and validators.
part() { # RANGE STATUS CONTENT-RANGE BYTES
    visit alice@example.com "$URL/large.bin" -H "Range: $1" -D "$TMP/headers"
    is "Range: $1 is answered with $2" "$2" "$status"
    is "... and these bytes" "$4" "$(cat "$TMP/body")"
    like "... which are named" "[Cc]ontent-[Rr]ange: $3" "$(cat "$TMP/headers")"
}
part bytes=0-4 206 'bytes 0-4/100000' 00000
part bytes=5-9 206 'bytes 5-9/100000' 00001
part bytes=99995- 206 'bytes 99995-99999/100000' 19999
part bytes=-5 206 'bytes 99995-99999/100000' 19999
part bytes=99998-200000 206 'bytes 99998-99999/100000' 99
visit alice@example.com "$URL/large.bin" -H 'Range: bytes=100000-' -D "$TMP/headers"
is "no part of the file is 416" 416 "$status"
like "... with its size" '[Cc]ontent-[Rr]ange: bytes \*/100000' "$(cat "$TMP/headers")"
for bad in 'bytes=a-b' 'lines=1-2' 'bytes=5-1' 'bytes=-'; do
    visit alice@example.com "$URL/large.bin" -H "Range: $bad"
    is "a range that is none ($bad) is not one" 200 "$status"
done
visit alice@example.com "$URL/note.txt" -D "$TMP/headers"
etag=$(sed -n 's/^[Ee][Tt]ag: \(.*\)\r$/\1/p' "$TMP/headers")
modified=$(sed -n 's/^[Ll]ast-[Mm]odified: \(.*\)\r$/\1/p' "$TMP/headers")
like "a file has a tag" '^".+"$' "$etag"
visit alice@example.com "$URL/note.txt" -H "If-None-Match: $etag"
is "what is known already is not sent again" 304 "$status"
visit alice@example.com "$URL/note.txt" -H "If-None-Match: \"other\", $etag"
is "nor when it is one of several" 304 "$status"
visit alice@example.com "$URL/note.txt" -H "If-Modified-Since: $modified"
is "nor by its date" 304 "$status"
visit alice@example.com "$URL/note.txt" -H 'If-None-Match: "other"'
is "what is not known is sent" 200 "$status"
visit alice@example.com "$URL/note.txt" -H 'If-Match: "other"'
is "a condition that fails is 412" 412 "$status"
visit alice@example.com "$URL/note.txt" -H 'Range: bytes=0-1' -H 'If-Range: "other"'
is "a part of another version is the whole of this one" 200 "$status"
echo "new text" >"$TMP/www/note.txt"
visit alice@example.com "$URL/note.txt" -H "If-None-Match: $etag"
is "a changed file has another tag" "200 new text" "$status $(cat "$TMP/body")"
visit alice@example.com -I "$URL/large.bin" -D "$TMP/headers"
is "HEAD is answered" 200 "$status"
like "... with the size" '[Cc]ontent-[Ll]ength: 100000' "$(cat "$TMP/headers")"
head -c 20000000 /dev/urandom >"$TMP/www/huge.bin"
allowed "20 MB" alice@example.com "$URL/huge.bin"
is "... are whole" "$(sha256sum <"$TMP/www/huge.bin")" "$(sha256sum <"$TMP/body")"
refused "all that for friends only" 403 HC-2001 mallory@guests.example.com "$URL/note.txt"
is "nothing alarming happened" "" "$(logged '"event":"alarm"')"
done_testing
