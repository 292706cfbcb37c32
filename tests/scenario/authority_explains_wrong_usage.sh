#!/usr/bin/env bash
# A command line that is not understood ends with exit 2, one sentence, the fix and the nearest word there is.
. "$(dirname "$0")/lib.sh"

wrong() { # SENTENCE REGEX ARGUMENT...
    no "$1" 2 "$HANDCLASP" "${@:3}"
    like "$1: it says why" "$2" "$(cat "$TMP/stderr")"
}

wrong "no command at all" 'no command is given.*HC-8001'
wrong "a command that does not exist" "no command 'isue'; did you mean issue\?.*HC-8002" isue
wrong "a command unlike any other" "no command 'xyzzy'.*HC-8002" xyzzy
wrong "an option with a slip of the finger" 'no option --jsno; did you mean --json\?.*HC-8003' list --jsno
wrong "an option that is abbreviated" 'no option --perm; did you mean --permit\?.*HC-8003' init X --perm dns:a.example
wrong "an option with one hyphen" 'two hyphens.*HC-8003' list -a
wrong "an option without its value" '--days needs a value.*HC-8001' issue server a.example --days
wrong "a flag with a value" '--json takes no value.*HC-8001' list --json=yes
wrong "an option given twice" '--days is given twice.*HC-8001' issue server a.example --days 1 --days 2
wrong "a word too many" "'b' is one word too many.*HC-8001" init a b
wrong "a word too few" 'something is missing.*HC-8001' issue server
wrong "a profile that does not exist" "'serve' is not a profile.*HC-8001" issue serve a.example
wrong "a name that is none" 'HC-7008' issue server 'exa mple.com'
wrong "a lifetime of nothing" '--days 0 is not a whole number.*HC-7011' issue server a.example --days 0
wrong "a lifetime that is no number" '--hours 1h is not a whole number.*HC-7011' issue server a.example --hours 1h
wrong "two lifetimes" 'one of --days and --hours.*HC-8001' issue server a.example --days 1 --hours 1
wrong "an impossible date" 'HC-8004' verify x.pem --at 2026-02-30T00:00:00Z
wrong "a purpose that does not exist" 'neither server nor client.*HC-8001' verify x.pem --purpose email
wrong "a name to verify without a type" 'HC-7008' verify x.pem --name shop.example.com
wrong "a reason that does not exist" 'HC-7018' revoke a.example --reason bored
wrong "neither a name nor a serial" 'one of NAME and --serial.*HC-8001' revoke
wrong "both a name and a serial" 'one of NAME and --serial.*HC-8001' revoke a.example --serial 12345678
wrong "a name constraint that is none" 'not a name constraint.*HC-8001' init X --no-passphrase --permit example.com
wrong "a passphrase given and refused at once" 'contradicts.*HC-8001' init X --no-passphrase --passphrase-file /dev/null
wrong "a .p12 passphrase for a server" 'only a person.*HC-8001' issue server a.example --p12-passphrase-fd 3
is "nothing was made by any of these" "" "$(ls "$HOME_DIR" 2>/dev/null)"

"$HANDCLASP" --home "$TMP/one" init One --no-passphrase >/dev/null
ok "options may stand before the names" "$HANDCLASP" issue --home "$TMP/one" --days 2 server --json a.example
ok "and after them, with an equals sign" "$HANDCLASP" issue server b.example --days=2 --json --home="$TMP/one"
ok "the home may be named before the command" "$HANDCLASP" --home "$TMP/one" list
no "control characters of a command line do not reach the terminal" 2 "$HANDCLASP" $'li\e[31mst'
unlike "they are shown escaped" $'\e' "$(cat "$TMP/stderr")"
done_testing
