#!/usr/bin/env bash
# Every command of docs/authority.md, in its order, as a reader would type it.
# shellcheck source=tests/scenario/support/tutorial.sh
. "$(dirname "$0")/support/tutorial.sh"
tutorial docs/authority.md
done_testing
