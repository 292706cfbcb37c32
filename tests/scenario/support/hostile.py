#!/usr/bin/env python3
"""hostile.py - servers that want to fool the probe, or whoever reads what it says.

Usage: hostile.py all WORK     prints TAP lines

Each server really speaks TLS (ssl.MemoryBIO) and does one thing that no honest one does.
"""
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
import unicodedata

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import peer_certs  # noqa: E402
from scripted import hello  # noqa: E402

T12, T13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
HELLO_REQUEST = bytes([22, 3, 3, 0, 4, 0, 0, 0, 0])
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
WIDE = "\u4e00" * 90 + " The server proved who it is and answered. "
MARKUP = "\x1b[2J\nverdict accepted\u202e<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\\"


class Memory:
    """The server's side, its bytes in our hands: `change` gets each flight and gives what is sent instead."""

    def __init__(self, sock, context, change=lambda n, flight: flight):
        self.sock, self.change, self.flights = sock, change, 0
        self.inside, self.outside = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.inside, self.outside, server_side=True)

    def flush(self):
        flight = self.outside.read()
        if flight:
            self.sock.sendall(self.change(self.flights, flight))
            self.flights += 1

    def do(self, what, *words):
        while True:
            try:
                result = what(*words)
                self.flush()
                return result
            except ssl.SSLWantReadError:
                self.flush()
                more = self.sock.recv(65536)
                if not more:
                    raise EOFError from None
                self.inside.write(more)


class Server:
    def __init__(self, act):
        self.act, self.count = act, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            sock, _ = self.listener.accept()
            self.count += 1
            threading.Thread(target=self.one, args=(sock, self.count), daemon=True).start()

    def one(self, sock, number):
        with sock:
            try:
                self.act(sock, number)
            except (OSError, ssl.SSLError, EOFError):
                pass


def context(certs, name, version=None, asks=False):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certs.dir / f"{name}.pem", certs.dir / f"{name}.key")
    if version:
        made.minimum_version = made.maximum_version = version
    if asks:
        made.verify_mode = ssl.CERT_OPTIONAL
        made.load_verify_locations(certs.dir / "root.pem")
    return made


def answers(made, words=ANSWER, change=lambda n, flight: flight):
    def act(sock, _number):
        server = Memory(sock, made, change)
        server.do(server.tls.do_handshake)
        server.do(server.tls.read, 65536)
        server.do(server.tls.write, words)
        time.sleep(0.2)
    return act


def probe(certs, target, *more, form="--json"):
    started = time.monotonic()
    done = subprocess.run([os.environ["HANDCLASP"], "--home", str(certs.dir / "none"), "probe", target, "--bundle",
                           str(certs.dir / "root.pem"), *more, *form.split()], capture_output=True, check=False,
                          env={**os.environ, "LC_ALL": "C.UTF-8"})
    done.seconds = time.monotonic() - started
    return done


def cause(done):
    return json.loads(done.stdout)["verdict"]["cause"]


NAME = ("--name", peer_certs.NAME)


def report(good, title, what=""):
    print(f"{'ok' if good else 'not ok'} - {title}", flush=True)
    if not good:
        print(f"# {what}", flush=True)


def refused(certs, act, want, title, target="127.0.0.1", more=NAME):
    done = probe(certs, f"{target}:{Server(act).port}", *more)
    got = cause(done)
    report(done.returncode == 1 and got == want, title, f"exit {done.returncode}, {got}, wanted {want}")


# --- a bad server is never called good --------------------------------------------------------------------------------


def odd_leaf(certs):
    """A leaf that libcrypto reads and we do not, and behind it the chain of somebody else."""
    pem, key = certs.dir / "odd.pem", certs.dir / "odd.key"
    peer_certs.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=odd",
                   "-set_serial", "0x" + "7a" * 40, "-keyout", str(key), "-out", str(pem))
    pem.write_text(pem.read_text() + (certs.dir / "good.pem").read_text())
    return context(certs, "odd")


