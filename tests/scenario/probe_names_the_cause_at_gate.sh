#!/usr/bin/env bash
# The probe names side and cause of every refusal, and of everything that is fine, at our own gate.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/scenario/support/causes.sh"

causes gate
done_testing
