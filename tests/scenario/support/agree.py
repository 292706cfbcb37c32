"""agree.py [--cases N] [--seed N] [--only WORD] DIRECTORY - one question about revocation to three programs.

Makes a root, an issuer and leaves for each kind of key in DIRECTORY, and from them cases: what CRLs are there, and what is odd about
them. Each is judged by
  handclasp verify --bundle ROOT --untrusted ISSUER --crl ...
  openssl verify -crl_check_all -x509_strict -use_deltas
  certtool --verify-crl (GnuTLS), for each CA the CRLs that are there for it: one must pass, and none that passes may list the serial
and the three verdicts are compared. They are the same, and right, or the case belongs to a class of CLASSES, which says who answers
what and why. Anything else has failed. The last line is "N passed, N failed".

HANDCLASP names the program (handclasp). --only takes the cases with WORD in their name.
"""

import argparse
import collections
import concurrent.futures
import dataclasses
import datetime
import functools
import os
import pathlib
import random
import re
import subprocess
import sys

from agree_make import DAY, HOUR, ISSUER_SERIAL, KINDS, LEAF_SERIAL, LIMIT, NOW, Crl, World, crl_der, pem

HANDCLASP = os.environ.get("HANDCLASP", "handclasp")
CRL_SKEW = 5 * 60  # HC_REVOCATION_SKEW

# --- cases ------------------------------------------------------------------------------------------------------------

