"""peer_certs.py - certificates of every sound and broken kind, made by openssl, for the table of peers and causes.

A Certs(DIR) holds: root.pem (trusted by both sides), and for each NAME of SERVERS and CLIENTS a NAME.pem (the chain as it is
to be presented) with NAME.key; crls.pem and stale.pem (root's and issuer's CRLs, current and out of date), in DER in crl/ and
stale/.
"""
import datetime
import os
import pathlib
import ssl
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
CONSTRAINTS = "nameConstraints=critical,permitted;DNS:example.org,permitted;email:example.org\n"

DAY = datetime.timedelta(days=1)


def run(*words, text=None):
    done = subprocess.run(words, input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr}")
    return done.stdout


def make_key(path, kind):
    """ "ec", "ed448", or the bits of an RSA key."""
    if kind == "ec":
        run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(path))
    elif kind == "ed448":
        run("openssl", "genpkey", "-algorithm", kind, "-out", str(path))
    else:
        run("openssl", "genrsa", "-traditional", "-out", str(path), kind)


def utc(when):
    return when.strftime("%Y%m%d%H%M%SZ")


def short_prime():
    """DHParameter of the second Oakley group, of 1024 bits [RFC 2409 6.2], as old servers have it."""
    prime = bytes.fromhex(
        "00ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f14374f"
        "e1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7edee386bfb5a899fa5ae9f24117c4b1fe649286651ece65381ffffffffffffffff")
    numbers = b"\x02\x81" + bytes([len(prime)]) + prime + b"\x02\x01\x02"
    der = b"\x30\x81" + bytes([len(numbers)]) + numbers
    return ssl.DER_cert_to_PEM_cert(der).replace("CERTIFICATE", "DH PARAMETERS")


