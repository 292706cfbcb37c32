#!/usr/bin/env bash
# list and show print tables that fit 80 columns and JSON that programs read.
. "$(dirname "$0")/lib.sh"
json() { # SENTENCE PYTHON-EXPRESSION over d, the JSON of the last command
    ok "$1" python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); assert eval(sys.argv[2]), d' "$TMP/printed" "$2"
}
"$HANDCLASP" init "Exämple Corp" --no-passphrase >/dev/null
like "an empty list says how to begin" 'No certificates. Issue one' "$("$HANDCLASP" list)"
"$HANDCLASP" issue server "a-very-long-name-that-does-not-fit-its-column.of-the-table.example.com" >/dev/null
"$HANDCLASP" issue person alice@example.com --as 'the "blue" laptop' >/dev/null
"$HANDCLASP" issue client billing.example.com >/dev/null
"$HANDCLASP" revoke billing.example.com --reason superseded >/dev/null

"$HANDCLASP" list --all >"$TMP/printed"
is "no line of the table is wider than 80 columns" "" "$(awk 'length > 80' "$TMP/printed")"
is "a header, two CAs and three certificates" 6 "$(wc -l <"$TMP/printed")"
unlike "list hides what is revoked" 'billing' "$("$HANDCLASP" list)"

"$HANDCLASP" list --json --all >"$TMP/printed"
json "list --json is an array of certificates" 'len(d) == 5 and all(len(c["serial"]) >= 28 for c in d)'
json "with the label as it was given" '[c["label"] for c in d if c["profile"] == "person"] == ["the \"blue\" laptop"]'
json "and the revocation" '[c["reason"] for c in d if c["state"] == "revoked"] == ["superseded"]'
"$HANDCLASP" show alice@example.com --json >"$TMP/printed"
json "show --json has the names" 'd[0]["names"] == ["email:alice@example.com"] and d[0]["state"] == "valid"'
"$HANDCLASP" show issuing --json >"$TMP/printed"
json "show knows the issuing CA by its name" 'd[0]["ca"] == "issuing" and d[0]["crl_number"] == 2'
"$HANDCLASP" show root --json >"$TMP/printed"
json "and the root" '"Ex\u00e4mple Corp" in d[0]["subject"]'
ok "show takes the first digits of a serial" "$HANDCLASP" show "$("$HANDCLASP" list | awk '/alice/ {print $1}')"
no "show of nothing known" 1 "$HANDCLASP" show nobody.example.com
like "says so" 'HC-7007' "$(cat "$TMP/stderr")"
no "a full standard output is an error" 3 bash -c '"$HANDCLASP" list >/dev/full'
like "that is named" 'standard output.*HC-6005' "$(tr '\n' ' ' <"$TMP/stderr")"
no "too few digits of a serial" 1 "$HANDCLASP" revoke --serial "$("$HANDCLASP" list | awk '/alice/ {print substr($1, 1, 4)}')"
like "are told to be more" 'first 8 digits' "$(cat "$TMP/stderr")"

# --- a revoked issuer takes everything below it along ---
"$HANDCLASP" issuer add people --profile person --json >"$TMP/printed"
json "issuer add --json is what issuer show prints" 'd["name"] == "people" and d["state"] == "current" and d["profiles"] == "person"'
"$HANDCLASP" issue person bob@example.com >/dev/null
no "a CA is not revoked by revoke" 2 "$HANDCLASP" revoke people
like "which says how" 'handclasp issuer revoke people' "$(cat "$TMP/stderr")"
"$HANDCLASP" issuer revoke people --yes >/dev/null
unlike "list hides what hangs on a revoked issuer" 'bob' "$("$HANDCLASP" list)"
like "list --revoked has it" 'bob@example.com .* revoked' "$("$HANDCLASP" list --revoked)"
"$HANDCLASP" list --revoked --json --limit 2 >"$TMP/printed" 2>/dev/null
json "a page of them is a page" '[c["state"] for c in d] == ["revoked", "revoked"]'
"$HANDCLASP" list --revoked --json >"$TMP/printed"
json "all of them" '[c["state"] for c in d] == ["revoked", "revoked", "issuer revoked"]'
"$HANDCLASP" show people --json >"$TMP/printed"
json "show says when the CA was revoked" 'd[0]["state"] == "revoked" and d[0]["revoked_at"]'
done_testing