GOOD = Crl()
FULL_OLD = Crl(number=7, this=-2 * HOUR, freshest=True)
# What the CRLs of a CA may be: a word, and the CRLs. The word is part of the case's name and what the classes look at.
FOR_ANY = {
    "good": [GOOD],
    "absent": [],
    "revoked": [Crl(revoked=True)],
    "good among others": [Crl(others=9)],
    "good empty list": [Crl(empty_list=True)],
    "stale": [Crl(this=-9 * DAY, next=-DAY)],
    "stale revoked": [Crl(revoked=True, this=-9 * DAY, next=-DAY)],
    "future": [Crl(this=HOUR)],
    "future revoked": [Crl(revoked=True, this=HOUR)],
    "within skew": [Crl(this=CRL_SKEW // 2)],
    "wrong signer": [Crl(signer="stranger")],
    "wrong signer revoked": [Crl(signer="stranger", revoked=True)],
    "forged": [Crl(signer="stranger", aki="posing")],
    "forged revoked": [Crl(signer="stranger", aki="posing", revoked=True)],
    "good and forged": [GOOD, Crl(number=8, this=-HOUR // 2, signer="stranger", aki="posing", revoked=True)],
    "of a stranger": [Crl(signer="stranger", subject="stranger")],
    "of a stranger revoked": [Crl(signer="stranger", subject="stranger", revoked=True)],
    "cut": [Crl(damage="cut")],
    "bad signature": [Crl(damage="signature")],
    "bad contents": [Crl(damage="contents")],
    "two algorithms": [Crl(damage="outer")],
    "no number": [Crl(number=-1)],
    "no number revoked": [Crl(number=-1, revoked=True)],
    "number of 20 octets": [Crl(number=1 << 158)],
    "number of 21 octets": [Crl(number=1 << 160)],
    "no next update": [Crl(next=0)],
    "version 1": [Crl(version=1)],
    "no key identifier": [Crl(aki="none")],
    "wrong key identifier": [Crl(aki="wrong")],
    "critical extension": [Crl(critical="list")],
    "critical extension revoked": [Crl(critical="list", revoked=True)],
    "critical entry extension": [Crl(critical="entry")],
    "critical entry extension revoked": [Crl(critical="entry", revoked=True)],
    "indirect": [Crl(idp=("indirect",))],
    "only attributes": [Crl(idp=("attribute",))],
    "some reasons": [Crl(idp=("reasons",))],
    "two good": [GOOD, Crl(number=8, this=-HOUR // 2)],
    "newer revoked": [GOOD, Crl(number=8, this=-HOUR // 2, revoked=True)],
    "good and stale": [Crl(number=6, this=-9 * DAY, next=-DAY), GOOD],
    "good and wrong signer": [GOOD, Crl(number=8, this=-HOUR // 2, signer="stranger", revoked=True)],
    "good and a stranger's": [Crl(signer="stranger", subject="stranger", revoked=True), GOOD],
    "delta alone": [Crl(delta=6, number=8)],
    "delta confirms": [FULL_OLD, Crl(delta=7, number=8)],
    "delta revokes": [FULL_OLD, Crl(delta=7, number=8, revoked=True)],
    "delta removes": [Crl(number=7, this=-2 * HOUR, freshest=True, revoked=True, reason=6), Crl(delta=7, number=8, remove=True)],
    "delta of another base": [FULL_OLD, Crl(delta=9, number=10, revoked=True)],
    "delta of another base confirms": [FULL_OLD, Crl(delta=9, number=10)],
    "delta forged": [FULL_OLD, Crl(delta=7, number=8, revoked=True, signer="stranger", aki="posing")],
    "delta without freshest revokes": [Crl(number=7, this=-2 * HOUR), Crl(delta=7, number=8, revoked=True)],
    "delta of a stranger's key": [FULL_OLD, Crl(delta=7, number=8, revoked=True, signer="stranger")],
    "remove in a complete one": [Crl(remove=True)],
    "good until 2060": [Crl(next=34 * 365 * DAY)],
    "weak signature": [Crl(weak=True)],
    "weak signature revoked": [Crl(weak=True, revoked=True)],
} | {f"revoked {at} of {n}": [Crl(revoked=True, others=n, at=at)] for n in (3, 2000) for at in ("first", "middle", "last")
     } | {f"revoked for {reason}": [Crl(revoked=True, reason=reason)] for reason in (0, 1, 2, 3, 4, 5, 6, 9, 10)
     } | {"many others": [Crl(others=2000)], "revoked twice": [Crl(revoked=True, twice=True, others=2)],
          "revoked in the second of two parts": [Crl(idp=("user",)), Crl(idp=("ca",), revoked=True)]}
FOR_LEAF = {
    "users only": [Crl(idp=("user",))],
    "users only revoked": [Crl(idp=("user",), revoked=True)],
    "CAs only": [Crl(idp=("ca",))],
    "signed by the root": [Crl(signer="root")],
}
FOR_ISSUER = {
    "CAs only": [Crl(idp=("ca",))],
    "CAs only revoked": [Crl(idp=("ca",), revoked=True)],
    "users only": [Crl(idp=("user",))],
    "signed by the issuer": [Crl(signer="issuer")],
}
FOR_SHARDED_LEAF = {
    "its shard": [Crl(idp=("dp",))],
    "its shard revoked": [Crl(idp=("dp",), revoked=True)],
    "another shard": [Crl(idp=("other-dp",))],
    "both shards": [Crl(idp=("other-dp",)), Crl(idp=("dp",))],
    "both shards revoked": [Crl(idp=("other-dp",)), Crl(idp=("dp",), revoked=True)],
    "complete": [GOOD],
    "complete revoked": [Crl(revoked=True)],
}
EDGE = {  # judged at the second; certtool can only judge now
    "last second": [Crl(next=DAY)],
    "second after": [Crl(next=DAY - 1)],
    "last second but one": [Crl(next=DAY + 1)],
}


@dataclasses.dataclass
class Case:
    kind: str
    leaf: str  # the CRLs of the issuer
    issuer: str  # the CRLs of the root
    leaf_crls: list
    issuer_crls: list
    shape: str = "plain"
    later: int = 0  # seconds after now, when it is judged
    issuer_file: str = "issuer"

    @property
    def name(self):
        more = "" if self.shape == "plain" else f", {self.shape}"
        more += ", issuer without cRLSign" if self.issuer_file != "issuer" else ""
        return f"{self.kind}{more}: leaf [{self.leaf}], issuer [{self.issuer}]"


def can_be(case):
    """Ed25519 has no digest to be weak."""
    return not (case.kind == "ed25519" and any(crl.weak for crl in case.leaf_crls + case.issuer_crls))


def all_cases(seed):
    """The systematic ones first, shuffled, so that a few are a fair choice; then as many pairs as anybody likes."""
    leaf, issuer = FOR_ANY | FOR_LEAF, FOR_ANY | FOR_ISSUER
    out = []
    for word in leaf:  # every oddity at either place, with each kind of key
        out += [Case(kind, word, "good", leaf[word], [GOOD]) for kind in KINDS]
    for word in issuer.keys() - {"good"}:
        out += [Case(kind, "good", word, [GOOD], issuer[word]) for kind in KINDS]
    for word, crls in FOR_SHARDED_LEAF.items():
        out += [Case(kind, word, "good", crls, [GOOD], "sharded") for kind in KINDS]
    for word, crls in EDGE.items():
        out += [Case(kind, word, "good", crls, [Crl(next=2 * DAY)], later=DAY) for kind in KINDS]
    for word in ("good", "revoked"):
        out += [Case(kind, word, "good", leaf[word], [GOOD], issuer_file="no_crl_sign") for kind in KINDS]
    out.sort(key=lambda case: case.name)
    rng = random.Random(seed)
    rng.shuffle(out)
    while True:
        yield from filter(can_be, out)
        out = [Case(rng.choice(KINDS), a, b, leaf[a], issuer[b]) for a, b in
               ((rng.choice(list(leaf)), rng.choice(list(issuer))) for _ in range(100))]


# --- the three judges -------------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Verdict:
    yes: bool
    text: str


def judge(*command):
    done = subprocess.run(command, capture_output=True, timeout=LIMIT, check=False)
    text = (done.stdout + done.stderr).decode(errors="replace")
    if done.returncode < 0 or "AddressSanitizer" in text:
        raise RuntimeError(f"{command[0]} died: {text}")
    return done.returncode, text


def by_handclasp(world, case, files):
    at = datetime.datetime.fromtimestamp(NOW + case.later, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    code, text = judge(
        HANDCLASP, "verify", str(world.leaves[case.shape]), "--untrusted", str(issuer_file(world, case)), "--bundle",
        str(world.root.file), "--at", at, *(word for path in files for word in ("--crl", str(path))))
    if code not in (0, 1, 3):
        raise RuntimeError(f"handclasp ended with {code}: {text}")
    return Verdict(code == 0, text)


def issuer_file(world, case):
    return world.issuer.file if case.issuer_file == "issuer" else world.no_crl_sign


def by_openssl(world, case, files, place):
    together = place / "all.crl.pem"
    together.write_text("".join(path.read_text() for path in files))
    code, text = judge(
        "openssl", "verify", "-crl_check_all", "-x509_strict", "-use_deltas", "-no-CApath", "-no-CAstore", "-attime",
        str(NOW + case.later), "-CAfile", str(world.root.file), "-untrusted", str(issuer_file(world, case)), "-CRLfile",
        str(together), str(world.leaves[case.shape]))
    return Verdict(code == 0, text)


@functools.lru_cache(maxsize=None)
def certtool_verifies(text, ca):
    done = subprocess.run(["certtool", "--verify-crl", "--load-ca-certificate", ca], input=text.encode(), capture_output=True,
                          timeout=LIMIT, check=False)
    return done.returncode == 0


@functools.lru_cache(maxsize=None)
def certtool_lists(text):
    done = subprocess.run(["certtool", "--crl-info"], input=text.encode(), capture_output=True, timeout=LIMIT, check=False)
    return frozenset(int(serial, 16) for serial in re.findall(r"Serial Number \(hex\): ([0-9a-f]+)", done.stdout.decode()))


def by_certtool(world, case, leaf_files, issuer_files):
    if case.later:
        return None
    words = []
    for files, ca, serial in ((leaf_files, issuer_file(world, case), LEAF_SERIAL), (issuer_files, world.root.file, ISSUER_SERIAL)):
        passed = [text for text in (path.read_text() for path in files) if certtool_verifies(text, str(ca))]
        if not passed:
            words.append(f"no CRL of {ca.stem} passes")
        elif any(serial in certtool_lists(text) for text in passed):
            words.append(f"{serial:x} is listed")
    return Verdict(not words, "; ".join(words))


# --- where they differ ------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Class:
    answers: str  # of handclasp, openssl, certtool to these CRLs alone: y, n
    place: str  # leaf: they are the issuer's, issuer: the root's, either
    words: tuple
    why: str


CLASSES = (
    Class("nny", "either", (
        "critical extension", "critical entry extension", "indirect", "only attributes", "some reasons", "delta alone"),
        "certtool judges the signature and the dates of a CRL; what its critical extensions say of it, it does not read"),
    Class("nny", "leaf", ("CAs only", "another shard"),
          "certtool does not read for which certificates a CRL speaks (issuingDistributionPoint)"),
    Class("nny", "issuer", ("users only",), "the same for the CRL of the root"),
    Class("nny", "leaf", ("wrong key identifier",), "certtool does not compare key identifiers; the key itself is right"),
    Class("yny", "issuer", ("wrong key identifier",),
          "the same; handclasp verify takes it for no CRL of the root, says yes, and says that the CAs were not checked"),
    Class("nyn", "leaf", ("revoked in the second of two parts",),
          "the serial stands in a CRL that does not speak for it: such a CRL cannot clear, but whatever is listed is out"),
    Class("ynn", "issuer", ("absent", "of a stranger", "of a stranger revoked", "signed by the issuer", "wrong signer",
                            "wrong signer revoked"),
          "handclasp verify says yes without any CRL of the root, and says that the CAs were not checked; a gate with "
          "`check: chain` refuses"),
    Class("ynn", "either", ("within skew",),
          "a CRL may be five minutes ahead of the clock (HC_REVOCATION_SKEW): clocks differ, and it is newer, not older"),
    Class("ynn", "leaf", ("last second",), "nextUpdate is the last second for which a CRL counts; to openssl it is the first "
                                           "for which it does not"),
    Class("nyy", "either", ("no number", "number of 21 octets", "no next update", "version 1"),
          "handclasp asks for what RFC 5280 5.1.2.1, 5.1.2.5 and 5.2.3 demand: without number and dates an old CRL cannot "
          "be told from a new one"),
    Class("yny", "leaf", ("good and forged", "delta forged"),
          "a forged CRL beside a good one: handclasp takes the one that the issuer signed, openssl the newer one"),
    Class("nny", "issuer", ("good and forged", "delta forged"),
          "the same, but of an anchor: that it did not sign what is given in its name is known at once, and refused by "
          "handclasp verify"),
    Class("nyy", "either", ("weak signature",), "SHA-1 under a signature is not accepted"),
    Class("nyn", "either", ("remove in a complete one",),
          "removeFromCRL in a complete CRL means nothing [RFC 5280 5.3.1]: malformed; to openssl it clears the serial, to "
          "certtool it lists it"),
    Class("nyn", "either", ("delta of another base", "delta without freshest revokes"),
          "openssl looks for a delta only when freshestCRL is there, and leaves out one that does not fit; what a delta of the "
          "issuer lists is out all the same"),
    Class("yyn", "either", ("delta removes",), "certtool does not know deltas: the serial stands in the complete CRL"),
)


# Of no class, and good: with these the three must say yes, with all other words of no class no. That they agree is not enough, for
# they would also agree when none of them looked.
CLEAR = frozenset((
    "good", "good among others", "good empty list", "good until 2060", "many others", "no key identifier", "number of 20 octets",
    "two good", "good and stale", "good and wrong signer", "good and a stranger's", "delta confirms", "delta of a stranger's key",
    "delta of another base confirms", "users only", "CAs only", "its shard", "both shards", "complete", "last second but one"))


def row_of(place, word):
    return next((row for row in CLASSES if row.place in (place, "either") and word in row.words), None)


def answer(verdict):
    return "-" if verdict is None else "y" if verdict.yes else "n"


def expected(case):
    """(the classes it belongs to, the answers that are right). Whoever refuses one half refuses the whole."""
    rows, halves = [], []
    for place, word in (("leaf", case.leaf), ("issuer", case.issuer)):
        row = row_of(place, word)
        rows += [row] if row else []
        halves.append(row.answers if row else "yyy" if word in CLEAR else "nnn")
    if case.issuer_file != "issuer":
        halves.append("nnn")
    return rows, "".join("y" if all(half[i] == "y" for half in halves) else "n" for i in range(3))


def fits(answers, right):
    return all(got in ("-", want) for got, want in zip(answers, right))


# --- all of it --------------------------------------------------------------------------------------------------------


def write_crls(world, own, serial, crls, place):
    files = []
    for i, crl in enumerate(crls):
        path = place / f"{own}-{i}.crl"
        path.write_text(pem("X509 CRL", made_crl(world, own, serial, crl)))
        files.append(path)
    return files


_made = {}


def made_crl(world, own, serial, crl):
    """Each is signed once; the same bytes are then known to certtool_verifies as well."""
    key = (world.kind, own, crl)
    if key not in _made:
        _made[key] = crl_der(world, own, serial, crl)
    return _made[key]


def try_case(worlds, top, number, case):
    world, place = worlds[case.kind], top / f"{number:04d}"
    place.mkdir()
    leaf_files = write_crls(world, "issuer", LEAF_SERIAL, case.leaf_crls, place)
    issuer_files = write_crls(world, "root", ISSUER_SERIAL, case.issuer_crls, place)
    files = leaf_files + issuer_files
    if not files:  # with none, handclasp would not look at revocation at all, and says so
        files = write_crls(world, "stranger", 1, [GOOD], place)
    verdicts = (by_handclasp(world, case, files), by_openssl(world, case, files, place),
                by_certtool(world, case, leaf_files, issuer_files))
    return case, place, verdicts


def tell_failure(case, place, verdicts):
    print(f"not the same: {case.name}")
    for program, verdict in zip(("handclasp", "openssl", "certtool"), verdicts):
        if verdict is not None:
            text = " | ".join(verdict.text.split("\n")[:12])
            print(f"  {program}: {'yes' if verdict.yes else 'no'}: {text[:600]}")
    print(f"  files: {place}", flush=True)


def choose(options):
    cases = []
    for case in all_cases(options.seed):
        if options.only in case.name:
            cases.append(case)
        if len(cases) == options.cases:
            return cases
    raise AssertionError("there is no end of cases")


def main():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--cases", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("directory", type=pathlib.Path)
    options = parser.parse_args()
    worlds = {kind: World(options.directory, kind) for kind in KINDS}
    counts, passed, failed = collections.Counter(), 0, 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        tries = [pool.submit(try_case, worlds, options.directory, i, case) for i, case in enumerate(choose(options))]
        for one in tries:
            case, place, verdicts = one.result()
            answers = "".join(map(answer, verdicts))
            rows, right = expected(case)
            if not fits(answers, right):
                failed += 1
                tell_failure(case, place, verdicts)
                continue
            passed += 1
            counts.update([answers.replace("-", answers[0])] if len(set(answers) - {"-"}) == 1 else rows)
    print_counts(counts)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def print_counts(counts):
    print(f"{counts['yyy']:5d}  all say yes")
    print(f"{counts['nnn']:5d}  all say no")
    for row in CLASSES:
        if counts[row]:
            print(f"{counts[row]:5d}  handclasp {row.answers[0]}, openssl {row.answers[1]}, certtool {row.answers[2]}: {row.why}")


if __name__ == "__main__":
    sys.exit(main())
