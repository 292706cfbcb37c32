#!/usr/bin/env python3
"""causes.py - the table of peers and causes: each row is a real server in one setting, an identity (or none), a version of TLS,
and the side and the cause that the probe must name.

Usage: causes.py PEER WORK [PATTERN]     PEER is one of peers.KINDS; WORK an empty directory; $HANDCLASP the program
Prints TAP lines "ok - ..." and "not ok - ...", which the scenario numbers. --list prints the rows.
"""
import concurrent.futures
import ctypes
import dataclasses
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import peer_certs  # noqa: E402
import peers  # noqa: E402
from peers import Spec  # noqa: E402

BOTH = ("1.2", "1.3")
IS_ROOT = os.getuid() == 0  # before a namespace makes everybody root

SPECS = [
    Spec("open"), Spec("optional", clients="optional"), Spec("required", clients="required"),
    Spec("required-other", clients="required", trust="other"),
    Spec("crl", clients="required", crl="crls"), Spec("stale", clients="required", crl="stales"),
    Spec("expired", "expired"), Spec("notyet", "notyet"), Spec("othername", "othername"), Spec("leafonly", "leafonly"),
    Spec("foreign", "foreign"), Spec("selfsigned", "selfsigned"), Spec("clientonly", "clientonly"), Spec("nonames", "nonames"),
    Spec("isca", "isca"), Spec("weak", "weak"), Spec("sha1", "sha1"), Spec("revoked", "revokedserver"),
    Spec("only12", high="1.2"), Spec("only13", low="1.3"), Spec("old", "rsa", low="1.0", high="1.1"),
    Spec("rsa-kex", "rsa", high="1.2", suites="kRSA"), Spec("weak-suites", "rsa", high="1.2", suites="ECDHE-RSA-AES128-SHA"),
    Spec("odd-group", low="1.3", groups="ffdhe2048"), Spec("alpn", alpn="nothing-known"), Spec("strict-name", strict_name=True),
    Spec("oldissuer", "oldissuer"), Spec("withdrawn", "withdrawn"), Spec("constrained", "constrained"), Spec("toodeep", "toodeep"),
    Spec("quiet", "quiet"), Spec("ed448", "ed448"), Spec("forged", "forged"), Spec("malformed", "malformed"),
    Spec("odd-suites", "rsa", high="1.2", suites="ECDHE-RSA-AES128-SHA256"),
    Spec("short-prime", "rsa", high="1.2", suites="DHE-RSA-AES128-GCM-SHA256", dh="dh1024.pem"),
    Spec("unnamed", clients="required", trust="other", named=False),
    Spec("rsa-clients", clients="required", sigalgs="RSA-PSS+SHA256:RSA+SHA256"),
    Spec("staple", words=("-status_file", "@staple.der")), Spec("tickets", low="1.3", words=("-num_tickets", "20000")),
    Spec("norule", clients="required"), Spec("tcp", clients="required"), Spec("tcp-norule", clients="required"),
]


@dataclasses.dataclass
class Row:
    spec: str
    side: str
    cause: str
    identity: str = ""
    versions: tuple = BOTH
    more: tuple = ()                 # further options of the probe
    trust: str = "root"              # --bundle; "" for none
    name: str = peer_certs.NAME
    other: dict = dataclasses.field(default_factory=dict)  # what other peers give: {"nginx": (side, cause)}, None: they cannot

    def title(self, version):
        who = f" as {self.identity}" if self.identity else ""
        extra = f" {' '.join(self.more)}" if self.more else ""
        return f"{self.spec}{who} over TLS {version}{extra}"


FINE = "accepted-without-identity"
SEEN = "accepted"
# Nothing tells from the outside whether the certificate is revoked or the server's CRL is out of date.
OPAQUE = ("undecided", "your-certificate-refused")
OPAQUE_HTTP = ("undecided", "http-certificate-refused")
SILENT = ("undecided", "closed-after-certificate")
NEED = "client-certificate-required"
NGINX_NEED = {"nginx": ("client", "http-certificate-required")}


def nginx(cause, side="client"):
    """nginx finishes the handshake and refuses in its answer; the probe knows the cause when it can see it itself."""
    return {"nginx": (side, cause)}


def only(*some):
    return {peer: None for peer in peers.KINDS if peer not in some}


ONLY_GATE = only("gate")

