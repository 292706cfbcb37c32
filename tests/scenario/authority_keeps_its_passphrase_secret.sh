#!/usr/bin/env bash
# Passphrases come by prompt, file or descriptor; without any of these and without a terminal the command ends with exit 2.
. "$(dirname "$0")/lib.sh"
refused() { # SENTENCE EXIT REGEX COMMAND...
    no "$1" "$2" "${@:4}"
    like "$1: it says why" "$3" "$(cat "$TMP/stderr")"
}
printf 'correct horse\n' >"$TMP/right"
printf 'wrong horse\n' >"$TMP/wrong"

refused "init without a terminal needs to be told" 2 '--passphrase-file.*HC-7005' "$HANDCLASP" init Corp
refused "an empty passphrase is none" 2 'HC-7005' "$HANDCLASP" init Corp --passphrase-file /dev/null
refused "a passphrase file that is not there" 3 "$TMP/none.*HC-6002" "$HANDCLASP" init Corp --passphrase-file "$TMP/none"
refused "a passphrase file that is a directory" 3 'HC-6003' "$HANDCLASP" init Corp --passphrase-file "$TMP"
refused "a descriptor that is not open" 3 'descriptor 77.*HC-6003' "$HANDCLASP" init Corp --passphrase-fd 77
refused "a descriptor that is no number" 2 'HC-8001' "$HANDCLASP" init Corp --passphrase-fd seven
refused "two sources at once" 2 'one of --passphrase-file and --passphrase-fd' "$HANDCLASP" init Corp --passphrase-fd 3 \
    --passphrase-file "$TMP/right"
is "nothing was made" "" "$(ls "$HOME_DIR" 2>/dev/null)"

ok "a file is read" "$HANDCLASP" init Corp --passphrase-file "$TMP/right"
for ca in root issuing; do
    like "the key of $ca is encrypted" 'BEGIN ENCRYPTED PRIVATE KEY' "$(cat "$HOME_DIR/authority/$ca.key.pem")"
    ok "openssl opens it with the passphrase" openssl pkey -in "$HOME_DIR/authority/$ca.key.pem" -passin "file:$TMP/right" -noout
done
ok "issue reads a descriptor" bash -c '"$HANDCLASP" issue server a.example --passphrase-fd 5 5<"$1"' - "$TMP/right"
refused "a wrong passphrase" 1 'HC-7004' "$HANDCLASP" issue server b.example --passphrase-file "$TMP/wrong"
refused "issue without a passphrase" 2 'HC-7005' "$HANDCLASP" issue server b.example
is "nothing was issued" "" "$(find "$HOME_DIR/identities" -name '*b.example*')"
refused "revoke with a wrong passphrase" 1 'HC-7004' "$HANDCLASP" revoke a.example --passphrase-file "$TMP/wrong"
unlike "nothing was revoked" 'revoked' "$("$HANDCLASP" list --all)"
ok "revoke with the right one" "$HANDCLASP" revoke a.example --passphrase-file "$TMP/right"
ok "list needs none" "$HANDCLASP" list
ok "show needs none" "$HANDCLASP" show root
ok "publish needs none while nothing is due" "$HANDCLASP" publish
refused "publish --force does" 2 'HC-7005' "$HANDCLASP" publish --force
ok "and takes it" "$HANDCLASP" publish --force --passphrase-file "$TMP/right"

# On a terminal it asks, and does not show what is typed.
on_terminal() { # ANSWERS COMMAND...: each line of ANSWERS is typed at the next prompt; the screen is printed
    python3 - "$@" <<'END'
import os, pty, select, sys
answers = sys.argv[1].split("\n")
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
screen, asked = b"", 0
while True:
    if not select.select([fd], [], [], 20)[0]:
        break
    try:
        got = os.read(fd, 4096)
    except OSError:
        break
    if not got:
        break
    screen += got
    if got.rstrip(b" ").endswith((b":", b"[y/N]")) and asked < len(answers):
        os.write(fd, answers[asked].encode() + b"\n")
        asked += 1
print(screen.decode(errors="replace"))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
}
if python3 -c 'import pty; pty.openpty()' 2>/dev/null; then
    ok "init asks twice on a terminal" on_terminal $'typed secret\ntyped secret' "$HANDCLASP" --home "$TMP/two" init Corp
    like "both prompts were shown" 'New passphrase of the CA keys:.*The same again:' "$(tr -d '\r' <"$TMP/stdout" | tr '\n' ' ')"
    unlike "what is typed is not" 'typed secret' "$(cat "$TMP/stdout")"
    no "two that differ are refused" 1 on_terminal $'one\ntwo' "$HANDCLASP" --home "$TMP/three" init Corp
    like "and it says so" 'differ' "$(cat "$TMP/stdout")"
    is "nothing was made of it" "" "$(ls "$TMP/three" 2>/dev/null)"
    ok "issue asks once" on_terminal 'typed secret' "$HANDCLASP" --home "$TMP/two" issue server c.example
    ok "revoke asks before it ends anything" on_terminal $'y\ntyped secret' "$HANDCLASP" --home "$TMP/two" revoke c.example
    "$HANDCLASP" --home "$TMP/four" init Corp --no-passphrase >/dev/null
    "$HANDCLASP" --home "$TMP/four" issue server d.example >/dev/null
    no "no is no" 2 on_terminal 'n' "$HANDCLASP" --home "$TMP/four" revoke d.example
    like "and it says how to say yes" 'HC-7019' "$(cat "$TMP/stdout")"
    like "and changes nothing" 'valid' "$("$HANDCLASP" --home "$TMP/four" list)"
    ok "--yes does not ask" on_terminal '' "$HANDCLASP" --home "$TMP/four" revoke d.example --yes
else
    skip "what is asked on a terminal" "this machine has no pseudo-terminals"
fi
done_testing
