#!/usr/bin/env bash
# No server brings the probe to call it good when it is not, to show the user's certificate twice, or to print its own words as
# the probe's.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/scenario/support/causes.sh"

_rows hostile all
done_testing
