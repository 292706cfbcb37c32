"""peer_certs.py - certificates of every sound and broken kind, made by openssl, for the table of peers and causes.

A Certs(DIR) holds: root.pem (trusted by both sides), and for each NAME of SERVERS and CLIENTS a NAME.pem (the chain as it is
to be presented) with NAME.key; crls.pem and stale.pem (root's and issuer's CRLs, current and out of date), in DER in crl/ and
stale/.
"""
import datetime
import os
import pathlib
import subprocess

NAME = "shop.example.com"

CONFIG = """
[ca]
default_ca = it
[it]
database = {dir}/index.txt
new_certs_dir = {dir}/issued
serial = {dir}/serial
crlnumber = {dir}/crlnumber
default_md = sha256
policy = any
unique_subject = no
copy_extensions = none
[any]
commonName = optional
[crl]
authorityKeyIdentifier = keyid
"""

CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
ACTING_CA = CA.replace("keyCertSign", "digitalSignature,keyCertSign")  # it can be used in every suite
LEAF = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
IDS = "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
SERVER = "extendedKeyUsage=serverAuth\n"
CLIENT = "extendedKeyUsage=clientAuth\n"
SAN = f"subjectAltName=DNS:{NAME}\n"
ALICE = "subjectAltName=email:alice@example.com\n"

DAY = datetime.timedelta(days=1)


def run(*words, text=None):
    done = subprocess.run(words, input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr}")
    return done.stdout


def utc(when):
    return when.strftime("%Y%m%d%H%M%SZ")


class Authority:
    """A CA of openssl's, with its little database."""

    def __init__(self, certs, label, above=None):
        self.certs, self.label, self.above = certs, label, above
        self.dir = certs.dir / label.replace(" ", "-").lower()
        (self.dir / "issued").mkdir(parents=True)
        (self.dir / "index.txt").touch()
        (self.dir / "crlnumber").write_text("1000\n")
        (self.dir / "ca.cnf").write_text(CONFIG.format(dir=self.dir))
        self.key, self.pem = self.dir / "ca.key", self.dir / "ca.pem"
        run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(self.key))
        self.issue_into(self.pem, self.key, label, CA + "subjectKeyIdentifier=hash\n" +
                        ("authorityKeyIdentifier=keyid\n" if above else ""), issuer=above, days=(-400, 3000))

    def issue_into(self, pem, key, subject, extensions, issuer, days, digest="sha256"):
        request, ext = pem.with_suffix(".csr"), pem.with_suffix(".ext")
        ext.write_text(extensions)
        run("openssl", "req", "-new", "-key", str(key), "-subj", f"/CN={subject}" if subject else "/", "-out", str(request))
        signer = issuer or self
        words = ["openssl", "ca", "-batch", "-notext", "-rand_serial", "-config", str(signer.dir / "ca.cnf"), "-md", digest,
                 "-keyfile", str(signer.key), "-in", str(request), "-out", str(pem), "-extfile", str(ext),
                 "-startdate", utc(self.certs.now + days[0] * DAY), "-enddate", utc(self.certs.now + days[1] * DAY)]
        run(*words, *(["-cert", str(signer.pem)] if issuer else ["-selfsign"]))

    def revoke(self, pem):
        run("openssl", "ca", "-config", str(self.dir / "ca.cnf"), "-keyfile", str(self.key), "-cert", str(self.pem),
            "-revoke", str(pem))

    def crl(self, days):
        return run("openssl", "ca", "-gencrl", "-config", str(self.dir / "ca.cnf"), "-keyfile", str(self.key), "-cert",
                   str(self.pem), "-crlexts", "crl", "-crl_lastupdate", utc(self.certs.now + days[0] * DAY),
                   "-crl_nextupdate", utc(self.certs.now + days[1] * DAY))