ROWS = [
    Row("open", "nobody", FINE),
    Row("open", "nobody", FINE, "alice"),
    Row("optional", "nobody", "accepted-anonymous"),
    Row("optional", "nobody", SEEN, "alice"),
    Row("required", "client", NEED, other=NGINX_NEED),
    Row("required", "nobody", SEEN, "alice"),
    Row("required", "client", "your-certificate-not-acceptable", "c-foreign"),
    Row("required", "client", "your-certificate-expired", "c-expired"),
    Row("required", "client", "your-certificate-not-yet-valid", "c-notyet"),
    Row("required", "client", "your-certificate-wrong-purpose", "c-serveronly", other={"gnutls": ("nobody", SEEN)}),
    Row("required", "client", "your-chain-incomplete", "c-leafonly"),
    Row("required-other", "client", "your-certificate-not-acceptable", "alice"),
    Row("crl", "client", "your-certificate-revoked", "c-revoked",
        other={"java": None, "gnutls": OPAQUE, "nginx": OPAQUE_HTTP, "node": SILENT}),
    Row("crl", "client", "your-certificate-revoked", "c-revoked", more=("--crl", "@crl"), other={"java": None}),
    Row("stale", "server", "server-crl-stale-or-missing", "alice", other={"java": None, "gnutls": ("nobody", SEEN), "nginx": OPAQUE_HTTP, "node": SILENT}),
    Row("expired", "server", "server-certificate-expired"),
    Row("notyet", "server", "server-certificate-not-yet-valid"),
    Row("othername", "server", "server-name-mismatch"),
    Row("leafonly", "server", "server-chain-incomplete"),
    Row("foreign", "client", "server-unknown-authority"),
    Row("selfsigned", "server", "server-self-signed"),
    Row("clientonly", "server", "server-certificate-wrong-purpose"),
    Row("nonames", "server", "server-certificate-without-names"),
    Row("isca", "server", "server-certificate-is-a-ca"),
    Row("weak", "server", "server-key-weak", other={"gnutls": None, "java": None, "node": None}),
    Row("sha1", "server", "server-signature-weak", other={"gnutls": None, "java": None, "node": None}),
    Row("revoked", "server", "server-certificate-revoked", more=("--crl", "@crl")),
    Row("open", "client", "crl-stale", more=("--crl", "@stale")),
    Row("open", "client", "no-authorities-given", trust=""),
    Row("only12", "both", "server-lacks-tls13", versions=("1.3",)),
    Row("only13", "both", "server-lacks-tls12", versions=("1.2",)),
    Row("old", "server", "server-speaks-only-old-tls", versions=("",), other={"java": None, "node": None}),
    Row("rsa-kex", "server", "only-rsa-key-exchange", versions=("", "1.2"), other={"gnutls": None, "java": None}),
    Row("odd-group", "both", "no-common-group", versions=("1.3",), other={"gnutls": None, "java": None}),
    Row("alpn", "both", "no-common-application-protocol",
        other={peer: None for peer in ("nginx", "haproxy", "stunnel", "node")}),  # they go on without one; node since 20 does not
    Row("oldissuer", "server", "server-issuer-expired"),
    Row("withdrawn", "server", "server-issuer-revoked", more=("--crl", "@crl")),
    Row("constrained", "server", "server-name-outside-constraints"),
    Row("toodeep", "server", "server-chain-refused"),
    Row("quiet", "undecided", "server-issuer-unknown"),
    Row("forged", "server", "server-chain-forged"),
    Row("malformed", "server", "server-certificate-malformed"),
    Row("ed448", "both", "no-common-signature-algorithm", versions=("", *BOTH), other={"java": ("server", "server-internal-error")}),
    Row("open", "client", "crl-missing", more=("--crl", "@crl/0.crl")),
    Row("open", "client", "your-bundle-expired", trust="oldbundle"),
    Row("weak-suites", "server", "only-weak-suites", versions=("", "1.2"), other={"gnutls": None, "java": None}),
    Row("odd-suites", "both", "no-common-suite", versions=("", "1.2"), other={"gnutls": None, "java": None}),
    Row("short-prime", "server", "weak-dh", versions=("", "1.2"), other=only("openssl", "nginx")),
    Row("strict-name", "client", "server-name-needed", name="", other=only("nginx", "haproxy")),
    Row("required", "client", "your-certificate-self-signed", "c-selfsigned"),
    Row("required", "client", "your-issuer-expired", "c-oldissuer"),
    Row("required", "client", "your-key-weak", "c-sha1", other={"haproxy": ("nobody", SEEN), "java": ("nobody", SEEN)}),
    Row("required", "client", "your-key-weak", "c-weakissuer",
        other={"gnutls": ("nobody", SEEN), "haproxy": ("nobody", SEEN), "java": ("nobody", SEEN), "node": None}),  # it depends on the build
    Row("required", "client", "your-name-outside-constraints", "c-constrained"),
    Row("required", "client", "your-proof-refused", "c-forged"),
    Row("required", "client", "your-key-mismatch", "c-otherkey"),
    Row("unnamed", "server", "your-authority-unknown", "alice", other=only("openssl", "haproxy")),
    Row("rsa-clients", "both", "your-key-kind-not-accepted", "alice", other=only("openssl", "nginx")),
    Row("staple", "server", "server-staple-bad", other=only("openssl")),
    Row("tickets", "server", "talks-too-much", versions=("1.3",), other=only("openssl")),
    # Our gate's own ways.
    Row("norule", "server", "http-forbidden", "alice", other=ONLY_GATE),
    Row("tcp", "nobody", SEEN, "alice", other=ONLY_GATE),
    # In TLS 1.2 the gate has accepted the certificate when it closes; in TLS 1.3 nobody outside can tell.
    Row("tcp-norule", "server", "closed-after-handshake", "alice", versions=("1.2",), other=ONLY_GATE),
    Row("tcp-norule", "undecided", "closed-after-certificate", "alice", versions=("1.3",), other=ONLY_GATE),
    Row("crl", "client", "your-certificate-without-names", "c-nonames", other=ONLY_GATE),
    Row("crl", "client", "your-certificate-is-a-ca", "c-isca", other=ONLY_GATE),
    Row("strict-name", "server", "server-name-unknown", more=("--name", "blog.example.com"),
        other={peer: None for peer in ("gnutls", "stunnel", "node", "java")}),
]


