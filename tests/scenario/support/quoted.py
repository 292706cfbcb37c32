"""quoted.py - is what a page quotes what its commands have printed?

Usage: quoted.py PAGE OUTPUT     each ```text block of PAGE must occur in OUTPUT, line by line and in order, apart from numbers,
                                 random bytes, spaces and the length of arrows. Prints the lines that do not; nothing when all do.
"""
import re
import sys


def normal(line):
    line = re.sub(r"\b[0-9a-f]{8,}\b", "H", line)  # a fingerprint may be broken over two lines
    line = re.sub(r"\b(?=[a-z]*\d)[0-9a-hjkmnp-tv-z]{12}\b", "R", line)  # the id of a refusal
    line = re.sub(r"\d+", "#", line)
    return re.sub(r"([\s─═])\1*", r"\1", line.replace("\t", " ")).strip()


def blocks(page):
    for block in re.findall(r"^```text\n(.*?)^```$", page, re.M | re.S):
        yield [normal(line) for line in block.splitlines() if line.strip() and line.strip() != "..."]


def missing(block, output):
    """The first line of the block that does not follow, or None; the block may begin anywhere."""
    starts = [i for i, line in enumerate(output) if line == block[0]]
    furthest = 0
    for start in starts:
        at, found = start, 0
        for line in block:
            try:
                at = output.index(line, at) + 1
            except ValueError:
                break
            found += 1
        if found == len(block):
            return None
        furthest = max(furthest, found)
    return block[furthest]


def main():
    with open(sys.argv[1], encoding="utf-8") as page, open(sys.argv[2], encoding="utf-8") as output:
        lines = [normal(line) for line in output]
        for block in blocks(page.read()):
            line = missing(block, lines)
            if line is not None:
                print(line)


if __name__ == "__main__":
    main()
