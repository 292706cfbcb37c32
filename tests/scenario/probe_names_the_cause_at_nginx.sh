#!/usr/bin/env bash
# The probe names side and cause of every refusal, and of everything that is fine, at nginx.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/scenario/support/causes.sh"

causes nginx
done_testing
