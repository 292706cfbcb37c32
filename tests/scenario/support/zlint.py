"""zlint.py ZLINT FILE... - what zlint says of certificates and CRLs in PEM, by the sources that bind everybody.

Prints "LEVEL LINT FILE DETAILS" for each finding and exits 1 when one is a warning or worse; notices do not count. The last line
is the number of files. Sources that speak for public authorities only (browsers' forum, root programmes) are left out.
"""

import json
import subprocess
import sys

SOURCES = {"RFC3279", "RFC5280", "RFC5480", "RFC5891", "RFC8813"}
FINE = {"pass", "NA", "NE"}


def names(zlint):
    """By name, because zlint's own choice by source does not know all the sources that it lists."""
    text = subprocess.run([zlint, "-list-lints-json"], check=True, capture_output=True, text=True).stdout
    lints = [json.loads(line) for line in text.splitlines()]
    chosen = sorted({lint["name"] for lint in lints if lint["source"] in SOURCES})
    if not {"RFC5280", "RFC5480", "RFC8813"} <= {lint["source"] for lint in lints}:
        sys.exit("zlint.py: this zlint lacks a source")
    return chosen


def main():
    zlint, files = sys.argv[1], sys.argv[2:]
    command = [zlint, "-includeNames", ",".join(names(zlint)), *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    if done.returncode != 0 or len(lines) != len(files):
        sys.exit(f"zlint.py: {len(lines)} answers for {len(files)} files, exit {done.returncode}: {done.stderr}")
    bad = False
    for file, line in zip(files, lines):
        for lint, said in sorted(json.loads(line).items()):
            if said["result"] not in FINE:
                print(said["result"], lint, file, said.get("details", ""))
                bad = bad or said["result"] not in ("info", "notice")
    print(len(files))
    sys.exit(bad)


main()
