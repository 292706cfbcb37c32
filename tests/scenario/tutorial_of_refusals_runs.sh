#!/usr/bin/env bash
# Every command of docs/refused.md, in its order, and that what the page says of them is so.
# shellcheck source=tests/scenario/support/tutorial.sh
. "$(dirname "$0")/support/tutorial.sh"
tutorial docs/refused.md
said=$(cat tutorial.out)
like "Bob's probe fails" 'exit code 1: it does not work' "$said"
like "and says that he is revoked" 'Your certificate has been revoked' "$said"
like "the report is a page" '<!doctype html>' "$(head -c 200 work/report.html | tr '[:upper:]' '[:lower:]')"
like "why names who it was" 'carol@guests.example.com' "$said"
like "and the cause" 'HC-2001' "$said"
like "why --probe joins both ends" 'HC-1401' "$said"
like "explain knows the line" 'revoked' "$said"
unlike "no key is anywhere" 'PRIVATE KEY' "$said $(cat work/report.html work/probe.json)"
done_testing
