#!/usr/bin/env bash
# x509-limbo, BetterTLS and the NIST's PKITS are judged as they expect, but for what docs/CONFORMANCE.md explains case by case.
# The vectors are not part of this clone: HANDCLASP_VECTORS names their directory (../shared/vectors beside the clone unless said).
# HANDCLASP_PKITS names that of PKITS (what the package python3-cryptography-vectors brings unless said).
. "$(dirname "$0")/lib.sh"
vectors=${HANDCLASP_VECTORS:-$ROOT/../shared/vectors}
pkits=${HANDCLASP_PKITS:-/usr/lib/python3/dist-packages/cryptography_vectors/x509/PKITS_data}

conforms() { # KIND FILE OPTION...
    local kind=$1 file=$2
    ok "$kind runs" "$HANDCLASP" verify --suite "$kind" "$file" "${@:3}"
    cp "$TMP/stdout" "$TMP/$kind.verdicts"
    is "$kind says nothing but its verdicts and how far it is" "" "$(sed '/^handclasp: Judging/d' "$TMP/stderr")"
    ok "$kind is judged as it expects, or as the table says" python3 "$ROOT/tests/scenario/support/conformance.py" "$kind" "$file" \
        "$TMP/$kind.verdicts" "$ROOT/docs/CONFORMANCE.md"
    _note "$kind: $(tail -n 1 "$TMP/stdout")"
}

if [[ -e $vectors/limbo.json ]]; then
    conforms limbo "$vectors/limbo.json"
else
    skip "limbo is judged as it expects" "there is no $vectors/limbo.json"
fi
if [[ -e $vectors/bettertls.json.xz ]]; then
    python3 -c 'import lzma,sys; sys.stdout.buffer.write(lzma.open(sys.argv[1]).read())' "$vectors/bettertls.json.xz" >"$TMP/bettertls.json"
    conforms bettertls "$TMP/bettertls.json"
else
    skip "bettertls is judged as it expects" "there is no $vectors/bettertls.json.xz"
fi
if [[ -e $vectors/pkits.json && -d $pkits/certs ]]; then
    conforms pkits "$vectors/pkits.json" --data "$pkits"
else
    skip "pkits is judged as it expects" "there is no $vectors/pkits.json, or no $pkits/certs"
fi

# What is no suite is an error, and never a verdict.
refused() { # SENTENCE EXIT REGEX ARGUMENT...
    no "$1" "$2" "$HANDCLASP" verify "${@:4}"
    like "$1: it says why" "$3" "$(cat "$TMP/stderr")"
    is "$1: there are no verdicts" "" "$(cat "$TMP/stdout")"
}
echo '{"testcases":[]}' >"$TMP/empty.json"
echo '{"testcases":[' >"$TMP/cut.json"
echo '{"testcases":[{"id":"x"}]}' >"$TMP/thin.json"
echo '[{"name":"x","certs":["Root","Leaf"],"crls":[]}]' >"$TMP/files.json"
head -c 100000 /dev/zero | tr '\0' '[' >"$TMP/deep.json"
: >"$TMP/nothing.json"
ok "a suite without cases runs" "$HANDCLASP" verify --suite limbo "$TMP/empty.json"
refused "a suite that is cut off" 1 'cut\.json.*HC-9005|HC-9005.*cut\.json' --suite limbo "$TMP/cut.json"
refused "a case without its fields" 1 'test case 1.*HC-9005|HC-9005' --suite limbo "$TMP/thin.json"
refused "a suite of another kind" 1 'HC-9005' --suite bettertls "$TMP/empty.json"
refused "brackets without end" 1 'HC-9005' --suite pkits "$TMP/deep.json" --data "$TMP"
refused "an empty file" 3 'HC-6013' --suite limbo "$TMP/nothing.json"
refused "a file that is not there" 3 'HC-6002' --suite limbo "$TMP/none.json"
refused "a certificate of pkits that is not there" 3 'HC-6002' --suite pkits "$TMP/files.json" --data "$TMP"
refused "a kind that is none" 2 'none of limbo, bettertls and pkits' --suite nist "$TMP/empty.json"
refused "pkits without --data" 2 'needs --data' --suite pkits "$TMP/files.json"
refused "limbo with --data" 2 'takes no --data' --suite limbo "$TMP/empty.json" --data "$TMP"
refused "--data without --suite" 2 '--data goes with --suite' "$TMP/empty.json" --data "$TMP"
refused "an option that is each case's own" 2 'does not go with --suite' --suite limbo "$TMP/empty.json" --purpose server
done_testing
