"""conformance.py KIND SUITE VERDICTS PAGE - are the verdicts those that the suite expects, but for the rows of a table?

KIND is limbo, bettertls or pkits, SUITE its file as plain JSON, VERDICTS what handclasp verify --suite printed, PAGE the page with
the table: rows "| KIND | `id` | expected | ours | clause | why |".

Refused: a verdict missing or too many, or in another order; a case accepted that is to be refused, whatever the table says, unless
its row says "accepted on purpose"; any other difference without a row; a row of a case that is in the suite, and that is no
difference (any more). The last line counts.
"""

import collections
import json
import re
import sys

ROW = re.compile(r"^\| (limbo|bettertls|pkits) \| `([^`]+)` \| (\w+) \| (\w+) \| ([^|]+) \| ([^|]+) \|$", re.M)
VERDICTS = ("SUCCESS", "FAILURE", "SKIPPED")


def expected_of(kind, suite):
    """{id: verdict}, in the order of the file."""
    if kind == "limbo":
        return {case["id"]: case["expected_result"] for case in suite["testcases"]}
    if kind == "pkits":
        return {case["name"]: {"true": "SUCCESS", "false": "FAILURE"}[case["should_validate"]] for case in suite}
    return {
        f"{name}::{case['id']}": {"ACCEPT": "SUCCESS", "REJECT": "FAILURE"}[case["expected"]]
        for name, part in suite["suites"].items()
        for case in part["testCases"]
    }


def rows_of(kind, page):
    return {row[1]: row[2:] for row in ROW.findall(page) if row[0] == kind}


def problems_of(kind, expected, verdicts, rows):
    if verdicts.get("version") != 1 or verdicts.get("harness") != "handclasp":
        yield "the document does not begin as it should"
    results = verdicts["results"]
    if [result["id"] for result in results] != list(expected):
        yield "the ids are not those of the suite, in their order"
        return
    for result in results:
        name, ours, want = result["id"], result["actual_result"], expected[result["id"]]
        row = rows.get(name)
        if ours not in VERDICTS or (ours == "SUCCESS") == bool(result["context"]):
            yield f"{name}: {ours} with the context {result['context']}"
        if ours == want and row:
            yield f"{name}: is as expected, and still has a row"
        elif ours != want and not row:
            yield f"{name}: {ours} instead of {want}, without a row: {result['context']}"
        elif ours != want and (row[0], row[1]) != (want, ours):
            yield f"{name}: {ours} instead of {want}, and its row says {row[1]} instead of {row[0]}"
        if ours == "SUCCESS" and want == "FAILURE" and not (row and row[3].startswith("accepted on purpose")):
            yield f"{name}: ACCEPTED, and is to be refused"


def main(kind, suite, verdicts, page):
    with open(suite, encoding="utf-8") as file:
        expected = expected_of(kind, json.load(file))
    with open(verdicts, encoding="utf-8") as file:
        said = json.load(file)
    with open(page, encoding="utf-8") as file:
        rows = rows_of(kind, file.read())
    problems = list(problems_of(kind, expected, said, rows))
    for problem in problems:
        print(problem)
    count = collections.Counter(
        "right" if result["actual_result"] == expected.get(result["id"]) else result["actual_result"].lower()
        for result in said["results"]
    )
    print(f"{len(expected)} cases: " + ", ".join(f"{n} {what}" for what, n in sorted(count.items(), reverse=True)))
    return 1 if problems or not expected else 0


sys.exit(main(*sys.argv[1:]))
