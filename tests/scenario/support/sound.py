"""sound.py HOME BASE - says what is wrong with a home whose last command was killed; BASE is a copy from before it.
sound.py HOME - says which certificates are in nobody's hands although the command was done again and said that all is well.

Prints a line for each rule that does not hold and exits 1 when there is one. HANDCLASP names the program. The home is used as
its owner would: the first command is publish. What others read of it is read by others: openssl, SQLite and Python's own TLS.
"""

import hashlib
import json
import os
import pathlib
import re
import sqlite3
import ssl
import subprocess
import sys

HANDCLASP = os.environ["HANDCLASP"]
problems = []


def problem(text):
    problems.append(text)


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    return done.returncode, done.stdout, done.stderr.strip()


def handclasp(home, *words):
    return run(HANDCLASP, "--home", str(home), *words)


def crls(home):
    """{issuer: (number, {serial, ...})} as openssl reads what is published, each signed by its issuer."""
    found = {}
    for file in sorted((home / "publish/crl").glob("*.crl")):
        ca = home / "authority" / (file.stem + ".cert.pem")
        code, text, error = run("openssl", "crl", "-inform", "DER", "-in", str(file), "-noout", "-text", "-CAfile", str(ca))
        number = re.search(r"CRL Number:\s*(\d+|0x[0-9A-Fa-f]+)", text)
        if code != 0 or "verify OK" not in error or not number:
            problem(f"openssl does not take {file.name}: {error}")
            continue
        serials = {s.lower().lstrip("0") for s in re.findall(r"Serial Number: ([0-9A-Fa-f]+)", text)}
        found[file.stem] = (int(number.group(1), 0), serials)
    return found


def not_fallen(before, after, when):
    for issuer, (number, _) in before.items():
        if issuer not in after:
            problem(f"{when}: the CRL of {issuer} is gone")
        elif after[issuer][0] < number:
            problem(f"{when}: the CRL number of {issuer} fell from {number} to {after[issuer][0]}")


def same_revocations(rows, published):
    """What the ledger revokes is on the CRL, and the other way round."""
    for issuer, (_, on_crl) in published.items():
        in_ledger = {r["serial"].lstrip("0") for r in rows if r["issuer"] == issuer and r["state"] == "revoked"}
        for serial in sorted(in_ledger - on_crl):
            problem(f"{serial} is revoked in the ledger and not on the CRL of {issuer}")
        for serial in sorted(on_crl - in_ledger):
            problem(f"{serial} is on the CRL of {issuer} and not revoked in the ledger")


def sha256_of(cert):
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(cert.read_text())).hexdigest()


def unchanged(directory, base):
    old = base / "identities" / directory.name
    names = sorted(f.name for f in directory.iterdir())
    return (
        old.is_dir()
        and names == sorted(f.name for f in old.iterdir())
        and all((directory / n).read_bytes() == (old / n).read_bytes() for n in names)
    )


def check_directory(directory):
    """Its certificate verifies against its bundle, and its key is the certificate's."""
    cert, chain, bundle, key = (str(directory / n) for n in ("cert.pem", "chain.pem", "bundle.pem", "key.pem"))
    code, _, error = run("openssl", "verify", "-x509_strict", "-CAfile", bundle, "-untrusted", chain, cert)
    if code != 0:
        problem(f"openssl does not verify {cert}: {error}")
    if not os.path.exists(key):  # a request of somebody who kept it
        return
    if os.stat(key).st_mode & 0o077:
        problem(f"{key} can be read by others")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(chain, key)
    except (ssl.SSLError, OSError) as why:
        problem(f"{chain} and {key} do not belong together: {why}")


def identities(home, base, rows):
    """The rows whose certificate lies in a directory. Nothing there is unrecorded."""
    by_hash = {r["sha256"]: r for r in rows}
    held = []
    for directory in sorted((home / "identities").iterdir()):
        if directory.name.startswith("."):  # on its way when the command ended; it is swept by the next one
            continue
        if not (directory / "cert.pem").exists():
            problem(f"{directory} has no cert.pem")
            continue
        row = by_hash.get(sha256_of(directory / "cert.pem"))
        if row is None:
            problem(f"the ledger does not know {directory}/cert.pem")
            continue
        held.append(row)
        if not unchanged(directory, base):
            check_directory(directory)
    return held


def who(row):
    return row["identity"], row["label"]


def nobody_has(home, rows, held):
    """A certificate that was recorded and never handed out is told to whoever asks for that name again, and how to end it."""
    present = {who(r) for r in held}
    for row in rows:
        if row["state"] != "valid" or row["profile"].endswith("-ca") or who(row) in present:
            continue
        name = row["identity"].partition(":")[2]
        label = ["--as", row["label"]] if row["label"] else []
        code, _, error = handclasp(home, "issue", row["profile"], name, *label)
        if code != 1 or "HC-7006" not in error or f"revoke --serial {row['serial']}" not in error:
            problem(f"nobody is told of {row['serial']} of {name}: exit {code}, {error}")


def check_ledger(home, base):
    """Whole, and still the continuation of what it was before."""
    with sqlite3.connect(home / "authority/ledger.db") as ledger:
        for pragma in ("integrity_check", "foreign_key_check"):
            said = ledger.execute("PRAGMA " + pragma).fetchall()
            if said not in ([("ok",)], []):
                problem(f"SQLite's {pragma}: {said[:3]}")
    ledger.close()
    if handclasp(home, "ledger", "verify", "--help")[0] == 0:
        head = base / "publish/ledger-head"
        for since in ([], ["--head", str(head)]) if head.exists() else ([],):
            code, out, error = handclasp(home, "ledger", "verify", *since)
            if code != 0:
                problem(f"ledger verify {' '.join(since)}: exit {code}, {out.strip()} {error}")


def leftovers(home):
    """None, once another certificate has been issued and every CRL signed again."""
    for words in (("issue", "client", "sound-check.example"), ("publish", "--force")):
        code, _, error = handclasp(home, *words)
        if code != 0:
            problem(f"{' '.join(words)}: exit {code}, {error}")
    for path in sorted(home.rglob(".*")):
        problem(f"{path.relative_to(home)} was left behind")


def handed_out(home):
    """Of each name and label that has a valid certificate there is a directory with one."""
    rows = json.loads(handclasp(home, "list", "--all", "--json")[1])
    present = {who(r) for r in identities(home, home, rows)}
    for name, label in sorted({who(r) for r in rows if r["state"] == "valid" and not r["profile"].endswith("-ca")} - present):
        problem(f"{name} {label} has a valid certificate and no directory")


def judge(home, base):
    before, found = crls(base), crls(home)
    not_fallen(before, found, "before the next command")
    if (home / "publish/bundle.pem").read_bytes() != (base / "publish/bundle.pem").read_bytes():
        problem("the published bundle changed")
    code, _, error = handclasp(home, "publish")
    if code != 0:
        problem(f"publish: exit {code}, {error}")
    published = crls(home)
    not_fallen(found, published, "after publish")
    code, out, error = handclasp(home, "list", "--all", "--json")
    if code != 0:
        problem(f"list: exit {code}, {error}")
    else:
        rows = json.loads(out)
        same_revocations(rows, published)
        nobody_has(home, rows, identities(home, base, rows))
    check_ledger(home, base)
    leftovers(home)


def main():
    home, base = pathlib.Path(sys.argv[1]), sys.argv[2:]
    if base:
        judge(home, pathlib.Path(base[0]))
    else:
        handed_out(home)
    for text in problems:
        print(text)
    return 1 if problems else 0


sys.exit(main())