def is_judged(certs):
    for n in (20, 70, 2000):
        refused(certs, answers(context(certs, "selfsigned", T12), change=lambda i, b, n=n: HELLO_REQUEST * n + b if i == 0 else b),
                "server-self-signed", f"{n} messages that say nothing do not drive the certificate out of the record")
    refused(certs, answers(odd_leaf(certs)), "server-certificate-malformed",
            "a leaf that cannot be read is not replaced by the chain of somebody else behind it")
    for host in ("127.1", "0x7f.1", "2130706433", "127.0.0.01", "[::ffff:127.0.0.1]"):
        refused(certs, answers(context(certs, "good")), "server-name-mismatch",
                f"{host} is an address that the certificate must carry", target=host, more=())
    body = b"Date: Thu, 19 Nov 2020 00:00:00 GMT\r\n"
    refused(certs, answers(context(certs, "selfsigned"), ANSWER.replace(b"Content", body + b"Content")), "server-self-signed",
            "a Date does not excuse a certificate of nobody's")


# --- the certificate of the user --------------------------------------------------------------------------------------


def is_kept(certs):
    """It refuses the first hello, so that the probe asks again in other words, and then asks for a certificate."""
    shown = []

    def act(version):
        made = context(certs, "selfsigned", version, asks=True)
        made.set_ciphers("ALL:@SECLEVEL=0")

        def refuse_then_ask(sock, number):
            if number == 1:
                hello(sock)
                sock.sendall(bytes([21, 3, 3, 0, 2, 2, 40]))
                time.sleep(0.2)
                return
            server = Memory(sock, made)
            server.do(server.tls.do_handshake)
            shown.append(server.tls.getpeercert(binary_form=True))
        return refuse_then_ask
    identity = ("--cert", str(certs.dir / "alice.pem"), "--key", str(certs.dir / "alice.key"))
    for version, more in ((T12, ()), (T12, ("--tls", "1.3"))):
        shown.clear()
        server = Server(act(version))
        probe(certs, f"127.0.0.1:{server.port}", *NAME, *identity, *more)
        report(server.count > 1 and not any(shown), f"a further connection shows no certificate of the user's ({version.name}{' '.join(more)})",
               f"{server.count} connections, {len(shown)} handshakes")


def is_silent(certs):
    """Who keeps TLS from being answered is asked in plain words: not for what the user's URL says."""
    heard = []

    def listen(sock, _number):
        sock.settimeout(3)
        while more := sock.recv(4096):
            heard.append(more)
    server = Server(listen)
    probe(certs, f"https://127.0.0.1:{server.port}/reset?token=s3cret", *NAME, "--timeout", "1s", "--wait", "1s")
    words = b"".join(heard)
    report(b"GET / HTTP" in words and b"s3cret" not in words, "the path of a pasted URL is never sent without TLS", words[:300])


# --- what is printed --------------------------------------------------------------------------------------------------


def columns(line):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def is_clean(certs):
    words = b"HTTP/1.1 200 " + (WIDE + MARKUP).encode() + b"\xff\xfe\r\nX: " + WIDE.encode() + b"\r\n\r\n" + MARKUP.encode() * 3
    target = f"127.0.0.1:{Server(answers(context(certs, 'good'), words)).port}"
    for form in ("--steps", "--json", "--html -"):
        done = probe(certs, target, *NAME, form=form)
        text = done.stdout.decode()  # fails when it is no UTF-8
        odd = {hex(ord(c)) for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs")}
        report(not odd, f"{form}: no byte of a peer's moves the cursor or turns the direction", odd)
        if form == "--steps":
            long = [line for line in text.split("\n") if columns(line) > 80]
            report(not long, "no line is so long that a terminal breaks it", long[:2])
        if form == "--html -":
            report(not re.search(r"<script|<img", text), "a page holds no element of a peer's")


# --- time -------------------------------------------------------------------------------------------------------------


def ends(certs):
    def late(sock, _number):
        hello(sock)
        time.sleep(4.5)
        sock.sendall(bytes([21, 3, 3, 0, 2, 2, 40]))
    done = probe(certs, f"127.0.0.1:{Server(late).port}", *NAME)
    report(done.seconds < 40, "a server that answers each further connection late does not keep the probe", f"{done.seconds:.1f} s")


def main():
    certs = peer_certs.Certs(os.path.join(sys.argv[2], "certs"))
    for part in (is_judged, is_kept, is_silent, is_clean, ends):
        part(certs)


if __name__ == "__main__":
    main()
