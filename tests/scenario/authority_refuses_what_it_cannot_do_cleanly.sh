#!/usr/bin/env bash
# A home that is missing, newer, damaged, full or somebody else's: one sentence, exit 3, nothing half written.
. "$(dirname "$0")/lib.sh"
refused() { # SENTENCE EXIT REGEX COMMAND...
    no "$1" "$2" "${@:4}"
    like "$1: it says why" "$3" "$(cat "$TMP/stderr")"
    is "$1: in four lines at most" "" "$(sed -n 5p "$TMP/stderr")"
}
for command in "list" "show root" "issue server a.example" "revoke a.example" "publish"; do
    # shellcheck disable=SC2086 # words of a command line
    refused "$command without an authority" 3 'HC-7001' "$HANDCLASP" --home "$TMP/none" $command
done
is "nothing was made there" "" "$(ls "$TMP/none" 2>/dev/null)"

"$HANDCLASP" init Corp --no-passphrase >/dev/null
refused "a second init" 1 'HC-7002' "$HANDCLASP" init Corp --no-passphrase
ok "the first certificate of a name" "$HANDCLASP" issue server a.example
refused "the second without a label" 1 'HC-7006' "$HANDCLASP" issue server a.example
ok "the second with a label" "$HANDCLASP" issue server a.example --as second
refused "a person without an address" 2 'HC-7009' "$HANDCLASP" issue person bob.example

# A home made by a newer version.
cp -a "$HOME_DIR" "$TMP/newer"
echo 999 >"$TMP/newer/authority/version"
for command in "list" "issue server b.example" "revoke a.example" "publish --force"; do
    # shellcheck disable=SC2086
    refused "$command on a newer home" 3 'HC-7003' "$HANDCLASP" --home "$TMP/newer" $command
done
# A ledger that is none.
cp -a "$HOME_DIR" "$TMP/damaged"
rm -f "$TMP"/damaged/authority/ledger.db*
head -c 9000 /dev/urandom >"$TMP/damaged/authority/ledger.db"
refused "a damaged ledger" 3 'HC-7016' "$HANDCLASP" --home "$TMP/damaged" list
# Another process that does not let go: the answer takes ten seconds, and is asked for at the end.
cp -a "$HOME_DIR" "$TMP/held"
flock "$TMP/held/authority/lock" sleep 20 &
holder=$!
wait_for 5 bash -c '! flock -n "$1" true' _ "$TMP/held/authority/lock"
"$HANDCLASP" --home "$TMP/held" issue server b.example >"$TMP/held.out" 2>&1 &
waiter=$!
# A key that is not there, and one that is no key.
cp -a "$HOME_DIR" "$TMP/keyless"
mv "$TMP/keyless/authority/issuing.key.pem" "$TMP/issuing.key.pem"
refused "a missing CA key" 3 'HC-7022' "$HANDCLASP" --home "$TMP/keyless" issue server b.example
echo rubbish >"$TMP/keyless/authority/issuing.key.pem"
refused "a CA key that is rubbish" 1 'HC-9002|HC-9003' "$HANDCLASP" --home "$TMP/keyless" issue server b.example
is "nothing was issued there" "" "$(find "$TMP/keyless/identities" -name '*b.example*')"

if ((EUID == 0)) && command -v setpriv >/dev/null; then
    # The program through a descriptor, because nobody may look below $TMP.
    as_nobody() {
        setpriv --reuid 65534 --regid 65534 --clear-groups /proc/self/fd/9 "$@" 9<"$HANDCLASP"
    }
    refused "reading somebody else's home" 3 'HC-6003' as_nobody --home "$HOME_DIR" list
    refused "making one where nothing may be made" 3 'HC-6004' as_nobody --home "$TMP/nobodys" init Corp --no-passphrase
else
    skip "another user's home" "only root can become somebody else"
fi

if ((EUID == 0)) && unshare -m true 2>/dev/null; then
    mkdir "$TMP/disk"
    cat >"$TMP/full.sh" <<'END'
set -u
mount -t tmpfs -o size=512k tmpfs "$TMP/disk" || exit 77
case $1 in
init)
    head -c 496k /dev/zero >"$TMP/disk/filler" 2>/dev/null
    "$HANDCLASP" --home "$TMP/disk/home" init Corp --no-passphrase
    code=$?
    ls -A "$TMP/disk/home" 2>/dev/null >"$TMP/left"
    ;;
issue)
    export HANDCLASP_HOME=$TMP/disk/home
    "$HANDCLASP" init Corp --no-passphrase >/dev/null || exit 78
    head -c 1m /dev/zero >"$TMP/disk/filler" 2>/dev/null
    "$HANDCLASP" issue server full.example
    code=$?
    ls "$TMP/disk/home/identities" 2>/dev/null >"$TMP/left"
    rm "$TMP/disk/filler"
    "$HANDCLASP" issue server later.example >/dev/null || exit 79
    ;;
revoke)
    export HANDCLASP_HOME=$TMP/disk/home
    "$HANDCLASP" init Corp --no-passphrase >/dev/null || exit 78
    "$HANDCLASP" issue server full.example >/dev/null || exit 78
    head -c 1m /dev/zero >"$TMP/disk/filler" 2>/dev/null
    "$HANDCLASP" revoke full.example
    code=$?
    rm "$TMP/disk/filler"
    openssl crl -inform DER -in "$HANDCLASP_HOME/publish/crl/issuing.crl" -noout || exit 80
    "$HANDCLASP" revoke full.example >/dev/null 2>&1 || "$HANDCLASP" publish >/dev/null || exit 79
    openssl crl -inform DER -in "$HANDCLASP_HOME/publish/crl/issuing.crl" -noout -text | grep -c 'Serial Number' >"$TMP/left"
    ;;
esac
exit $code
END
    refused "init on a full disk" 3 'HC-6005' unshare -m bash "$TMP/full.sh" init
    is "leaves nothing" "" "$(cat "$TMP/left")"
    refused "issue on a full disk" 3 'HC-6005' unshare -m bash "$TMP/full.sh" issue
    is "leaves no identity" "" "$(cat "$TMP/left")"
    no "revoke on a full disk" 3 unshare -m bash "$TMP/full.sh" revoke
    is "keeps the old CRL whole, and ends revoked once there is room" 1 "$(cat "$TMP/left")"
else
    skip "a full disk" "only root can mount a small one"
fi
no "a ledger that another process holds" 3 wait "$waiter"
like "... and it says why" 'HC-7015' "$(cat "$TMP/held.out")"
is "nothing was issued there either" "" "$(find "$TMP/held/identities" -name '*b.example*')"
kill "$holder"
done_testing