# Causes that no row shows, and why. probe_shows_every_cause.sh compares the rows with src/doctor/causes.def.
UNSHOWN = {}


def own_network():
    """A namespace with nothing but loopback, or the reason why there is none."""
    libc = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.getuid(), os.getgid()
    new_user, new_net = 0x10000000, 0x40000000
    flags = new_net if uid == 0 else new_user | new_net
    if libc.unshare(flags) != 0:
        return os.strerror(ctypes.get_errno())
    if uid != 0:
        for path, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
            with open(f"/proc/self/{path}", "w", encoding="ascii") as file:
                file.write(text)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        up = struct.pack("16sh", b"lo", 1)  # SIOCSIFFLAGS, IFF_UP
        fcntl.ioctl(sock, 0x8914, up)
    return None


# What a Handclasp gate refuses to start with, or cannot be told.
NOT_A_GATE = {"expired", "notyet", "othername", "leafonly", "foreign", "selfsigned", "clientonly", "nonames", "isca", "weak", "sha1",
              "revoked", "oldissuer", "withdrawn", "constrained", "toodeep", "quiet", "forged", "malformed", "ed448", "odd-suites", "only12", "only13", "old", "rsa-kex", "weak-suites", "odd-group", "alpn", "strict-name"}


def expected(row, peer):
    if peer in row.other:
        return row.other[peer]
    if peer == "gate" and row.spec in NOT_A_GATE:
        return None
    return (row.side, row.cause)


def probe(row, version, target, certs):
    words = [os.environ["HANDCLASP"], "probe", target, "--json", "--wait", "1s", "--timeout", "4s"]
    if row.name and "--name" not in row.more:
        words += ["--name", row.name]
    if version:
        words += ["--tls", version]
    if row.trust:
        words += ["--bundle", certs.path(f"{row.trust}.pem")]
    if row.identity:
        words += ["--cert", certs.path(f"{row.identity}.pem"), "--key", certs.path(f"{row.identity}.key")]
    words += [certs.path(word[1:]) if word.startswith("@") else word for word in row.more]
    done = subprocess.run(words, capture_output=True, timeout=60, check=False, env=dict(os.environ, HANDCLASP_HOME="/nonexistent"))
    try:
        verdict = json.loads(done.stdout)["verdict"]
    except (ValueError, KeyError) as error:
        return {"cause": f"no verdict: {error}", "side": done.stderr.decode(errors="replace"), "others": []}, done, words
    return verdict, done, words


def judge(verdict, done, want):
    """What is wrong, or None."""
    side, cause = want
    if verdict["side"] != side:
        return f"the side is {verdict['side']}, not {side}"
    if verdict["cause"] != cause:
        return f"the cause is {verdict['cause']}, not {cause}"
    if verdict["others"] and not verdict["decide"]:
        return "other causes are named, and nothing that would decide"
    if (done.returncode == 0) != (side == "nobody"):
        return f"the exit code is {done.returncode}"
    return None


def check(row, version, peer, target, certs):
    want = expected(row, peer)
    title = f"{peer}: {row.title(version or 'any')}: {want[1]}"
    verdict, done, words = probe(row, version, target, certs)
    wrong = judge(verdict, done, want)
    if not wrong:
        return f"ok - {title}"
    told = json.dumps(verdict, indent=1).replace("\n", "\n# ")
    return f"not ok - {title}\n# {wrong}\n# {' '.join(words)}\n# {told}"


def check_all(rows):
    """Rows as check takes them; four at a time, as they mostly wait."""
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for job in [pool.submit(check, *row) for row in rows]:
            print(job.result(), flush=True)


def main():
    peer, work = sys.argv[1], sys.argv[2]
    pattern = sys.argv[3] if len(sys.argv) > 3 else ""
    lacks = peers.missing(peer)
    if lacks:
        print(f"ok - the table of {peer} # SKIP {lacks} is not installed")
        return
    why = own_network()
    if why and peer == "gnutls":
        print(f"ok - the table of {peer} # SKIP gnutls-serv listens everywhere, and there is no network namespace: {why}")
        return
    certs = peer_certs.Certs(os.path.join(work, "certs"))
    rows = [row for row in ROWS if expected(row, peer) and pattern in f"{row.spec} {row.identity}"]
    needed = {row.spec for row in rows}
    running, ports = peers.start(peer, [spec for spec in SPECS if spec.name in needed], certs, os.path.join(work, peer))
    try:
        check_all([(row, version, peer, f"127.0.0.1:{ports[row.spec]}", certs) for row in rows for version in row.versions])
    finally:
        running.stop()


if __name__ == "__main__":
    main()
