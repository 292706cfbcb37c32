#!/usr/bin/env bash
# The probe names what speaks there when it is no TLS, and what an application or a bare alert says.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/scenario/support/causes.sh"

services words
done_testing
