"""raw.py - sends bytes over TLS exactly as they are given, one connection a line, and says what came back.

A line of standard input holds the bytes of one connection, with Python's escapes (\\r \\n \\x00). For each, one line is printed:
"STATUS PEER BODY", where STATUS is that of the last final answer (000: none), or all of them joined by commas with --all, PEER
this side's address, and BODY the last body's text. --wait says for how many seconds an answer is waited for; --pause cuts the
bytes at every "|" and waits that long at each.
"""

import argparse
import codecs
import re
import socket
import ssl
import sys
import time


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ca", required=True)
    parser.add_argument("--identity")
    parser.add_argument("--wait", type=float, default=3)
    parser.add_argument("--pause", type=float)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--close", action="store_true", help="end our half after the bytes")
    return parser.parse_args()


def connect(args):
    context = ssl.create_default_context(cafile=args.ca)
    if args.identity:
        context.load_cert_chain(args.identity + "/chain.pem", args.identity + "/key.pem")
    plain = socket.create_connection(("127.0.0.1", args.port), timeout=args.wait)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return context.wrap_socket(plain, server_hostname="gate.example.com")


def send(tls, data, args):
    """As much as the other side takes: one that refused us may have stopped listening, and its answer is still to be read."""
    try:
        for part in [data] if args.pause is None else data.split(b"|"):
            tls.sendall(part)
            time.sleep(args.pause or 0)
    except OSError:
        pass


def complete(got):
    """True when the last answer in sight is there whole; only then is it not worth waiting for the end."""
    head, mark, body = got.rpartition(b"\r\n\r\n")
    if not mark:
        return False
    start = head.rfind(b"HTTP/1.1 ")
    length = re.search(rb"\r\ncontent-length: *(\d+)", head[start:], re.IGNORECASE)
    return bool(length) and len(body) >= int(length.group(1)) and b" 100 Continue" not in head[start:]


def receive(tls, wanted):
    got = b""
    try:
        while True:
            data = tls.recv(65536)
            if not data:
                break
            got += data
            if len(re.findall(rb"HTTP/1\.1 [2-5]\d\d ", got)) >= wanted and complete(got):
                break
    except (OSError, ValueError):
        pass
    return got


def main():
    args = options()
    for line in sys.stdin:
        data = codecs.escape_decode(line.rstrip("\n").encode())[0]
        got, peer = b"", "-"
        try:
            with connect(args) as tls:
                peer = "%s:%d" % tls.getsockname()
                send(tls, data, args)
                if args.close:
                    tls.unwrap().shutdown(socket.SHUT_WR)
                got = receive(tls, data.count(b" HTTP/1.1\r\n") if args.all else 1)
        except OSError as error:
            print(f"raw.py: {error}", file=sys.stderr)
        statuses = [s.decode() for s in re.findall(rb"HTTP/1\.1 ([2-5]\d\d) ", got)] or ["000"]
        body = got.rpartition(b"\r\n\r\n")[2].decode("latin-1").replace("\n", " ").strip()
        print(",".join(statuses) if args.all else statuses[-1], peer, body, flush=True)


main()
