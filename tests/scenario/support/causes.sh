# causes.sh - the table of peers and causes (causes.py, services.py), as tests of this scenario.
# shellcheck shell=bash

# _rows PROGRAM WHAT: its lines as tests.
_rows() {
    local line
    while IFS= read -r line; do
        case $line in
        "ok - "*" # SKIP "*) skip "$(sed 's/^ok - //; s/ # SKIP .*//' <<<"$line")" "${line#* # SKIP }" ;;
        "ok - "*) _report 1 "${line#ok - }" ;;
        "not ok - "*) _report 0 "${line#not ok - }" ;;
        "# "*) printf '%s\n' "$line" ;;
        *) printf '# %s\n' "$line" ;;
        esac
    done < <(/usr/bin/python3 "$ROOT/tests/scenario/support/$1.py" "$2" "$TMP/$2" 2>&1 || echo "not ok - the table of $2 ran to its end")
}

# causes PEER: every row of one server.
causes() {
    _rows causes "$1"
}

# services GROUP: way, words or starttls.
services() {
    _rows services "$1"
}

# shown: that every cause has a row.
shown() {
    _rows shown "$ROOT/src/doctor/causes.def"
}
