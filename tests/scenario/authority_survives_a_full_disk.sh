#!/usr/bin/env bash
# On a disk that is full from any write on, every command says so, and the authority stays whole and goes on when there is room.
# Long form, at every call: scripts/sweep full-disk
. "$(dirname "$0")/support/authority.sh"

if ! sweep_possible; then
    skip "a full disk at any write" "killsweep is not built, or processes may not be traced here"
    done_testing
fi
POINTS=8
sweep_home
while read -ra words; do
    sweep_full_disk "${words[@]}"
done < <(sweep_operations)
done_testing
