#!/usr/bin/env bash
# Every command of docs/handshake.md, in its order, and that what the page quotes is what they print.
# shellcheck source=tests/scenario/support/tutorial.sh
. "$(dirname "$0")/support/tutorial.sh"
export LC_ALL=C.UTF-8
tutorial docs/handshake.md
is "what the page quotes is what they print" "" "$(/usr/bin/python3 "$ROOT/tests/scenario/support/quoted.py" "$ROOT/docs/handshake.md" tutorial.out)"
is "and it quotes something" 1 "$(($(grep -c '^```text$' "$ROOT/docs/handshake.md") > 5))"
done_testing
