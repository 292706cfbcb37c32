"""agree_make.py - what agree.py asks about: keys, certificates and CRLs with every oddity on request, written byte by byte and really
signed (by the openssl command).
"""

import base64
import dataclasses
import datetime
import hashlib
import pathlib
import random
import subprocess
import tempfile
import time

NOW = int(time.time())
HOUR, DAY = 3600, 86400
KINDS = ("ec", "rsa", "ed25519")
LIMIT = 20  # seconds for one program

# --- DER --------------------------------------------------------------------------------------------------------------


def tlv(tag, *parts):
    body = b"".join(parts)
    n = len(body)
    if n < 128:
        return bytes((tag, n)) + body
    size = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(size))) + size + body


def seq(*parts):
    return tlv(0x30, *parts)


def integer(n):
    return tlv(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def oid(text):
    arcs = [int(arc) for arc in text.split(".")]
    out = bytearray()
    for arc in [arcs[0] * 40 + arcs[1]] + arcs[2:]:
        chunk = [arc & 127]
        while arc := arc >> 7:
            chunk.append(arc & 127 | 128)
        out += bytes(reversed(chunk))
    return tlv(6, bytes(out))


def octets(data):
    return tlv(4, data)


def bits(data, unused=0):
    return tlv(3, bytes((unused,)), data)


TRUE, NULL = tlv(1, b"\xff"), tlv(5)


def date(t):
    moment = datetime.datetime.fromtimestamp(t, datetime.timezone.utc)
    if 1950 <= moment.year < 2050:
        return tlv(0x17, moment.strftime("%y%m%d%H%M%SZ").encode())
    return tlv(0x18, moment.strftime("%Y%m%d%H%M%SZ").encode())


def extension(number, value, critical=False):
    return seq(oid(number), TRUE if critical else b"", octets(value))


def name(common_name):
    return seq(tlv(0x31, seq(oid("2.5.4.3"), tlv(0x0C, common_name.encode()))))


def full_name(uri):
    """DistributionPointName { fullName { uniformResourceIdentifier } }"""
    return tlv(0xA0, tlv(0xA0, tlv(0x86, uri.encode())))


def pem(label, der):
    text = base64.encodebytes(der).decode().replace("\n", "")
    lines = "\n".join(text[i : i + 64] for i in range(0, len(text), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n"


# --- keys and certificates --------------------------------------------------------------------------------------------

ALGORITHM = {
    "ec": seq(oid("1.2.840.10045.4.3.2")),
    "rsa": seq(oid("1.2.840.113549.1.1.11"), NULL),
    "ed25519": seq(oid("1.3.101.112")),
}
WEAK_ALGORITHM = {  # with SHA-1
    "ec": seq(oid("1.2.840.10045.4.1")),
    "rsa": seq(oid("1.2.840.113549.1.1.5"), NULL),
}
GENERATE = {
    "ec": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "rsa": ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "ed25519": ["ED25519"],
}
CRLDP = "http://crl.example.com/shard-1.crl"
OTHER_DP = "http://crl.example.com/shard-2.crl"


def run(*command, data=None):
    return subprocess.run(command, input=data, capture_output=True, check=True, timeout=LIMIT).stdout


class Key:
    def __init__(self, place, word, kind):
        self.path, self.kind = place / f"{word}.key", kind
        run("openssl", "genpkey", "-algorithm", *GENERATE[kind], "-out", str(self.path))
        self.spki = run("openssl", "pkey", "-in", str(self.path), "-pubout", "-outform", "DER")
        self.id = hashlib.sha1(self.spki).digest()

    def algorithm(self, weak=False):
        return WEAK_ALGORITHM[self.kind] if weak else ALGORITHM[self.kind]

    def sign(self, body, weak=False):
        """The whole of a signed thing whose to-be-signed part is body."""
        if self.kind == "ed25519":  # wants a file that it can measure
            with tempfile.NamedTemporaryFile(dir=self.path.parent) as file:
                file.write(body)
                file.flush()
                signature = run("openssl", "pkeyutl", "-sign", "-rawin", "-inkey", str(self.path), "-in", file.name)
        else:
            signature = run("openssl", "dgst", "-sha1" if weak else "-sha256", "-sign", str(self.path), data=body)
        return seq(body, self.algorithm(weak), bits(signature))


@dataclasses.dataclass
class Authority:
    key: Key
    subject: str
    file: pathlib.Path = None


def certificate(authority, subject, key, serial, extensions):
    validity = seq(date(NOW - 100 * DAY), date(NOW + 100 * DAY))
    identifiers = (extension("2.5.29.14", octets(key.id)), extension("2.5.29.35", seq(tlv(0x80, authority.key.id))))
    return authority.key.sign(
        seq(tlv(0xA0, integer(2)), integer(serial), ALGORITHM[authority.key.kind], name(authority.subject), validity,
            name(subject), key.spki, tlv(0xA3, seq(*identifiers, *extensions))))


def ca_extensions(crl_sign=True):
    usage = bits(b"\x06", 1) if crl_sign else bits(b"\x04", 2)
    return [extension("2.5.29.19", seq(TRUE), True), extension("2.5.29.15", usage, True)]


def leaf_extensions(points=()):
    out = [extension("2.5.29.15", bits(b"\x80", 7), True),
           extension("2.5.29.37", seq(oid("1.3.6.1.5.5.7.3.1"))),
           extension("2.5.29.17", seq(tlv(0x82, b"shop.example.com")))]
    if points:
        out.append(extension("2.5.29.31", seq(*(seq(full_name(uri)) for uri in points))))
    return out


ISSUER_SERIAL, LEAF_SERIAL = 0x1001, 0x51F0_0D5E_ED00_0001


class World:
    """The authorities and the leaves of one kind of key."""

    def __init__(self, top, kind):
        self.place, self.kind = top / kind, kind
        self.place.mkdir(parents=True)
        self.root = Authority(Key(self.place, "root", kind), "Agreeing Root")
        self.issuer = Authority(Key(self.place, "issuer", kind), "Agreeing Issuer")
        self.stranger = Authority(Key(self.place, "stranger", kind), "Stranger")
        leaf = Key(self.place, "leaf", kind)
        for ca in (self.root, self.stranger):
            ca.file = self.write(ca.subject, certificate(ca, ca.subject, ca.key, 1, ca_extensions()))
        self.issuer.file = self.write("issuer", certificate(
            self.root, self.issuer.subject, self.issuer.key, ISSUER_SERIAL, ca_extensions()))
        self.no_crl_sign = self.write("no-crl-sign", certificate(
            self.root, self.issuer.subject, self.issuer.key, ISSUER_SERIAL, ca_extensions(False)))
        self.leaves = {word: self.write(word, certificate(
            self.issuer, "shop", leaf, LEAF_SERIAL, leaf_extensions(points)))
            for word, points in (("plain", ()), ("sharded", (CRLDP,)))}

    def write(self, word, der):
        path = self.place / f"{word.replace(' ', '-')}.pem"
        path.write_text(pem("CERTIFICATE", der))
        return path


# --- CRLs -------------------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Crl:
    """One CRL of the CA it is meant for, and what is odd about it."""

    revoked: bool = False  # it lists the certificate in question
    reason: int = -1
    others: int = 0  # that many other serials
    at: str = "first"  # where among them: first, middle, last
    twice: bool = False
    this: int = -HOUR
    next: int = DAY  # 0: no nextUpdate
    number: int = 7  # -1: none
    version: int = 2
    signer: str = ""  # root, issuer, stranger: instead of its own
    subject: str = ""  # the same, for the name in it
    aki: str = "own"  # the signer's own, none, wrong, or posing: that of the CA it is meant for
    damage: str = ""  # cut, signature, contents, outer, tail
    idp: tuple = ()  # user, ca, attribute, indirect, reasons, dp, other-dp
    delta: int = -1  # base number
    freshest: bool = False
    critical: str = ""  # list, entry: an unknown critical extension there
    remove: bool = False  # removeFromCRL for the certificate in question
    empty_list: bool = False
    weak: bool = False  # signed with SHA-1


REASON_EXTENSION, IDP, DELTA, FRESHEST = "2.5.29.21", "2.5.29.28", "2.5.29.27", "2.5.29.46"
IDP_FIELD = {
    "dp": full_name(CRLDP), "other-dp": full_name(OTHER_DP), "user": tlv(0x81, b"\xff"), "ca": tlv(0x82, b"\xff"),
    "reasons": tlv(0x83, b"\x06\x40"), "indirect": tlv(0x84, b"\xff"), "attribute": tlv(0x85, b"\xff"),
}
UNKNOWN = "1.3.6.1.4.1.99999.1"


def crl_entry(serial, when, *extensions):
    return seq(integer(serial), date(when), seq(*extensions) if extensions else b"")


def crl_entries(crl, serial):
    rng = random.Random(crl.others)
    out = [crl_entry(rng.getrandbits(120) | 1, NOW - 2 * HOUR - i) for i in range(crl.others)]
    own = []
    if crl.reason >= 0:
        own.append(extension(REASON_EXTENSION, tlv(10, bytes((crl.reason,)))))
    if crl.remove:
        own.append(extension(REASON_EXTENSION, tlv(10, b"\x08")))
    if crl.critical == "entry":
        own.append(extension(UNKNOWN, NULL, True))
    if crl.revoked or crl.remove:
        where = {"first": 0, "middle": len(out) // 2, "last": len(out)}[crl.at]
        for _ in range(2 if crl.twice else 1):
            out.insert(where, crl_entry(serial, NOW - 2 * HOUR, *own))
    elif own:
        out.append(crl_entry(4711, NOW - 2 * HOUR, *own))
    return seq(*out) if out or crl.empty_list else b""


def crl_extensions(crl, key, posed):
    out = []
    if crl.aki != "none":
        identifier = {"own": key.id, "wrong": b"not it", "posing": posed.id}[crl.aki]
        out.append(extension("2.5.29.35", seq(tlv(0x80, identifier))))
    if crl.number >= 0:
        out.append(extension("2.5.29.20", integer(crl.number)))
    if crl.delta >= 0:
        out.append(extension(DELTA, integer(crl.delta), True))
    if crl.idp:
        fields = sorted((IDP_FIELD[word] for word in crl.idp), key=lambda field: field[0])
        out.append(extension(IDP, seq(*fields), True))
    if crl.freshest:
        out.append(extension(FRESHEST, seq(seq(full_name(CRLDP)))))
    if crl.critical == "list":
        out.append(extension(UNKNOWN, NULL, True))
    return tlv(0xA0, seq(*out)) if out and crl.version == 2 else b""


def damaged(crl, der, kind):
    if crl.damage == "cut":
        return der[: len(der) * 2 // 3]
    if crl.damage == "signature":
        return der[:-3] + bytes((der[-3] ^ 1,)) + der[-2:]
    if crl.damage == "contents":  # a date in it, which is DER all the same
        at = der.index(b"Z\x17") - 1
        return der[:at] + bytes((der[at] ^ 1,)) + der[at + 1 :]
    if crl.damage == "outer":
        inner, other = ALGORITHM[kind], ALGORITHM["rsa" if kind == "ec" else "ec"]
        head = 2 if der[1] < 0x80 else 2 + (der[1] & 0x7F)
        body = der[head:]
        at = body.rindex(inner)
        return tlv(0x30, body[:at], other, body[at + len(inner) :])
    return der


def crl_der(world, own, serial, crl):
    key = getattr(world, crl.signer or own).key
    subject = getattr(world, crl.subject or own).subject
    body = seq(
        integer(1) if crl.version == 2 else b"", key.algorithm(crl.weak), name(subject), date(NOW + crl.this),
        date(NOW + crl.next) if crl.next else b"", crl_entries(crl, serial), crl_extensions(crl, key, getattr(world, own).key))
    return damaged(crl, key.sign(body, crl.weak), world.kind)
