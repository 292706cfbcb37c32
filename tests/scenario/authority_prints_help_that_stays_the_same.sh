#!/usr/bin/env bash
# The help of every command is a golden file. After a change that is meant: UPDATE=1 tests/scenario/run help, and read the diff.
. "$(dirname "$0")/lib.sh"
golden=$ROOT/tests/scenario/golden/help.txt

all_help() {
    local command
    "$HANDCLASP" --help
    for command in $("$HANDCLASP" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
        echo "-------- handclasp $command --help"
        "$HANDCLASP" "$command" --help
    done
}

all_help >"$TMP/help.txt"
if [[ -n ${UPDATE:-} ]]; then
    cp "$TMP/help.txt" "$golden"
fi
ok "the help of every command is the golden file" diff -u "$golden" "$TMP/help.txt"
is "no line of help is wider than 80 columns" "" "$(awk 'length > 80' "$TMP/help.txt")"
is "every command has an example" "$(grep -c '^-------- ' "$TMP/help.txt")" "$(sed -n '/^--------/,$p' "$TMP/help.txt" | grep -c '^Example:')"
ok "--help wins over every mistake beside it" "$HANDCLASP" issue --nonsense --help
ok "--version prints the version" "$HANDCLASP" --version
like "and nothing else" '^handclasp [0-9]+\.[0-9]+\.[0-9]+$' "$(cat "$TMP/stdout")"
done_testing
