#!/usr/bin/env bash
# The probe names side and cause of every refusal, and of everything that is fine, at Node.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/scenario/support/causes.sh"

causes node
done_testing
