"""backend.py - a back end that records what it gets, byte for byte, and misbehaves when asked to.

What it got is appended to --got, one line of JSON a request: the number of the connection, method, target, fields in order and as they
came, length and SHA-256 of the body, and how the body was framed. The last one is also in the file with .last after its name, as
plain text for grep. What it answers follows the path:

    /chunked /http10 /big/N /slow/SECONDS /hop      good answers of several kinds
    /drip/SECONDS /driplength/SECONDS               good ones that take that long, a piece every tenth of a second
    /garbage /nothing /half /switch /badlength      bad ones
    anything else                                   200, and the request's body back (or "back end")
"""

import argparse
import hashlib
import json
import os
import socket
import ssl
import threading
import time

lock = threading.Lock()


class Gone(Exception):
    """The peer closed the connection, or said something that is no request."""


def read_line(stream):
    line = stream.readline(1 << 20)
    if not line.endswith(b"\n"):
        raise Gone
    return line.rstrip(b"\r\n").decode("latin-1")


def read_chunks(stream):
    body, trailers = [], []
    while True:
        size = int(read_line(stream).split(";")[0], 16)
        if size == 0:
            break
        body.append(stream.read(size))
        read_line(stream)
    while True:
        line = read_line(stream)
        if not line:
            return b"".join(body), trailers
        trailers.append(line.split(":", 1))


def read_request(stream):
    line = read_line(stream).split(" ")
    fields = []
    while True:
        field = read_line(stream)
        if not field:
            break
        name, _, value = field.partition(":")
        fields.append([name, value.strip()])
    by_name = {name.lower(): value for name, value in fields}
    request = {"method": line[0], "target": line[1], "version": line[-1], "fields": fields, "framing": "none", "trailers": []}
    body = b""
    if by_name.get("transfer-encoding", "").lower() == "chunked":
        request["framing"] = "chunked"
        body, request["trailers"] = read_chunks(stream)
    elif "content-length" in by_name:
        request["framing"] = "length"
        body = stream.read(int(by_name["content-length"]))
    request["length"] = len(body)
    request["sha256"] = hashlib.sha256(body).hexdigest()
    return request, body


def chunked(data):
    yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
    for at in range(0, len(data), 4096):
        piece = data[at : at + 4096]
        yield b"%x\r\n%s\r\n" % (len(piece), piece)
    yield b"0\r\nX-Sum: 1\r\n\r\n"


def plain(body, extra=b""):
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n%s" % (len(body), extra, body)


def big(size):
    block = bytes(range(256)) * 256
    yield b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size
    while size > 0:
        yield block[: min(size, len(block))]
        size -= len(block)


def drip(seconds, counted):
    """In chunks, or with its length said before."""
    pieces = int(seconds * 10)
    if counted:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (8 * pieces)
    else:
        yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    for _ in range(pieces):
        time.sleep(0.1)
        yield b"a drop.\n" if counted else b"8\r\na drop.\n\r\n"
    if not counted:
        yield b"0\r\n\r\n"


def answer(request, body):
    """The pieces of an answer, and whether the connection goes on."""
    word, _, rest = request["target"].split("?")[0][1:].partition("/")
    if word == "chunked":
        return chunked(body or b"in pieces " * 2000), True
    if word == "http10":
        return [b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end"], False
    if word == "big":
        return ([b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % int(rest)] if request["method"] == "HEAD" else big(int(rest))), True
    if word == "slow":
        time.sleep(float(rest))
        return [plain(b"at last\n")], True
    if word in ("drip", "driplength"):
        return drip(float(rest), word == "driplength"), True
    if word == "garbage":
        return [b"\x00\x01\x02 this is not HTTP\r\n\r\n"], False
    if word == "nothing":
        return [], False
    if word == "half":
        return [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"], False
    if word == "switch":
        return [b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"], False
    if word == "badlength":
        return [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n12345"], False
    if word == "hop":
        return [plain(b"x", b"Connection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nX-Stays: 1\r\n")], True
    return [plain(body or b"back end\n")], True


def record(request, got):
    text = [f"{request['method']} {request['target']} {request['version']}"]
    text += [f"{name}: {value}" for name, value in request["fields"]]
    text += [f"trailer {name}: {value}" for name, value in request["trailers"]]
    text.append(f"body {request['framing']} {request['length']} {request['sha256']}")
    with lock:
        with open(got + ".new", "w", encoding="latin-1") as last:
            last.write("\n".join(text) + "\n")
        os.rename(got + ".new", got + ".last")
        with open(got, "a", encoding="ascii") as log:
            log.write(json.dumps(request) + "\n")


def converse(sock, number, got):
    stream = sock.makefile("rb")
    goes_on = True
    while goes_on:
        request, body = read_request(stream)
        request["connection"] = number
        record(request, got)
        pieces, goes_on = answer(request, body)
        for piece in pieces:
            sock.sendall(piece)


def serve(sock, number, context, got):
    try:
        if context:
            sock = context.wrap_socket(sock, server_side=True)
        converse(sock, number, got)
    except (Gone, OSError, ValueError, IndexError):
        pass
    finally:
        sock.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port-file", required=True)
    parser.add_argument("--got", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--identity", help="speak TLS with this directory's chain.pem and key.pem")
    args = parser.parse_args()
    context = None
    if args.identity:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(args.identity + "/chain.pem", args.identity + "/key.pem")
    listener = socket.create_server(("127.0.0.1", args.port), backlog=128)
    open(args.got, "a", encoding="ascii").close()
    with open(args.port_file, "w", encoding="ascii") as file:
        file.write(str(listener.getsockname()[1]))
    number = 0
    while True:
        sock, _ = listener.accept()
        number += 1
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=serve, args=(sock, number, context, args.got), daemon=True).start()


main()
