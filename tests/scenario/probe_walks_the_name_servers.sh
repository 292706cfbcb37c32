#!/usr/bin/env bash
# The probe tells who said where a name leads: the name server that was asked, addresses and their TTL, and with --dns-trace the walk
# from the root.
. "$(dirname "$0")/lib.sh"

start tree /usr/bin/python3 "$ROOT/tests/scenario/support/dns_tree.py"
wait_for 5 test -s tree.log
dns=$(head -n 1 tree.log)
port=$(free_port) # where nobody listens: the names are what matters

look() {
    "$HANDCLASP" probe "$1:$port" --steps --dns-server "127.0.0.3:$dns" --dns-trace --dns-root "127.0.0.1:$dns"
}
no "nobody listens there" 1 look shop.example.test
said=$(cat stdout)
like "the server that was asked is named" "asked +127\.0\.0\.3:$dns" "$said"
like "the address and how long it holds" 'address +127\.0\.0\.1 \(may be kept for 60 s\)' "$said"
like "the walk begins at the root" "walk +\. asked at 127\.0\.0\.1:$dns.*names 1 server of[[:space:]]+test\." "$said"
like "goes on at the top-level domain" "test\. asked at ns\.test\. \(127\.0\.0\.2:$dns\).*names[[:space:]]+1 server of example\.test\." "$said"
like "and ends where it is known" "example\.test\. asked at ns1\.example\.test\.[[:space:]]+\(127\.0\.0\.3:$dns\).*127\.0\.0\.1 \(TTL 60 s\)" "$said"
like "the verdict is about the port, not the name" 'connection-refused' "$said"

no "the same as JSON" 1 "$HANDCLASP" probe "shop.example.test:$port" --json --dns-server "127.0.0.3:$dns" --dns-trace \
    --dns-root "127.0.0.1:$dns"
is "with every step of the walk" ". test. example.test." "$(/usr/bin/python3 -c 'import json
print(*[step["zone"] for step in json.load(open("stdout"))["dns"]["walk"]])')"

no "a root that nobody answers at is told" 1 "$HANDCLASP" probe "shop.example.test:$port" --steps --dns-server "127.0.0.3:$dns" \
    --dns-trace --dns-root "127.0.0.9:$dns"
like "and the name is still looked up" 'connection-refused' "$(cat stdout)"
stop tree || true
done_testing