class Certs:
    def __init__(self, directory):
        self.dir = pathlib.Path(directory)
        self.dir.mkdir(parents=True, exist_ok=True)
        self.now = datetime.datetime.utcnow()
        self.root = Authority(self, "Peer Test Root")
        self.issuing = Authority(self, "Peer Test Issuing CA", self.root)
        self.other = Authority(self, "Other Root")
        self.other_issuing = Authority(self, "Other Issuing CA", self.other)
        self.make_servers()
        self.make_clients()
        self.make_crls()
        (self.dir / "root.pem").write_text(self.root.pem.read_text())
        (self.dir / "other.pem").write_text(self.other.pem.read_text())

    def leaf(self, name, extensions, issuer=None, days=(-10, 90), subject=NAME, kind="ec", chain=True, digest="sha256"):
        """NAME.pem as it is presented, and NAME.key."""
        key, pem = self.dir / f"{name}.key", self.dir / f"{name}.pem"
        issuer = issuer or self.issuing
        if kind == "ec":
            run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(key))
        else:
            run("openssl", "genrsa", "-traditional", "-out", str(key), kind)
        issuer.issue_into(pem, key, subject, extensions + IDS, issuer, days, digest)
        if chain and issuer.above:
            pem.write_text(pem.read_text() + issuer.pem.read_text())
        os.chmod(key, 0o644)  # the peers that drop root read it

    def self_signed(self):
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={NAME}",
            "-addext", f"subjectAltName=DNS:{NAME}", "-addext", "basicConstraints=critical,CA:FALSE", "-addext",
            "extendedKeyUsage=serverAuth", "-keyout", str(self.dir / "selfsigned.key"), "-out", str(self.dir / "selfsigned.pem"))

    def make_servers(self):
        good = LEAF + SERVER + SAN
        self.leaf("good", good)
        self.leaf("expired", good, days=(-90, -3))
        self.leaf("notyet", good, days=(5, 90))
        self.leaf("othername", LEAF + SERVER + "subjectAltName=DNS:blog.example.com\n")
        self.leaf("leafonly", good, chain=False)
        self.leaf("foreign", good, issuer=self.other_issuing)
        self.leaf("clientonly", LEAF + CLIENT + SAN)
        self.leaf("nonames", LEAF + SERVER)
        self.leaf("isca", ACTING_CA + SAN)
        self.leaf("weak", good, kind="1024")
        self.leaf("rsa", LEAF.replace("digitalSignature", "digitalSignature,keyEncipherment") + SERVER + SAN, kind="2048")
        self.leaf("sha1", good, digest="sha1")
        self.leaf("revokedserver", good)
        self.self_signed()

    def make_clients(self):
        good = LEAF + CLIENT + ALICE
        self.leaf("alice", good, subject="Alice")
        self.leaf("c-expired", good, subject="Alice", days=(-90, -3))
        self.leaf("c-notyet", good, subject="Alice", days=(5, 90))
        self.leaf("c-foreign", good, subject="Alice", issuer=self.other_issuing)
        self.leaf("c-serveronly", LEAF + SERVER + ALICE, subject="Alice")
        self.leaf("c-leafonly", good, subject="Alice", chain=False)
        self.leaf("c-revoked", good, subject="Alice")
        self.leaf("c-nonames", LEAF + CLIENT, subject="Alice")
        self.leaf("c-isca", ACTING_CA + ALICE, subject="Alice")
        self.leaf("c-weak", good, subject="Alice", kind="1024")

    def make_crls(self):
        for name in ("c-revoked", "revokedserver"):
            self.issuing.revoke(self.dir / f"{name}.pem")
        for name, days in (("crl", (-1, 7)), ("stale", (-9, -2))):
            directory = self.dir / name
            directory.mkdir()
            texts = [authority.crl(days) for authority in (self.root, self.issuing)]
            (self.dir / f"{name}s.pem").write_text("".join(texts))
            (self.dir / f"root-{name}s.pem").write_text(self.root.pem.read_text() + "".join(texts))
            for number, text in enumerate(texts):
                run("openssl", "crl", "-outform", "DER", "-out", str(directory / f"{number}.crl"), text=text)

    def path(self, name):
        return str(self.dir / name)
