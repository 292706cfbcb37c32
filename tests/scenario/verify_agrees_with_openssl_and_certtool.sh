#!/usr/bin/env bash
# verify, openssl and GnuTLS say the same about revocation, or the difference is one that is explained: the short form of scripts/agree.
. "$(dirname "$0")/lib.sh"
ok "the verdicts on 60 sets of CRLs are the same, or their difference is explained" \
    python3 -B "$ROOT/tests/scenario/support/agree.py" --cases 60 "$TMP/agree"
cp "$TMP/stdout" "$TMP/answers"
is "all were judged" "60 passed, 0 failed" "$(tail -n 1 "$TMP/answers")"
like "some are accepted by all" '^[1-9]' "$(awk '/ all say yes$/ {print $1}' "$TMP/answers")"
like "some are refused by all" '^[1-9]' "$(awk '/ all say no$/ {print $1}' "$TMP/answers")"
done_testing
