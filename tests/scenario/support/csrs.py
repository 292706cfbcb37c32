"""csrs.py DIR [COUNT] - certificate requests as strangers would send them, one file each, whatever is in them.

With COUNT so many good ones host-N.example.com, one in thirty of them broken. Without, one of each kind:

    nul bidi other-name bad-email   a name that no certificate may carry
    many-names thousand             10,000 and 1,100 of them, beyond what is read
    hundred-and-one                 one more than is certified
    flipped stolen                  not signed by the key in it: a bit of the signature changed, and another key put in
    weak sha1                       an RSA key of 1024 bits; a signature with SHA-1
    ca                              asks to be a CA, with key usages and a policy of its own
    twice                           two subjectAltName extensions
    trailing                        bytes after the request
    no-names person mixed           only a common name; an e-mail address; that, and one DNS name written twice
    empty text                      no request at all
"""

import hashlib
import os
import subprocess
import sys
import tempfile

PKCS_EXTENSION_REQUEST = "1.2.840.113549.1.9.14"
SAN, BASIC, KEY_USAGE, POLICIES = "2.5.29.17", "2.5.29.19", "2.5.29.15", "2.5.29.32"
ECDSA_SHA256, RSA_SHA1, RSA_SHA256 = "1.2.840.10045.4.3.2", "1.2.840.113549.1.1.5", "1.2.840.113549.1.1.11"


def tlv(tag, *contents):
    body = b"".join(contents)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def oid(text):
    arcs = [int(arc) for arc in text.split(".")]
    body = bytes([arcs[0] * 40 + arcs[1]])
    for arc in arcs[2:]:
        octets = [arc & 0x7F]
        while arc := arc >> 7:
            octets.append(0x80 | arc & 0x7F)
        body += bytes(reversed(octets))
    return tlv(6, body)


def extension(name, value, critical=False):
    return tlv(0x30, oid(name), tlv(1, b"\xff") if critical else b"", tlv(4, value))


def san(*names):
    return extension(SAN, tlv(0x30, *names))


def dns(value):
    return tlv(0x82, value if isinstance(value, bytes) else value.encode())


def subject(common_name):
    return tlv(0x30, tlv(0x31, tlv(0x30, oid("2.5.4.3"), tlv(12, common_name.encode()))))


def openssl(*arguments, given=None):
    return subprocess.run(("openssl",) + arguments, input=given, check=True, capture_output=True).stdout


# P-256: the order of the group and the first coordinate of its generator [SEC 2 2.4.2].
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
GENERATOR_X = 0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296


def integer(value):
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


class Key:
    """A private key in a file of its own; `rsa_bits` 0 is P-256."""

    def __init__(self, rsa_bits=0):
        kind = ["RSA", f"rsa_keygen_bits:{rsa_bits}"] if rsa_bits else ["EC", "ec_paramgen_curve:P-256"]
        self.file = tempfile.NamedTemporaryFile(suffix=".pem")
        openssl("genpkey", "-algorithm", kind[0], "-pkeyopt", kind[1], "-out", self.file.name)
        self.spki = openssl("pkey", "-in", self.file.name, "-pubout", "-outform", "DER")
        self.secret = None if rsa_bits else int.from_bytes(openssl("ec", "-in", self.file.name, "-outform", "DER")[7:39], "big")

    def sign(self, info, digest):
        if self.secret is None:
            algorithm = oid(RSA_SHA1 if digest == "sha1" else RSA_SHA256) + tlv(5)
            return tlv(0x30, algorithm), openssl("dgst", "-" + digest, "-sign", self.file.name, given=info)
        # ECDSA with the nonce 1, which gives the key away and costs no time: these keys guard nothing.
        s = (int.from_bytes(hashlib.sha256(info).digest(), "big") + GENERATOR_X * self.secret) % ORDER
        return tlv(0x30, oid(ECDSA_SHA256)), tlv(0x30, integer(GENERATOR_X % ORDER), integer(s))


def request(key, *extensions, name="", signer=None, digest="sha256"):
    asked = tlv(0x30, oid(PKCS_EXTENSION_REQUEST), tlv(0x31, tlv(0x30, *extensions))) if extensions else b""
    info = tlv(0x30, tlv(2, b"\0"), subject(name) if name else tlv(0x30), key.spki, tlv(0xA0, asked))
    algorithm, signature = (signer or key).sign(info, digest)
    return tlv(0x30, info, algorithm, tlv(3, b"\0" + signature))


def main(directory):
    key, other = Key(), Key()
    good = request(key, san(dns("good.example.com")))
    files = {
        "good": good,
        "nul": request(key, san(dns(b"shop.example.com\0.evil.example"))),
        "bidi": request(key, san(dns("shop\u202emoc.elpmaxe"))),
        "other-name": request(key, san(dns("a.example.com"), tlv(0xA0, oid("1.2.3.4"), tlv(0xA0, tlv(12, b"x"))))),
        "bad-email": request(key, san(tlv(0x81, b"alice@example.com\r\nBcc: x@example.com"))),
        "many-names": request(key, san(*(dns(f"n{i}.example.com") for i in range(10000)))),
        "thousand": request(key, san(*(dns(f"n{i}.example.com") for i in range(1100)))),
        "hundred-and-one": request(key, san(*(dns(f"n{i}.example.com") for i in range(101)))),
        "flipped": good[:-1] + bytes([good[-1] ^ 1]),
        "stolen": request(key, san(dns("good.example.com")), signer=other),
        "weak": request(Key(1024), san(dns("weak.example.com"))),
        "sha1": request(Key(2048), san(dns("sha1.example.com")), digest="sha1"),
        "ca": request(
            key,
            san(dns("ca.example.com")),
            extension(BASIC, tlv(0x30, tlv(1, b"\xff")), True),
            extension(KEY_USAGE, tlv(3, b"\x01\x06"), True),
            extension(POLICIES, tlv(0x30, tlv(0x30, oid("2.5.29.32.0")))),
        ),
        "twice": request(key, san(dns("a.example.com")), san(dns("b.example.com"))),
        "trailing": good + b"\0",
        "no-names": request(key, name="shop.example.com"),
        "person": request(key, san(tlv(0x81, b"alice@example.com"))),
        "mixed": request(key, san(tlv(0x81, b"alice@example.com"), dns("mixed.example.com"), dns("MIXED.example.com"))),
        "empty": b"",
        "text": b"this is no request\n",
    }
    for name, der in files.items():
        with open(os.path.join(directory, name + ".csr"), "wb") as out:
            out.write(der)


def fleet(directory, count):
    """`count` good requests host-N.example.com, and one in thirty that is broken."""
    key = Key()
    for i in range(count):
        der = request(key, san(dns(f"host-{i}.example.com")))
        if i % 30 == 29:
            der = der[:-1] + bytes([der[-1] ^ 1])
        with open(os.path.join(directory, f"host-{i:03}.csr"), "wb") as out:
            out.write(der)


if len(sys.argv) == 3:
    fleet(sys.argv[1], int(sys.argv[2]))
else:
    main(sys.argv[1])
