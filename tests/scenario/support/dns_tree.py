"""dns_tree.py - three name servers on loopback, one port: the root at 127.0.0.1, test. at 127.0.0.2, example.test. at 127.0.0.3,
which knows shop.example.test. Prints the port, and serves until it is ended.
"""
import socket
import struct
import threading

A, NS = 1, 2


def encoded(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label) + b"\0"


def record(name, kind, data, ttl=300):
    return encoded(name) + struct.pack(">HHIH", kind, 1, ttl, len(data)) + data


def referral(zone, server, address):
    return [], [record(zone, NS, encoded(server))], [record(server, A, socket.inet_aton(address))]


def root(_kind):
    return referral("test", "ns.test", "127.0.0.2")


def top(_kind):
    return referral("example.test", "ns1.example.test", "127.0.0.3")


def authoritative(kind):
    return ([record("shop.example.test", A, socket.inet_aton("127.0.0.1"), 60)] if kind == A else []), [], []


def answer(query, know):
    end = 12
    while query[end]:
        end += query[end] + 1
    question = query[12:end + 5]
    answers, authority, additional = know(struct.unpack(">H", question[-4:-2])[0])
    flags = 0x8000 | (0x0400 if know is authoritative else 0)
    counts = struct.pack(">HHHHH", flags, 1, len(answers), len(authority), len(additional))
    return query[:2] + counts + question + b"".join(answers + authority + additional)


def serve(sock, know):
    while True:
        query, peer = sock.recvfrom(4096)
        sock.sendto(answer(query, know), peer)


def main():
    sockets, port = [], 0
    for last, know in ((1, root), (2, top), (3, authoritative)):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((f"127.0.0.{last}", port))
        port = sock.getsockname()[1]
        sockets.append((sock, know))
    print(port, flush=True)
    for sock, know in sockets[1:]:
        threading.Thread(target=serve, args=(sock, know), daemon=True).start()
    serve(*sockets[0])


if __name__ == "__main__":
    main()
