"""sound.py - what must hold of an authority whose last command was killed or ran out of disk.

    scene = Scene(pathlib.Path("base"))          # as it was before
    judge = Judge(scene, pathlib.Path("try"))    # a copy in which something happened
    judge.sound(); judge.again(...); judge.rest()
    judge.problems                               # a line for each rule that does not hold

A scene is a directory with home/ in it and, in beside/, what is brought from elsewhere: a stick, requests, replies. HANDCLASP names
the program. The home is used as its owner would: the first command is publish. What others read of it is read by others: openssl,
SQLite and Python's own TLS. What was judged once is not judged again while no byte of it changed.
"""

import functools
import hashlib
import json
import os
import re
import sqlite3
import ssl
import subprocess
import tempfile

HANDCLASP = os.environ["HANDCLASP"]


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    return done.returncode, done.stdout, done.stderr.strip()


def pem_hash(text):
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(text)).hexdigest()


@functools.lru_cache(maxsize=4096)
def read_crl(crl, ca):
    """(number, {serial, ...}) as openssl reads it, signed by that CA; or what openssl says against it."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(ca)
        file.flush()
        done = subprocess.run(
            ["openssl", "crl", "-inform", "DER", "-noout", "-text", "-CAfile", file.name],
            input=crl, capture_output=True, check=False,
        )
    text, error = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace").strip()
    number = re.search(r"CRL Number:\s*(\d+|0x[0-9A-Fa-f]+)", text)
    if done.returncode != 0 or "verify OK" not in error or not number:
        return error or "no number"
    serials = {s.lower().lstrip("0") for s in re.findall(r"Serial Number: ([0-9A-Fa-f]+)", text)}
    return int(number.group(1), 0), frozenset(serials)


@functools.lru_cache(maxsize=4096)
def wrong_with_directory(cert, chain, bundle, key):
    """A certificate verifies against its bundle, and its key is the certificate's. All as bytes; `key` None: kept elsewhere."""
    if not chain or not bundle or not chain.startswith(cert):
        return "its chain or bundle is not there, or begins with another certificate"
    with tempfile.TemporaryDirectory() as place:
        paths = {}
        for name, data in (("cert", cert), ("chain", chain), ("bundle", bundle), ("key", key)):
            paths[name] = os.path.join(place, name)
            with open(paths[name], "wb") as file:
                file.write(data or b"")
        code, _, error = run(
            "openssl", "verify", "-x509_strict", "-CAfile", paths["bundle"], "-untrusted", paths["chain"], paths["cert"]
        )
        if code != 0:
            return f"openssl does not verify it: {error}"
        if key is not None:
            try:
                ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(paths["chain"], paths["key"])
            except (ssl.SSLError, OSError) as why:
                return f"its chain and its key do not belong together: {why}"
    return None


def files_of(directory):
    return {f.name: f.read_bytes() for f in sorted(directory.iterdir())}


class Scene:
    """What there was before, and what is known of it once and for all."""

    def __init__(self, path):
        self.path = path
        self.home = path / "home"
        bundle = self.home / "publish/bundle.pem"
        self.bundle = bundle.read_bytes() if bundle.exists() else None
        problems = []
        self.crls = crls(self.home, problems)
        self.identities = {}
        if (self.home / "identities").is_dir():
            self.identities = {d.name: files_of(d) for d in (self.home / "identities").iterdir() if d.is_dir()}
        head = self.home / "publish/ledger-head"
        self.head = head if head.exists() else None
        self.keys = set(keys_in(path / "beside"))
        if problems:
            raise SystemExit(f"sound.py: {path} is not sound to begin with: {problems}")


def crls(home, problems):
    """{issuer: (number, {serial, ...})} of what is published."""
    found = {}
    for file in sorted((home / "publish/crl").glob("*.crl")):
        ca = home / "authority" / (file.stem + ".cert.pem")
        said = read_crl(file.read_bytes(), ca.read_bytes() if ca.exists() else b"")
        if isinstance(said, str):
            problems.append(f"openssl does not take {file.name}: {said}")
        else:
            found[file.stem] = said
    return found


def keys_in(directory):
    """The files below it that hold a private key, as paths below it."""
    for path in sorted(directory.rglob("*")):
        if path.is_file() and not path.is_symlink() and b"PRIVATE KEY" in path.read_bytes():
            yield str(path.relative_to(directory))


def who(row):
    return row["identity"], row["label"]


def is_leaf(row):
    return not row["profile"].endswith("-ca")


