#!/usr/bin/env python3
"""shown.py - is every cause of causes.def shown by a row of the table of peers and causes?

Usage: shown.py CAUSES.DEF; prints TAP lines as causes.py does
"""
import os
import pathlib
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import causes  # noqa: E402
import peers  # noqa: E402
import services  # noqa: E402


def shown():
    """Each (side, cause) that some peer must give."""
    rows = {(row.side, row.cause) for group in services.ROWS.values() for row in group}
    rows |= {causes.expected(row, peer) for row in causes.ROWS for peer in peers.KINDS}
    return {pair for pair in rows if pair}


def main():
    text = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
    known = {slug: side.lower() for slug, side in re.findall(r'^HC_CAUSE\(\w+, "([a-z0-9-]+)", (\w+),', text, re.MULTILINE)}
    pairs = shown()
    for slug, side in known.items():
        if slug in causes.UNSHOWN:
            fine, title = (side, slug) not in pairs, f"{slug} is shown by no row: {causes.UNSHOWN[slug]}"
        else:
            fine, title = (side, slug) in pairs, f"{slug} is shown by a peer"
        print(f"{'ok' if fine else 'not ok'} - {title}")
    for slug in sorted(({cause for _, cause in pairs} | set(causes.UNSHOWN)) - set(known)):
        print(f"not ok - {slug} is a cause that causes.def has")
    print(f"{'ok' if len(known) > 100 else 'not ok'} - the causes were read")


if __name__ == "__main__":
    main()
