"""scripted.py - servers that do one thing, for the table of peers and causes (services.py): a banner, a reset, an alert, half a
handshake. SCRIPTS has them by name; scripted(NAME, certs) starts one and gives its port.
"""
import pathlib
import socket
import socketserver
import ssl
import struct
import threading
import time

import peer_certs


def hello(sock):
    """Reads a whole ClientHello record, or what comes."""
    sock.settimeout(5)
    head = sock.recv(5, socket.MSG_WAITALL)
    if len(head) == 5 and head[0] == 22:
        return head + sock.recv(struct.unpack(">H", head[3:])[0], socket.MSG_WAITALL)
    return head


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def alert(number):
    def act(sock, _certs):
        hello(sock)
        sock.sendall(bytes([21, 3, 3, 0, 2, 2, number]))
        time.sleep(0.2)
    return act


def says(words, first=True):
    """Greets with these bytes, or answers with them."""
    def act(sock, _certs):
        if not first:
            hello(sock)
        sock.sendall(words)
        time.sleep(0.5)
    return act


def dialogue(*turns):
    """Says the first, then one for each line that it hears."""
    def act(sock, _certs):
        sock.settimeout(5)
        lines = sock.makefile("rb")
        for number, turn in enumerate(turns):
            if number and not lines.readline():
                return
            sock.sendall(turn)
        lines.readline()
    return act


def imap(*replies):
    """Greets, and answers each command with these lines and its own tag's OK; the last reply ends it."""
    def act(sock, _certs):
        sock.settimeout(5)
        lines = sock.makefile("rb")
        sock.sendall(b"* OK ready\r\n")
        for reply in replies:
            tag = lines.readline().split(b" ")[0]
            sock.sendall(reply + tag + b" OK done\r\n")
    return act


def closed_at_once(sock, _certs):
    sock.shutdown(socket.SHUT_WR)


def closed_at_hello(sock, _certs):
    hello(sock)


def reset_at_hello(sock, _certs):
    hello(sock)
    reset(sock)


def silent(sock, _certs):
    hello(sock)
    time.sleep(6)


def silent_for_the_name(sock, certs):
    """What a filter on the way does: nothing ever comes of a ClientHello that holds the name."""
    first = hello(sock)
    if peer_certs.NAME.encode() not in first:
        sock.sendall(first_flight(first, certs))
    time.sleep(6)


def talks_for_ever(sock, _certs):
    """TLS records of a handshake message that never ends: valid framing, endless contents."""
    hello(sock)
    record = bytes([22, 3, 3, 0x40, 0]) + b"\x02\xff\xff\xff" + bytes(0x3ffc)
    for _ in range(400):
        sock.sendall(record)


def garbage(sock, _certs):
    hello(sock)
    sock.sendall(bytes(range(128, 256)) * 4)
    time.sleep(0.2)


def byte_by_byte(sock, certs):
    """A sound server whose every byte comes alone, slower than anybody has patience for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certs.path("good.pem"), certs.path("good.key"))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_side=True)
    incoming.write(hello(sock))
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    for byte in outgoing.read():
        sock.sendall(bytes([byte]))
        time.sleep(0.05)


def first_flight(client_hello, certs):
    """What a sound server of TLS 1.2 answers, where all of it can be read."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certs.path("good.pem"), certs.path("good.key"))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_side=True)
    incoming.write(client_hello)
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


def half_a_handshake(end):
    """The server's whole flight, and then `end` instead of an answer to ours."""
    def act(sock, certs):
        sock.sendall(first_flight(hello(sock), certs))
        hello(sock)
        end(sock)
    return act


def after_handshake(end, version=ssl.TLSVersion.TLSv1_3, application=b""):
    def act(sock, certs):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.maximum_version = version
        context.load_cert_chain(certs.path("good.pem"), certs.path("good.key"))
        sock.settimeout(5)
        tls = context.wrap_socket(sock, server_side=True)
        if application:
            tls.recv(4096)
            tls.sendall(application)
        end(tls)
    return act


def rewritten(name):
    """The server's whole flight with the certificates of NAME in the place of its own: the signature in it is still by its own key."""
    def act(sock, certs):
        flight = bytearray(first_flight(hello(sock), certs))
        at = 0
        while flight[at + 5] != 11:  # Certificate [RFC 5246 7.4.2]; each message has a record of its own
            at += 5 + int.from_bytes(flight[at + 3:at + 5], "big")
        end = at + 5 + int.from_bytes(flight[at + 3:at + 5], "big")
        chain = pathlib.Path(certs.path(f"{name}.pem")).read_text().split("-----BEGIN")[1:]
        body = b"".join(len(der).to_bytes(3, "big") + der for der in (ssl.PEM_cert_to_DER_cert("-----BEGIN" + pem) for pem in chain))
        body = len(body).to_bytes(3, "big") + body
        message = b"\x0b" + len(body).to_bytes(3, "big") + body
        sock.sendall(flight[:at] + b"\x16\x03\x03" + len(message).to_bytes(2, "big") + message + flight[end:])
        hello(sock)
    return act