class Judge:
    def __init__(self, scene, path):
        self.scene = scene
        self.path = path
        self.home = path / "home"
        self.bring = []  # options with which the first publish gets what is not in the home
        self.problems = []

    def problem(self, text):
        self.problems.append(text)

    def handclasp(self, *words):
        return run(HANDCLASP, "--home", str(self.home), *words)

    def must(self, *words):
        """The output of a command that has to succeed."""
        code, out, error = self.handclasp(*words)
        if code != 0:
            self.problem(f"{' '.join(words)}: exit {code}, {out.strip()[-300:]} {error[:600]}")
            return None
        return out

    def must_json(self, *words):
        out = self.must(*words, "--json")
        return json.loads(out) if out else []

    # --- before anything is done again ---

    def sound(self):
        found = crls(self.home, self.problems)
        self.not_fallen(self.scene.crls, found, "before the next command")
        self.same_bundle("before the next command")
        self.must("publish", *self.bring)
        published = crls(self.home, self.problems)
        self.not_fallen(found, published, "after publish")
        self.same_bundle("after publish")
        rows = self.must_json("list", "--all")
        issuers = self.must_json("issuer", "list")
        self.same_revocations(rows, published)
        self.published(issuers, published)
        self.nobody_has(rows, self.held(rows))
        self.ledger(["--head", str(self.scene.head)] if self.scene.head else [])

    def not_fallen(self, before, after, when):
        for issuer, (number, _) in before.items():
            if issuer not in after:
                self.problem(f"{when}: the CRL of {issuer} is gone")
            elif after[issuer][0] < number:
                self.problem(f"{when}: the CRL number of {issuer} fell from {number} to {after[issuer][0]}")

    def same_bundle(self, when):
        if self.scene.bundle and self.scene.bundle != (self.home / "publish/bundle.pem").read_bytes():
            self.problem(f"{when}: the published bundle is another")

    def same_revocations(self, rows, published):
        """What the ledger revokes is on the CRL, and the other way round."""
        for issuer, (_, on_crl) in published.items():
            in_ledger = {r["serial"].lstrip("0") for r in rows if r["issuer"] == issuer and r["state"] == "revoked"}
            for serial in sorted(in_ledger - on_crl):
                self.problem(f"{serial} is revoked in the ledger and not on the CRL of {issuer}")
            for serial in sorted(on_crl - in_ledger):
                self.problem(f"{serial} is on the CRL of {issuer} and not revoked in the ledger")

    def published(self, issuers, found):
        """Every CA that works here can be fetched, and its CRL too."""
        for row in issuers:
            if row["state"] not in ("current", "valid"):
                continue
            cer = self.home / "publish/ca" / (row["name"] + ".cer")
            if row["name"] not in found:
                self.problem(f"there is no CRL of {row['name']} after publish")
            if not cer.exists() or hashlib.sha256(cer.read_bytes()).hexdigest() != row["sha256"]:
                self.problem(f"{cer} is not there, or another's")

    def held(self, rows):
        """The rows whose certificate lies in a directory. Nothing there is unrecorded."""
        by_hash = {r["sha256"]: r for r in rows}
        held = []
        for directory in sorted((self.home / "identities").glob("*")):
            if directory.name.startswith("."):  # on its way when the command ended; it is swept by the next one
                continue
            files = files_of(directory)
            if "cert.pem" not in files:
                self.problem(f"{directory} has no cert.pem")
                continue
            row = by_hash.get(pem_hash(files["cert.pem"].decode()))
            if row is None or not is_leaf(row):
                self.problem(f"the ledger does not know {directory}/cert.pem")
                continue
            held.append(row)
            if files != self.scene.identities.get(directory.name):
                wrong = wrong_with_directory(*(files.get(n + ".pem") for n in ("cert", "chain", "bundle", "key")))
                if wrong:
                    self.problem(f"{directory.name}: {wrong}")
            if "key.pem" in files and os.stat(directory / "key.pem").st_mode & 0o077:
                self.problem(f"{directory}/key.pem can be read by others")
        return held

    def nobody_has(self, rows, held):
        """A certificate that was recorded and never handed out is told to whoever asks for that name again, and how to end it."""
        present = {who(r) for r in held}
        for row in rows:
            if row["state"] != "valid" or not is_leaf(row) or who(row) in present:
                continue
            name = row["identity"].partition(":")[2]
            label = ["--as", row["label"]] if row["label"] else []
            code, _, error = self.handclasp("issue", row["profile"], name, *label)
            if code != 1 or "HC-7006" not in error or f"revoke --serial {row['serial']}" not in error:
                self.problem(f"nobody is told of {row['serial']} of {name}: exit {code}, {error}")

    def ledger(self, since):
        """Whole, and still the continuation of what it was before."""
        ledger = sqlite3.connect(self.home / "authority/ledger.db")
        for pragma in ("integrity_check", "foreign_key_check"):
            said = ledger.execute("PRAGMA " + pragma).fetchall()
            if said not in ([("ok",)], []):
                self.problem(f"SQLite's {pragma}: {said[:3]}")
        ledger.close()
        self.must("ledger", "verify", *since)

    # --- after it was done again ---

    def handed_out(self):
        """Of each name and label that has a valid certificate there is a directory with one that lives."""
        rows = self.must_json("list", "--all")
        dead = {i["name"] for i in self.must_json("issuer", "list") if i["state"] in ("revoked", "expired")}
        living = {who(r) for r in self.held(rows) if r["state"] != "revoked" and r["issuer"] not in dead}
        for name, label in sorted({who(r) for r in rows if r["state"] == "valid" and is_leaf(r)} - living):
            self.problem(f"{name} {label} has a valid certificate and no directory with one")

    def rest(self, issues=True):
        """Once every CRL was signed again, nothing is left of what was killed, and no key but where keys lie."""
        if issues:
            self.must("issue", "client", "sound-check.example")
        self.must("publish", "--force")
        self.ledger([])
        for path in sorted(self.home.rglob(".*")):
            self.problem(f"{path.relative_to(self.home)} was left behind")
        known = {i["name"] for i in self.must_json("issuer", "list") if i["key_here"] or i["state"] == "waiting"}
        for name in keys_in(self.home):
            issuer = re.fullmatch(r"authority/([^/]+)\.key\.pem", name)
            if (issuer and issuer[1] not in known) or not (issuer or re.fullmatch(r"identities/[^./][^/]*/key\.pem", name)):
                self.problem(f"{name} holds a key that is nobody's")
        for name in sorted(set(keys_in(self.path / "beside")) - self.keys_beside()):
            self.problem(f"beside the home {name} holds a key")

    def keys_beside(self):
        """What may hold a key beside the home."""
        return self.scene.keys
