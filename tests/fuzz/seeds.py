"""seeds.py CORPUS [VECTORS [PKITS_DATA]] - first inputs for fuzz targets, from vectors of others and from the openssl command.

Writes into CORPUS/cert, /crl, /constraints and /ocsp what is to be found: certificates and CRLs out of limbo.json, bettertls.json.xz
and the PKITS data, name constraints out of those certificates, and OCSP responses that openssl makes. Whatever is not there is left
out. The names are hashes, so doing it again adds nothing.
"""

import base64
import hashlib
import json
import lzma
import pathlib
import re
import subprocess
import sys
import tempfile

MOST = 600  # of a kind: more would only be read again and again
PEM = re.compile(r"-----BEGIN (CERTIFICATE|X509 CRL)-----(.*?)-----END", re.S)
NAME_CONSTRAINTS = bytes.fromhex("0603551d1e")
NAMES = {0x82: b"shop.example.com", 0x81: b"a@example.com", 0x86: b"https://example.com/", 0x87: b"\xc0\x00\x02\x01"}


def of_pem(text):
    for label, body in PEM.findall(text):
        yield "crl" if label == "X509 CRL" else "cert", base64.b64decode(body)


def of_limbo(path):
    for case in json.loads(path.read_text())["testcases"]:
        for text in case["trusted_certs"] + case["untrusted_intermediates"][:4] + [case["peer_certificate"]] + case["crls"]:
            yield from of_pem(text)


def of_bettertls(path):
    for part in json.loads(lzma.open(path).read())["suites"].values():
        for case in part["testCases"]:
            for text in case["certificates"][:4]:
                yield "cert", base64.b64decode(text)


def of_pkits(path):
    for kind, folder in (("cert", "certs"), ("crl", "crls")):
        for file in sorted((path / folder).iterdir()):
            yield kind, file.read_bytes()


def element(data):
    """The tag, the contents and what follows of the DER element that begins here."""
    n, at = data[1], 2
    if n & 0x80:
        at += n & 0x7F
        n = int.from_bytes(data[2:at], "big")
    return data[0], data[at : at + n], data[at + n :]


def constraints_of(cert):
    """Inputs of fuzz_constraints: a tag, the length of a name, the name, GeneralSubtrees."""
    at = cert.find(NAME_CONSTRAINTS)
    if at < 0:
        return
    rest = cert[at + len(NAME_CONSTRAINTS) :]
    if rest[:1] == b"\x01":  # critical
        rest = rest[3:]
    _, value, _ = element(rest)
    _, inner, _ = element(value)
    while inner:
        _, subtrees, inner = element(inner)
        for tag, name in NAMES.items():
            yield bytes((tag, len(name))) + name + subtrees


def of_openssl():
    """Responses about a good and a revoked certificate, with one and several answers."""
    def run(*words):
        subprocess.run(["openssl", *words], cwd=scratch, check=True, capture_output=True, timeout=20)

    with tempfile.TemporaryDirectory(prefix="handclasp-seeds-") as scratch:
        folder = pathlib.Path(scratch)
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem")
        run("req", "-x509", *key, "-subj", "/CN=seed", "-days", "30", "-set_serial", "0x1234567890", "-out", "ca.pem")
        folder.joinpath("index").write_text(
            "V\t350101000000Z\t\t1234567890\tunknown\t/CN=seed\nR\t350101000000Z\t250101000000Z,keyCompromise\t02\tunknown\t/CN=b\n"
        )
        for i, serials in enumerate((("0x1234567890",), ("2",), ("3",), ("0x1234567890", "2", "3"))):
            asked = [word for serial in serials for word in ("-serial", serial)]
            run("ocsp", "-issuer", "ca.pem", *asked, "-index", "index", "-rsigner", "ca.pem", "-rkey", "key.pem", "-CA", "ca.pem",
                "-ndays", "7", "-respout", f"{i}.der")
            yield "ocsp", folder.joinpath(f"{i}.der").read_bytes()


def found(vectors, pkits):
    for path, reader in ((vectors / "limbo.json", of_limbo), (vectors / "bettertls.json.xz", of_bettertls), (pkits, of_pkits)):
        if path.exists():
            yield from reader(path)
    yield from of_openssl()


def main(corpus, vectors="../shared/vectors", pkits="/usr/lib/python3/dist-packages/cryptography_vectors/x509/PKITS_data"):
    seeds = {"cert": {}, "crl": {}, "constraints": {}, "ocsp": {}}
    for kind, data in found(pathlib.Path(vectors), pathlib.Path(pkits)):
        seeds[kind][hashlib.sha256(data).hexdigest()] = data
    for cert in seeds["cert"].values():
        for data in constraints_of(cert):
            seeds["constraints"][hashlib.sha256(data).hexdigest()] = data
    for kind, inputs in seeds.items():
        folder = pathlib.Path(corpus) / kind
        folder.mkdir(parents=True, exist_ok=True)
        for name in sorted(inputs)[:MOST]:
            folder.joinpath(name[:40]).write_bytes(inputs[name])
    print("seeds: " + ", ".join(f"{min(len(inputs), MOST)} of {kind}" for kind, inputs in seeds.items()))


main(*sys.argv[1:])
