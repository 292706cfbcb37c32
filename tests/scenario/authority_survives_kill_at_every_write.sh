#!/usr/bin/env bash
# Killed at any write, an authority loses nothing, records everything, and goes on: CRL and ledger agree after the next command.
# Long form, at every call: scripts/sweep kill
. "$(dirname "$0")/support/authority.sh"

if ! sweep_possible; then
    skip "killed at any write" "killsweep is not built, or processes may not be traced here"
    done_testing
fi
sweep_scenes
sweep kill
done_testing
