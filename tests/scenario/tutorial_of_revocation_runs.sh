#!/usr/bin/env bash
# Every command of docs/revocation.md, in its order, and that what the page says of them is so.
# shellcheck source=tests/scenario/support/tutorial.sh
. "$(dirname "$0")/support/tutorial.sh"
tutorial docs/revocation.md
said=$(cat tutorial.out)
like "two are connected" '2 connections' "$said"
like "Alice's is closed" '1 gate, 1 connection closed, [0-9]+ ms' "$said"
like "which her curl says" 'curl: \(56\)' "$(cat work/alice.said)"
like "Bob's goes on" 'shop +email:bob@example.com .*[[:space:]]1 connection[[:space:]]' "$said"
like "a gate with copies has not obeyed" 'does not have the new CRL' "$said"
like "which is exit code 1" 'exit code 1: not every gate has it' "$said"
like "once they are brought it has" '2 gates, [0-9]+ connections? closed' "$said"
like "and Bob is out" 'curl: \(56\)' "$(cat work/bob.said)"
like "as verify says, with the reason" 'exit code 1: it would be refused' "$said"
like "and the log" '"?id"?[=:]"?HC-1401' "$(cat work/shop.log)"
done_testing
