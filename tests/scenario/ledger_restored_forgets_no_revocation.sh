#!/usr/bin/env bash
# A ledger is restored from yesterday's backup: every command says so, no revocation is lost, CRL numbers go on, what was
# issued since is listed, and the old signed head is explained. Two processes at once do not get into each other's way.
. "$(dirname "$0")/lib.sh"
"$HANDCLASP" init "Example Corp" --no-passphrase >/dev/null
"$HANDCLASP" issue person alice@example.com >/dev/null
"$HANDCLASP" issue person bob@example.com >/dev/null
"$HANDCLASP" publish >/dev/null
crl() {
    openssl crl -inform DER -in "$HOME_DIR/publish/crl/issuing.crl" "$@"
}
number() {
    echo $((16#$(crl -noout -crlnumber | sed 's/^crlNumber=\(0x\)*//')))
}
events() { # WHAT
    python3 -c 'import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM events WHERE what = ?", (sys.argv[2],)).fetchone()[0])' \
        "$HOME_DIR/authority/ledger.db" "$1"
}
accepted() { # DIRECTORY: would a server that checks the CRL let it in?
    crl -out crl.pem
    openssl verify -crl_check -CRLfile crl.pem -CAfile "$HOME_DIR/publish/bundle.pem" \
        -untrusted "$HOME_DIR/identities/$1/chain.pem" "$HOME_DIR/identities/$1/cert.pem"
}

# --- a backup while somebody issues -----------------------------------------------------------------------------------

start issuing bash -c 'for i in 1 2 3 4 5 6 7 8; do "$HANDCLASP" issue client "n$i.example.com" || exit 1; done'
ok "a backup is made while certificates are issued" "$HANDCLASP" ledger backup "$TMP/backup.db"
issued=0
wait "$(pid_of issuing)" || issued=$?
is "and issuing is not disturbed" 0 "$issued"
cp "$HOME_DIR/publish/ledger-head" head-of-yesterday

# --- the day after ----------------------------------------------------------------------------------------------------

"$HANDCLASP" issue person carol@example.com >/dev/null
"$HANDCLASP" issue person dave@example.com >/dev/null
"$HANDCLASP" revoke alice@example.com --reason keyCompromise --yes >/dev/null
"$HANDCLASP" revoke carol@example.com --reason superseded --yes >/dev/null
"$HANDCLASP" publish --force >/dev/null
cp "$HOME_DIR/publish/ledger-head" head-of-today
before=$(number)
no "alice is out" 2 accepted alice@example.com
no "so is carol, who came after the backup" 2 accepted carol@example.com

# --- the restore ------------------------------------------------------------------------------------------------------

cp backup.db "$HOME_DIR/authority/ledger.db"
rm -f "$HOME_DIR/authority/ledger.db-wal" "$HOME_DIR/authority/ledger.db-shm"
ok "the restored ledger lists" "$HANDCLASP" list
like "but warns that it is older than what was published" HC-7027 "$(cat stderr)"
ok "so does show" "$HANDCLASP" show bob@example.com
like "with the same warning" HC-7027 "$(cat stderr)"
no "verify says it too" 1 "$HANDCLASP" ledger verify
like "with the fix" 'HC-7027.*publish' "$(tr '\n' ' ' <stdout)"
like "and lists what is not in it: dave" 'unknown.*dave@example.com, by issuing, until' "$(cat stdout)"
like "and carol" 'unknown.*carol@example.com.*identities/carol@example.com' "$(cat stdout)"
unlike "but not bob, whom it knows" 'unknown.*bob@example.com' "$(cat stdout)"
is "reading alone records nothing" 0 "$(events restore)"

ok "publish goes on from there" "$HANDCLASP" publish --json
cp stdout printed
ok "it says how many revocations were forgotten" python3 -c 'import json
d = json.load(open("printed")); assert d["remembered"] == 2 and d["head_signed"], d'
ok "the CRL's number went on" test "$(number)" -gt "$before"
no "alice is still out" 2 accepted alice@example.com
like "because she is revoked" 'certificate revoked' "$(cat stdout stderr)"
no "carol too, although the ledger has no record of her certificate" 2 accepted carol@example.com
like "for the same reason" 'certificate revoked' "$(cat stdout stderr)"
ok "bob is still let in" accepted bob@example.com
is "the restore is recorded" 1 "$(events restore)"
is "and what was remembered" 1 "$(events remember)"
ok "publishing again" "$HANDCLASP" publish --force
is "does not record it again" 1 "$(events restore)"
no "alice cannot be revoked again" 1 "$HANDCLASP" revoke alice@example.com --yes
like "for the ledger knows it again" HC-7017 "$(cat stderr)"
ok "nothing is warned of any more" "$HANDCLASP" list
is "at all" "" "$(cat stderr)"

ok "the ledger verifies" "$HANDCLASP" ledger verify
like "and says which time is lost" 'a backup took the place of links [0-9]+ to [0-9]+, written between' "$(cat stdout)"
like "and still lists what the lost window had issued" 'unknown.*dave@example.com' "$(cat stdout)"
ok "the head from before the backup holds" "$HANDCLASP" ledger verify --head head-of-yesterday
no "the one from after it does not" 1 "$HANDCLASP" ledger verify --head head-of-today
like "but is explained by the restore, with its window" 'a backup was restored: links [0-9]+ to [0-9]+, written between .*Z and .*Z, are lost' \
    "$(tr -s ' \n' ' ' <stdout)"
unlike "and no departure that nobody can explain" HC-7030 "$(cat stdout)"

# --- a restored ledger that issues first ------------------------------------------------------------------------------

"$HANDCLASP" publish --force >/dev/null
cp "$HOME_DIR/publish/ledger-head" head-of-today
before=$(number)
cp backup.db "$HOME_DIR/authority/ledger.db"
rm -f "$HOME_DIR/authority/ledger.db-wal" "$HOME_DIR/authority/ledger.db-shm"
ok "a restored ledger issues, too" "$HANDCLASP" issue person erin@example.com
is "and the restore is recorded before anything else" 1 "$(events restore)"
ok "and revokes" "$HANDCLASP" revoke bob@example.com --yes
ok "on a CRL whose number went on" test "$(number)" -gt "$before"
for who in alice bob carol; do
    no "$who is out" 2 accepted "$who@example.com"
done
ok "erin is let in" accepted erin@example.com
ok "publish finds all in order" "$HANDCLASP" publish
ok "and so does verify" "$HANDCLASP" ledger verify
no "the lost head is explained again" 1 "$HANDCLASP" ledger verify --head head-of-today
like "by this restore" 'a backup was restored' "$(cat stdout)"

# --- a restored ledger whose timer renews first, or that gets an issuer ------------------------------------------------

"$HANDCLASP" issuer add other >/dev/null
"$HANDCLASP" publish >/dev/null
cp backup.db "$HOME_DIR/authority/ledger.db"
rm -f "$HOME_DIR/authority/ledger.db-wal" "$HOME_DIR/authority/ledger.db-shm"
no "an issuer that it forgot is not made anew over its key" 1 "$HANDCLASP" issuer add other
like "but another name is asked for" 'HC-7035' "$(cat stderr)"
ok "which is free" "$HANDCLASP" issuer add another
no "who was revoked since is not renewed" 1 "$HANDCLASP" renew alice@example.com
like "because that is known again" 'HC-7044' "$(cat stderr)"
ok "publish goes on" "$HANDCLASP" publish
ok "and nothing seems rewritten" "$HANDCLASP" ledger verify

# --- two processes at once --------------------------------------------------------------------------------------------

for shell in a b; do
    start "shell-$shell" bash -c "for i in 1 2 3 4 5 6 7 8 9 10; do \"\$HANDCLASP\" issue client \$i.$shell.example.com || exit 1; done"
done
for shell in a b; do
    issued=0
    wait "$(pid_of "shell-$shell")" || issued=$?
    is "shell $shell issued all of its ten at the same time as the other" 0 "$issued"
done
is "all twenty are there" 20 "$("$HANDCLASP" list --json | grep -c '"identity": "dns:[0-9]*\.[ab]\.example\.com"')"
ok "the ledger is one chain" "$HANDCLASP" ledger verify
done_testing
