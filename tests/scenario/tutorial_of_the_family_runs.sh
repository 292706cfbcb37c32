#!/usr/bin/env bash
# Every command of docs/family.md, in its order, and that what the page says of them is so.
# shellcheck source=tests/scenario/support/tutorial.sh
. "$(dirname "$0")/support/tutorial.sh"
tutorial docs/family.md
said=$(cat tutorial.out)
like "Anna comes in" 'anna@home.example' "$said"
like "nobody in particular does not" 'exit code 1: refused' "$said"
like "and is told that a certificate is needed" 'requires a client certificate' "$said"
like "inspect says that key and certificate belong together" 'belong' "$said"
like "the lost phone is out" 'exit code 1: revoked' "$said"
like "and is told so" 'Your certificate has been revoked' "$said"
is "there is a file for each device" 3 "$(find work -maxdepth 1 -name '*.p12' | wc -l)"
done_testing
