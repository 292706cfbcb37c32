#!/usr/bin/env bash
# Whatever somebody changes in the ledger's file is found: by the chain of hashes, or by the signed head when the chain was
# written anew. TAMPER_SWEEP=all changes every column of every row instead of a sample.
. "$(dirname "$0")/lib.sh"
tamper=$ROOT/tests/scenario/support/tamper.py

# Every table has rows: two issuers, people, labels, further names, revocations, several CRLs.
"$HANDCLASP" init "Example Corp" --no-passphrase >/dev/null
"$HANDCLASP" issue server shop.example.com --dns www.example.com --ip 192.0.2.1 >/dev/null
"$HANDCLASP" issue person alice@example.com >/dev/null
"$HANDCLASP" issue person alice@example.com --as laptop >/dev/null
"$HANDCLASP" issue client billing.example.com >/dev/null
"$HANDCLASP" publish >/dev/null
cp "$HOME_DIR/publish/ledger-head" early-head
"$HANDCLASP" revoke alice@example.com --reason keyCompromise --yes >/dev/null
"$HANDCLASP" issue person bob@example.com >/dev/null
"$HANDCLASP" publish --force >/dev/null
cp "$HOME_DIR/publish/ledger-head" kept-head
ok "the ledger is backed up" "$HANDCLASP" ledger backup "$TMP/ledger.db"
is "readable by its owner only" 600 "$(stat -c %a ledger.db)"
no "a backup overwrites nothing" 1 "$HANDCLASP" ledger backup "$TMP/ledger.db"
like "and says so" HC-7026 "$(cat stderr)"
ok "an untouched ledger verifies" "$HANDCLASP" ledger verify
like "and says what it compared" 'signed by +issuing.*yes' "$(tr '\n' ' ' <stdout)"
ok "with the head that was kept elsewhere too" "$HANDCLASP" ledger verify --head kept-head
ok "and with an earlier one" "$HANDCLASP" ledger verify --head early-head
ok "in JSON" "$HANDCLASP" ledger verify --json
cp stdout printed
ok "that a program reads" python3 -c 'import json; d = json.load(open("printed")); assert d["verdict"] == "yes" and d["links"] > 20, d'
ok "head shows what is signed" "$HANDCLASP" ledger head
like "by whom and up to where" "links +$(sed -n 's/^links: //p' kept-head).*signed by +issuing" "$(tr '\n' ' ' <stdout)"
no "an unknown verb is refused" 2 "$HANDCLASP" ledger mend
no "a backup needs a name" 2 "$HANDCLASP" ledger backup
no "verify takes no further word" 2 "$HANDCLASP" ledger verify kept-head
no "a home that is not there is missed" 3 "$HANDCLASP" --home nowhere ledger verify
like "as a home" HC-7001 "$(cat stderr)"

# A home of its own for what is changed: the ledger alone is replaced each time.
mkdir -p copy/authority
cp "$HOME_DIR/authority/version" "$HOME_DIR/authority/"*.cert.pem copy/authority
cp -r "$HOME_DIR/publish" copy
restore() {
    rm -f copy/authority/ledger.db-*
    cp ledger.db copy/authority/ledger.db
}
verify() {
    "$HANDCLASP" --home copy ledger verify "$@"
}
restore
ok "the copy verifies" verify
ok "every change of a value is found, and where" python3 "$tamper" values copy ledger.db
ok "every row that was deleted" python3 "$tamper" deleted copy ledger.db
ok "every row that was added" python3 "$tamper" added copy ledger.db
ok "every two that were swapped" python3 "$tamper" swapped copy ledger.db
ok "every change of the tables themselves" python3 "$tamper" schema copy ledger.db
ok "every byte of the file's header" python3 "$tamper" header copy ledger.db

# A chain of its own, without a gap: nothing in the file is wrong.
python3 "$tamper" cut copy ledger.db 5
no "rows that were cut off at the end are missed by the signed head" 1 verify
like "because the ledger ends before it" HC-7027 "$(cat stdout)"
unlike "and not by the chain" HC-7024 "$(cat stdout)"
no "by the head that was kept elsewhere too" 1 verify --head kept-head
python3 "$tamper" rewrite copy ledger.db ""
ok "a chain that is written anew by the definition is the same chain" verify --head kept-head
python3 "$tamper" rewrite copy ledger.db "UPDATE events SET at = at + 1 WHERE link = (SELECT min(link) FROM events)"
no "an event that was changed, and a whole new chain, is found by the signed head" 1 verify
like "because it departs from it" HC-7030 "$(cat stdout)"
unlike "and not by the chain" HC-7024 "$(cat stdout)"
python3 "$tamper" rewrite copy ledger.db "DELETE FROM revocations WHERE link = (SELECT max(link) FROM revocations)"
no "so is a revocation that was taken back" 1 verify
like "by the head" 'HC-70(27|30)' "$(cat stdout)"
like "and by the CRL" 'lists 1 revocations that the ledger does not have' "$(tr -s ' \n' ' ' <stdout)"

# Somebody who can also write publish/ puts an older head there, from before the change.
cp early-head copy/publish/ledger-head
python3 "$tamper" rewrite copy ledger.db "UPDATE events SET at = at + 1 WHERE link = (SELECT max(link) FROM events)"
ok "an older head in its place covers only what was before it" verify
no "the copy that was kept elsewhere finds the change" 1 verify --head kept-head
like "as a departure" HC-7030 "$(cat stdout)"
cp kept-head copy/publish/ledger-head
no "nobody signs a new head over that evidence" 1 "$HANDCLASP" --home copy publish
like "but is told of it" HC-7030 "$(cat stderr)"

# Heads that are none.
restore
echo garbage >copy/publish/ledger-head
no "garbage is no head" 1 verify
like "and called that" HC-7028 "$(cat stdout)"
sed 's/^links: .*/links: 3/' kept-head >edited-head
no "an edited head is refused" 1 verify --head edited-head
like "because its signature does not fit" HC-7029 "$(cat stdout)"
"$HANDCLASP" --home other init "Example Corp" --no-passphrase >/dev/null
"$HANDCLASP" --home other publish >/dev/null
no "another authority's head is refused" 1 verify --head other/publish/ledger-head
like "because somebody else signed it" HC-7029 "$(cat stdout)"
no "a head that is not there is missed" 3 verify --head nowhere
rm copy/publish/ledger-head
ok "without any head the chain alone is judged" verify
like "and that is said" 'there is no publish/ledger-head' "$(cat stdout)"
done_testing