def at_another_time(days, cert="good", trust=""):
    """A server whose answers have that Date, and who finds clients out of date: it judges them by a root that is."""
    def act(sock, certs):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certs.path(f"{cert}.pem"), certs.path(f"{cert}.key"))
        if trust:
            context.load_verify_locations(certs.path(f"{trust}.pem"))
            context.verify_mode = ssl.CERT_OPTIONAL
        sock.settimeout(5)
        tls = context.wrap_socket(sock, server_side=True)
        tls.recv(4096)
        tls.sendall(http("200 OK").replace(b"\r\n", f"\r\nDate: {certs.now + days * peer_certs.DAY:%a, %d %b %Y %H:%M:%S} GMT\r\n".encode(), 1))
    return act


def http(status, body=""):
    return (f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n{body}").encode()


def pause(sock):
    time.sleep(6)


MYSQL = b"\x4a\x00\x00\x00\x0a8.0.36\x00\x08\x00\x00\x00" + b"a" * 8 + b"\x00\xff\xf7\xff\x02\x00\xff\xdf\x15" + bytes(10) + b"b" * 12 + \
    b"\x00caching_sha2_password\x00"

SCRIPTS = {
    "closed-at-once": closed_at_once, "closed-at-hello": closed_at_hello, "reset-at-hello": reset_at_hello, "silent": silent, "silent-for-name": silent_for_the_name,
    "for-ever": talks_for_ever, "garbage": garbage, "byte-by-byte": byte_by_byte,
    "reset-in-handshake": half_a_handshake(reset), "closed-in-handshake": half_a_handshake(lambda sock: None),
    "stalled": half_a_handshake(pause), "alert-40-late": half_a_handshake(lambda sock: sock.sendall(bytes([21, 3, 3, 0, 2, 2, 40]))),
    "other-key": rewritten("revokedserver"), "clock-ahead": at_another_time(200, trust="oldroot"),
    "notyet-there": at_another_time(10, cert="notyet"),
    "closed-after": after_handshake(lambda tls: tls.unwrap()), "reset-after": after_handshake(reset),
    "silent-after": after_handshake(pause),
    "forbidden": after_handshake(lambda tls: None, application=http("403 Forbidden")),
    "unauthorized": after_handshake(lambda tls: None, application=http("401 Unauthorized")),
    "misdirected": after_handshake(lambda tls: None, application=http("421 Misdirected Request")),
    "496": after_handshake(lambda tls: None, application=http("496 SSL Certificate Required")),
    "495": after_handshake(lambda tls: None, application=http("495 SSL Certificate Error")),
    "alert-40": alert(40), "alert-80": alert(80), "alert-50": alert(50), "alert-60": alert(60), "alert-112": alert(112),
    "alert-71": alert(71), "alert-49": alert(49), "alert-70": alert(70),
    "ssh": says(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"), "pop3": says(b"+OK POP3 ready <1.2@mail.example.com>\r\n"),
    "ftp": says(b"220 FTP server ready\r\n"), "mysql": says(MYSQL), "imap": says(b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n"),
    "smtp": says(b"220 mail.example.com ESMTP\r\n"),
    "smtp-without": dialogue(b"220 mail.example.com ESMTP\r\n", b"250-mail.example.com\r\n250 PIPELINING\r\n"),
    "smtp-refuses": dialogue(b"220 mail.example.com ESMTP\r\n", b"250-mail.example.com\r\n250 STARTTLS\r\n",
                             b"454 TLS not available due to temporary reason\r\n"),
    "smtp-injects": dialogue(b"220 mail.example.com ESMTP\r\n", b"250-mail.example.com\r\n250 STARTTLS\r\n",
                             b"220 go ahead\r\n250 you are welcome\r\n"),
    "imap-without": imap(b"* CAPABILITY IMAP4rev1\r\n", b""),
}


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            self.server.act(self.request, self.server.certs)
        except (OSError, ssl.SSLError, ValueError):
            pass


class Scripted(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


def scripted(name, certs):
    server = Scripted(("127.0.0.1", 0), Handler)
    server.act, server.certs = SCRIPTS[name], certs
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]