class Authority:
    """A CA of openssl's, with its little database."""

    def __init__(self, certs, label, above=None, days=(-400, 3000), extensions="", kind="ec"):
        self.certs, self.label, self.above = certs, label, above
        self.dir = certs.dir / label.replace(" ", "-").lower()
        (self.dir / "issued").mkdir(parents=True)
        (self.dir / "index.txt").touch()
        (self.dir / "crlnumber").write_text("1000\n")
        (self.dir / "ca.cnf").write_text(CONFIG.format(dir=self.dir))
        self.key, self.pem = self.dir / "ca.key", self.dir / "ca.pem"
        make_key(self.key, kind)
        self.issue_into(self.pem, self.key, label, (extensions or CA) + "subjectKeyIdentifier=hash\n" +
                        ("authorityKeyIdentifier=keyid\n" if above else ""), issuer=above, days=days)

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
        (self.dir / "root.pem").write_text(self.root.pem.read_text())
        (self.dir / "other.pem").write_text(self.other.pem.read_text())
        self.constrained = Authority(self, "Peer Test Constrained CA", self.root, extensions=CA + CONSTRAINTS)
        self.expired = Authority(self, "Peer Test Expired CA", self.root, days=(-400, -3))
        self.weak = Authority(self, "Peer Test Weak CA", self.root, kind="1024")
        self.withdrawn = Authority(self, "Peer Test Withdrawn CA", self.root)
        self.quiet = Authority(self, "Quiet Harbour", self.other)  # its name does not tell what it is
        short = Authority(self, "Peer Test Short CA", self.root, extensions=CA.replace("TRUE", "TRUE,pathlen:0"))
        self.too_deep = Authority(self, "Peer Test Deep CA", short)
        self.make_servers()
        self.make_clients()
        self.make_crls()
        (self.dir / "dh1024.pem").write_text(short_prime())
        self.make_old_bundle()
        self.make_staple()

    def leaf(self, name, extensions, issuer=None, days=(-10, 90), subject=NAME, kind="ec", chain=True, digest="sha256"):
        """NAME.pem as it is presented, and NAME.key."""
        key, pem = self.dir / f"{name}.key", self.dir / f"{name}.pem"
        issuer = issuer or self.issuing
        make_key(key, kind)
        issuer.issue_into(pem, key, subject, extensions + IDS, issuer, days, digest)
        while chain and issuer.above:
            pem.write_text(pem.read_text() + issuer.pem.read_text())
            issuer = issuer.above
        os.chmod(key, 0o644)  # the peers that drop root read it

    def self_signed(self, name, subject, san, purpose):
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={subject}",
            "-addext", san.strip(), "-addext", "basicConstraints=critical,CA:FALSE", "-addext", purpose.strip(), "-keyout",
            str(self.dir / f"{name}.key"), "-out", str(self.dir / f"{name}.pem"))
        os.chmod(self.dir / f"{name}.key", 0o644)

    def forge(self, name):
        """Changes the leaf's signature: its last bytes, which are within a number."""
        pem = self.dir / f"{name}.pem"
        leaf, end, above = pem.read_text().partition("-----END CERTIFICATE-----\n")
        der = bytearray(ssl.PEM_cert_to_DER_cert(leaf + end))
        der[-4] ^= 0x55
        pem.write_text(ssl.DER_cert_to_PEM_cert(bytes(der)) + above)

    def serial_zero(self):
        """What RFC 5280 4.1.2.2 forbids, and the small scripts of the world write."""
        self.leaf("malformed", LEAF + SERVER + SAN, chain=False)
        pem = self.dir / "malformed.pem"
        run("openssl", "x509", "-req", "-in", str(pem.with_suffix(".csr")), "-CA", str(self.issuing.pem), "-CAkey", str(self.issuing.key),
            "-set_serial", "0", "-days", "30", "-extfile", str(pem.with_suffix(".ext")), "-out", str(pem))
        pem.write_text(pem.read_text() + self.issuing.pem.read_text())

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
        self.self_signed("selfsigned", NAME, SAN, SERVER)
        self.leaf("oldissuer", good, issuer=self.expired)
        self.leaf("withdrawn", good, issuer=self.withdrawn)
        self.leaf("constrained", good, issuer=self.constrained)
        self.leaf("toodeep", good, issuer=self.too_deep)
        self.leaf("quiet", good, issuer=self.quiet, chain=False)
        self.leaf("ed448", good, kind="ed448")
        self.leaf("forged", good)
        self.forge("forged")
        self.serial_zero()

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
        self.leaf("c-sha1", good, subject="Alice", digest="sha1")
        self.leaf("c-weakissuer", good, subject="Alice", issuer=self.weak)
        self.self_signed("c-selfsigned", "Alice", ALICE, CLIENT)
        self.leaf("c-oldissuer", good, subject="Alice", issuer=self.expired)
        self.leaf("c-constrained", good, subject="Alice", issuer=self.constrained)
        self.leaf("c-forged", good, subject="Alice")
        self.forge("c-forged")
        (self.dir / "c-otherkey.pem").write_text((self.dir / "alice.pem").read_text())
        (self.dir / "c-otherkey.key").write_text((self.dir / "c-revoked.key").read_text())

    def make_crls(self):
        for name in ("c-revoked", "revokedserver"):
            self.issuing.revoke(self.dir / f"{name}.pem")
        self.root.revoke(self.withdrawn.pem)
        for name, days in (("crl", (-1, 7)), ("stale", (-9, -2))):
            directory = self.dir / name
            directory.mkdir()
            texts = [authority.crl(days) for authority in (self.root, self.issuing, self.withdrawn)]
            (self.dir / f"{name}s.pem").write_text("".join(texts))
            (self.dir / f"root-{name}s.pem").write_text(self.root.pem.read_text() + "".join(texts))
            for number, text in enumerate(texts):
                run("openssl", "crl", "-outform", "DER", "-out", str(directory / f"{number}.crl"), text=text)

    def make_old_bundle(self):
        """The root as it was before it was renewed with the same key, beside another that is in its time."""
        old = self.dir / "oldroot.pem"
        self.root.issue_into(old, self.root.key, self.root.label, CA + "subjectKeyIdentifier=hash\n", None, (-900, -3))
        (self.dir / "oldbundle.pem").write_text(old.read_text() + self.other.pem.read_text())

    def make_staple(self):
        """An OCSP response for the good certificate, signed by somebody else."""
        run("openssl", "ocsp", "-index", str(self.issuing.dir / "index.txt"), "-CA", str(self.issuing.pem), "-issuer", str(self.issuing.pem),
            "-cert", str(self.dir / "good.pem"), "-rsigner", str(self.other.pem), "-rkey", str(self.other.key), "-ndays", "7", "-noverify",
            "-respout", str(self.dir / "staple.der"))

    def path(self, name):
        return str(self.dir / name)
