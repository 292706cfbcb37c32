#!/usr/bin/env bash
# Every cause that a probe can name is shown by a peer of the table: a cause without a row fails here, and so does an excuse
# that is needed no more.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/scenario/support/causes.sh"

shown
done_testing
