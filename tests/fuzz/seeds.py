"""seeds.py CORPUS [VECTORS [PKITS_DATA]] - first inputs for fuzz targets, from vectors of others and from the openssl command.

Writes into CORPUS/cert, /crl, /constraints and /ocsp what is to be found: certificates and CRLs out of limbo.json, bettertls.json.xz
and the PKITS data, name constraints out of those certificates, and OCSP responses that openssl makes; into CORPUS/tls_wire the messages
of handshakes between openssl and itself, and into CORPUS/starttls dialogues. Whatever is not there is left out. The names are
hashes, so doing it again adds nothing.
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


MESSAGE = re.compile(r"^[<>]{3} TLS 1\.(\d), Handshake \[length [0-9a-f]+\], \w+\n((?:    [0-9a-f ]+\n)+)", re.M)
SERVERS = (  # the suite, which is what fuzz_tls_wire wants to know of a ServerKeyExchange, and options
    (0x1301, "-tls1_3"),
    (0x1301, "-tls1_3", "-groups", "P-384"),  # a HelloRetryRequest
    (0xC02F, "-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"),
    (0x009E, "-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256"),
)


def of_handshake(folder, suite, *server):
    """Inputs of fuzz_tls_wire: the type with the version in its top bit, the body."""
    accept = ("openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", "ca.pem", "-key", "key.pem", "-CAfile", "ca.pem",
              "-Verify", "1", "-alpn", "http/1.1", "-naccept", "1", *server)
    with subprocess.Popen(accept, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            port = next(line for line in process.stdout if line.startswith(b"ACCEPT ")).split(b":")[-1].strip().decode()
            told = subprocess.run(
                ("openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", "seed", "-alpn", "h2,http/1.1",
                 "-status", "-msg", "-groups", "X25519:P-384", "-cipher", "ALL:@SECLEVEL=0", "-cert", "ca.pem", "-key", "key.pem"),
                cwd=folder, input=b"", capture_output=True, timeout=20, check=False).stdout.decode(errors="replace")
        finally:
            process.kill()
    for version, text in MESSAGE.findall(told):
        message = bytes.fromhex(text)
        kind = message[0] | (0x80 if server[0] == "-tls1_3" else 0)
        yield "tls_wire", bytes((kind,)) + (suite.to_bytes(2, "big") if message[0] == 12 else b"") + message[4:]


def of_handshakes():
    with tempfile.TemporaryDirectory(prefix="handclasp-seeds-") as scratch:
        subprocess.run(("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-subj", "/CN=seed", "-days", "30",
                        "-out", "ca.pem"), cwd=scratch, check=True, capture_output=True, timeout=20)
        for server in SERVERS:
            yield from of_handshake(scratch, *server)


def of_dialogues():
    """Inputs of fuzz_starttls: the protocol, the size of a piece, what the server says."""
    for kind, words in (
        (0, b"220-mail ESMTP\r\n220 ready\r\n250-mail\r\n250-STARTTLS\r\n250 SIZE\r\n220 go\r\n250 more\r\n"),
        (0, b"220 mail\r\n502 what\r\n"),
        (1, b"* OK ready\r\n* CAPABILITY IMAP4rev1 STARTTLS\r\na1 OK\r\n* 1 EXISTS\r\na2 OK go\r\n* more\r\n"),
        (2, b"S"),
        (2, b"E\0\0\0\x21SFATAL\0C53300\0Mtoo many\0\0\0\0\0\0"),
        (3, bytes.fromhex("300c02010178070a010004000400")),
        (3, bytes.fromhex("3084000000140201017884000000" "0b0a010204000404") + b"busy"),
    ):
        yield "starttls", bytes((kind, 6)) + words


def of_files():
    """Inputs of fuzz_inspect: a file of each kind that openssl makes; the passphrase is the one that the target gives."""
    made = (
        ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem", "-subj", "/CN=seed",
         "-addext", "subjectAltName=DNS:seed.example", "-days", "30", "-out", "cert.pem"),
        ("req", "-new", "-key", "key.pem", "-subj", "/CN=seed", "-addext", "subjectAltName=DNS:seed.example", "-out", "request.pem"),
        ("pkcs12", "-export", "-in", "cert.pem", "-inkey", "key.pem", "-name", "seed", "-passout", "pass:secret", "-iter", "1", "-out", "a.p12"),
        ("pkcs12", "-export", "-in", "cert.pem", "-inkey", "key.pem", "-passout", "pass:", "-keypbe", "NONE", "-certpbe", "NONE",
         "-nomac", "-out", "b.p12"),
        ("crl2pkcs7", "-nocrl", "-certfile", "cert.pem", "-out", "a.p7.pem"),
        ("crl2pkcs7", "-nocrl", "-certfile", "cert.pem", "-outform", "DER", "-out", "a.p7b"),
        ("x509", "-in", "cert.pem", "-outform", "DER", "-out", "cert.der"),
        ("pkey", "-in", "key.pem", "-outform", "DER", "-out", "key.der"),
        ("pkey", "-in", "key.pem", "-pubout", "-out", "public.pem"),
        ("ec", "-in", "key.pem", "-out", "sec1.pem"),
        ("pkcs8", "-topk8", "-in", "key.pem", "-passout", "pass:secret", "-iter", "1", "-out", "sealed.pem"),
    )
    with tempfile.TemporaryDirectory(prefix="handclasp-seeds-") as scratch:
        folder = pathlib.Path(scratch)
        for words in made:
            subprocess.run(("openssl", *words), cwd=scratch, check=True, capture_output=True, timeout=20)
        for file in sorted(folder.iterdir()):
            yield "inspect", file.read_bytes()
        yield "inspect", b"".join(folder.joinpath(name).read_bytes() for name in ("cert.pem", "key.pem", "request.pem"))
    yield "inspect", b'{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg"}]}'
    yield "inspect", b'{"kty":"RSA","n":"gAE","e":"AQAB","d":"AQAB","x5c":["MAA="]}'


def found(vectors, pkits):
    for path, reader in ((vectors / "limbo.json", of_limbo), (vectors / "bettertls.json.xz", of_bettertls), (pkits, of_pkits)):
        if path.exists():
            yield from reader(path)
    yield from of_openssl()
    yield from of_handshakes()
    yield from of_dialogues()
    yield from of_files()


def main(corpus, vectors="../shared/vectors", pkits="/usr/lib/python3/dist-packages/cryptography_vectors/x509/PKITS_data"):
    seeds = {"cert": {}, "crl": {}, "constraints": {}, "ocsp": {}, "tls_wire": {}, "starttls": {}, "inspect": {}}
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
