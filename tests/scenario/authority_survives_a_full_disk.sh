#!/usr/bin/env bash
# On a disk that is full from any write on, every command says so, and the authority stays whole and goes on when there is room.
# Long form, at every call: scripts/sweep full-disk
. "$(dirname "$0")/support/authority.sh"

if ! sweep_possible; then
    skip "a full disk at any write" "killsweep is not built, or processes may not be traced here"
    done_testing
fi
sweep_scenes
sweep full-disk
done_testing
