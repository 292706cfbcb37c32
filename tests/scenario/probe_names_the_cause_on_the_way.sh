#!/usr/bin/env bash
# The probe names side and cause of what goes wrong before and around a handshake: names, routes, resets, silence, floods.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/scenario/support/causes.sh"

services way
done_testing
