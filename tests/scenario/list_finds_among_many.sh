#!/usr/bin/env bash
# list among some hundreds: every filter, pages that cover everything once, CSV and JSON that programs read; show finds the same.
. "$(dirname "$0")/lib.sh"
mkdir fleet
json() { # SENTENCE PYTHON-EXPRESSION over d, the JSON in $TMP/printed
    ok "$1" python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); assert eval(sys.argv[2]), len(d)' "$TMP/printed" "$2"
}
rows() { # LIST-ARGUMENT...: how many certificates
    "$HANDCLASP" list "$@" --csv | tail -n +2 | wc -l
}
"$HANDCLASP" init "Example Corp" --no-passphrase >/dev/null
python3 "$ROOT/tests/scenario/support/csrs.py" fleet 310
"$HANDCLASP" sign fleet --accept-names --days 20 >/dev/null || true # 300 of them are good
"$HANDCLASP" issue person Alice@example.com --as '=1+"2",x' >/dev/null
"$HANDCLASP" issue person bob@example.com --hours 5 >/dev/null
"$HANDCLASP" issue client billing.example.com --dns pay.example.org --hours 5 >/dev/null
"$HANDCLASP" issue server old.example.com --days 2 >/dev/null
for i in 0 1 2; do
    "$HANDCLASP" revoke "host-$i.example.com" --reason superseded --yes >/dev/null
done
"$HANDCLASP" renew bob@example.com --days 40 >/dev/null

# --- filters ---
is "what is valid, without the CAs" 302 "$(rows)"
is "everything" 307 "$(rows --all)"
is "what is revoked" 3 "$(rows --revoked)"
is "a profile" 3 "$(rows --profile person)"
is "the CAs" "root-ca issuing-ca" "$("$HANDCLASP" list --all --csv | awk -F, '$3 ~ /-ca$/ {print $3}' | xargs)"
is "one kind of CA" 1 "$(rows --profile issuing-ca)"
is "an issuer" 302 "$(rows --issuer issuing)"
is "a pattern of names" 10 "$(rows --name 'host-10?.example.com')"
is "with its type" 3 "$(rows --name 'email:*')"
is "a further name is found too" 1 "$(rows --name '*.example.org')"
is "filters come together" 1 "$(rows --name 'host-[01].example.com' --revoked --issuer issuing --profile server --limit 1 2>/dev/null)"
is "what ends within a day and is not renewed" "dns:billing.example.com" "$("$HANDCLASP" list --expiring 1 --csv | awk -F, 'NR > 1 {print $4}')"
is "within three days" 2 "$(rows --expiring 3d)"
is "within four hours" 0 "$(rows --expiring 4h)"
is "a revoked one does not end" 0 "$(rows --expiring 30d --name 'host-0.*')"
like "nothing like that is said, not an error" 'No certificates like that' "$("$HANDCLASP" list --name 'nobody*')"
no "a mistyped issuer is no empty list" 1 "$HANDCLASP" list --issuer isuing
like "HC-7034" 'HC-7034' "$(cat "$TMP/stderr")"
no "nor a mistyped profile" 2 "$HANDCLASP" list --profile severs
no "nor two kinds of states" 2 "$HANDCLASP" list --all --revoked
no "nor two forms" 2 "$HANDCLASP" list --json --csv

# --- pages ---
"$HANDCLASP" list --all --json >whole
after=0
pages=0
while :; do
    "$HANDCLASP" list --all --json --after "$after" --limit 50 >"page-$pages" 2>next-page
    pages=$((pages + 1))
    after=$(sed -n 's/^more: --after //p' next-page)
    if [[ -z $after ]] || ((pages > 20)); then
        break
    fi
done
is "seven pages of fifty" 7 "$pages"
cat >pages.py <<'END'
import json, sys
whole = json.load(open("whole"))
pages = sum((json.load(open(f"page-{i}")) for i in range(int(sys.argv[1]))), [])
assert pages == whole and len({c["id"] for c in whole}) == len(whole) == 307, (len(pages), len(whole))
END
ok "cover everything once, in order" python3 pages.py "$pages"
is "a page that is exactly full has no next one" "" "$("$HANDCLASP" list --profile person --all --limit 3 2>&1 >/dev/null)"
like "the text says how to go on too" 'more: --after [0-9]+' "$("$HANDCLASP" list --limit 3 2>&1 >/dev/null)"

# --- forms ---
"$HANDCLASP" list --all --csv >printed.csv
cat >csv_is_json.py <<'END'
import csv, json
text = open("printed.csv", newline="").read()
assert text.count("\n") == text.count("\r\n") == 308
rows = list(csv.DictReader(open("printed.csv", newline="")))
whole = json.load(open("whole"))
assert len(rows) == len(whole)
for row, cert in zip(rows, whole):
    assert row["id"] == str(cert["id"]) and row["names"].split() == cert["names"] and row["state"] == cert["state"]
    assert all(row[key] == cert[key] for key in ("serial", "profile", "identity", "issuer", "not_after", "sha256"))
    assert (row["replaces"] or None) == (str(cert["replaces"]) if "replaces" in cert else None)
    assert not any(value[:1] in tuple("=+-@\t\r") for value in row.values())
label = [row["label"] for row in rows if row["label"]]
assert label == ["'=1+\"2\",x"], label
END
ok "python's csv reads it, field for field as JSON has it" python3 csv_is_json.py
is "no line of the table is wider than 80 columns" "" "$("$HANDCLASP" list --all | awk 'length > 80')"
ok "whoever reads only the first lines disturbs nothing" bash -c 'set -o pipefail; "$HANDCLASP" list --all --json | head -n 3 >/dev/null || [ $? = 141 ]'
ok "also where the signal of that is ignored" bash -c 'trap "" PIPE; set -o pipefail; "$HANDCLASP" list --all --json | head -n 1 >/dev/null'

# --- show finds the same ---
cert=$HOME_DIR/identities/host-5.example.com/cert.pem
sha256=$(openssl x509 -in "$cert" -outform DER | sha256sum | cut -d' ' -f1)
colons=$(openssl x509 -in "$cert" -noout -fingerprint -sha256 | cut -d= -f2)
openssl x509 -in "$cert" -outform DER -out "$TMP/host5.der"
for what in "$sha256" "$colons" "$cert" "$TMP/host5.der" host5.der host-5.example.com "$(openssl x509 -in "$cert" -noout -serial | cut -d= -f2)"; do
    "$HANDCLASP" show "$what" --json >printed
    json "show finds it by ${what:0:40}" '[c["identity"] for c in d] == ["dns:host-5.example.com"]'
done
json "with its number in the list" 'd[0]["id"] > 0 and d[0]["replaced"] is False and d[0]["crl_urls"] == []'
"$HANDCLASP" show bob@example.com --json >printed
json "both certificates of one that was renewed" 'len(d) == 2 and d[1]["replaces"] == d[0]["id"] and d[0]["replaced"]'
no "a fingerprint of nothing here" 1 "$HANDCLASP" show "$(printf '%064d' 7)"
like "says so" 'fingerprint 0+7' "$(cat "$TMP/stderr")"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k -subj '/CN=stranger' -days 2 -out stranger.pem 2>/dev/null
no "a stranger's certificate" 1 "$HANDCLASP" show stranger.pem
like "is told apart from a missing file" 'did not issue.*stranger' "$(cat "$TMP/stderr")"
no "a file that is not there" 3 "$HANDCLASP" show ./missing.pem
no "nothing of the kind" 1 "$HANDCLASP" show 'what is this'
done_testing
