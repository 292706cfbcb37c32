#!/usr/bin/env bash
# Every manual page can be made, mandoc finds nothing wrong with it, and it tells of each command and option that the help has.
. "$(dirname "$0")/lib.sh"
if ! command -v scdoc >/dev/null || ! command -v mandoc >/dev/null; then
    skip "the manual pages are clean" "scdoc or mandoc is not here; scripts/packages install test installs them"
    done_testing
fi

# make_page PAGE: its source to $TMP/PAGE.scd, the page to $TMP/PAGE, its text to $TMP/PAGE.txt in one line.
make_page() {
    "$HANDCLASP" manual "$1" >"$TMP/$1.scd" &&
        scdoc <"$TMP/$1.scd" >"$TMP/$1" &&
        mandoc -T ascii "$TMP/$1" | sed $'s/.\b//g' | tr -s ' \t\n' ' ' | sed 's/\([a-z]\)- /\1-/g' >"$TMP/$1.txt"
}

# What mandoc finds. scdoc itself writes paragraphs that are empty or follow a heading; whoever reads a page sees nothing of them.
findings() {
    mandoc -T lint -W warning "$@" | grep -v 'WARNING: skipping paragraph macro: PP' || true
}

# unsaid PAGE: the names of options in the help of that command that the page does not say.
unsaid() {
    local option
    for option in $("$HANDCLASP" "$1" --help | sed -n '/^Options:/,/^Example:/s/^  \(--[a-z0-9-]*\).*/\1/p'); do
        grep -q -e "^$option\$" <(tr ' ' '\n' <"$TMP/handclasp-$1.1.txt") || echo "$option"
    done
}

mapfile -t pages < <("$HANDCLASP" manual --list)
mapfile -t commands < <("$HANDCLASP" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p')

for page in "${pages[@]}"; do
    ok "$page can be made" make_page "$page"
done
is "mandoc finds nothing wrong with any" "" "$(findings "${pages[@]}")"
is "each command has a page, and the program and its refusals have one each" \
    "$(printf '%s\n' handclasp.1 "${commands[@]/%/.1}" handclasp-errors.7 | sed 's/^\([a-z-]*\)\.1$/handclasp-\1.1/; s/^handclasp-handclasp/handclasp/')" \
    "$(printf '%s\n' "${pages[@]}")"
for command in "${commands[@]}"; do
    is "handclasp-$command(1) tells every option" "" "$(unsaid "$command")"
    like "handclasp(1) tells of $command" " $command .*handclasp-$command\(1\)" "$(<"$TMP/handclasp.1.txt")"
done
is "handclasp-errors(7) has a row for each id of the catalogue" \
    "$(sed -n 's/^HC_ROW([A-Z0-9_]*, \([0-9]*\),.*/HC-\1/p' "$ROOT/src/base/catalogue.def" | sort)" \
    "$(grep -o '^\*HC-[0-9]*\*' "$TMP/handclasp-errors.7.scd" | tr -d '*' | sort)"
like "with its fix" "HC-8002.*There is no such command\. handclasp --help lists the commands\." "$(<"$TMP/handclasp-errors.7.txt")"

is "a page is found by any of its names" "$("$HANDCLASP" manual gate)" "$("$HANDCLASP" manual handclasp-gate.1)"
no "there is no page of nothing" 2 "$HANDCLASP" manual nothing
like "and the refusal says where to look" 'HC-8002' "$(<"$TMP/stderr")"
done_testing
