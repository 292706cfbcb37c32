"""crowd.py PORT KIND BUNDLE - many people with open connections to one gate, and who of them is still there.

KIND is tcp (what is sent comes back) or http (GET / is answered with 200). Orders come on standard input, one a line, and each is
answered with one line:

    open LABEL N fresh|resumed IDENTITY    N connections with the key and chain of a directory; resumed: after one full handshake,
                                           whose session all the others resume             LABEL open N resumed K refused J
    again LABEL                            one more connection that offers that session    LABEL again resumed|full|refused
    ask LABEL                              every open connection is used once              LABEL answered K silent J
    await LABEL SECONDS                    until the gate has closed all of them           LABEL closed K left J after M ms

crowd.py --echo FILE is a back end for tcp, which writes its port into FILE.
"""

import os
import select
import socket
import socketserver
import ssl
import sys
import threading
import time

PATIENCE = 10  # seconds for any one step


class Crowd:
    def __init__(self, port, kind, bundle):
        self.port, self.kind, self.bundle = port, kind, bundle
        self.open = {}
        self.context = {}
        self.session = {}

    def connect(self, label):
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        try:
            return self.context[label].wrap_socket(plain, server_hostname="gate.example.com", session=self.session.get(label))
        except OSError:
            plain.close()
            raise

    def use(self, connection):
        """One question and its answer; in TLS 1.3 this is also when a refusal or a ticket arrives."""
        if self.kind == "tcp":
            connection.sendall(b"ping")
            return connection.recv(4) == b"ping"
        connection.sendall(b"GET / HTTP/1.1\r\nHost: gate.example.com\r\n\r\n")
        answer = b""
        while b"\r\n\r\n" not in answer:
            more = connection.recv(65536)
            if not more:
                return False
            answer += more
        head, _, body = answer.partition(b"\r\n\r\n")
        length = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")][0]
        while len(body) < length:
            more = connection.recv(65536)
            if not more:
                return False
            body += more
        return head.startswith(b"HTTP/1.1 200 ")

    def one(self, label):
        """A connection that was used once, or None."""
        try:
            connection = self.connect(label)
        except OSError:
            return None
        try:
            if self.use(connection):
                return connection
        except OSError:
            pass
        connection.close()
        return None

    def do_open(self, label, number, how, identity):
        self.context[label] = ssl.create_default_context(cafile=self.bundle)
        self.context[label].load_cert_chain(identity + "/chain.pem", identity + "/key.pem")
        here, refused, resumed = [], 0, 0
        for _ in range(int(number)):
            connection = self.one(label)
            if connection is None:
                refused += 1
                continue
            here.append(connection)
            resumed += connection.session_reused
            if how == "resumed" and label not in self.session:
                self.session[label] = connection.session
        self.open[label] = here
        return f"open {len(here)} resumed {resumed} refused {refused}"

    def do_again(self, label):
        connection = self.one(label)
        if connection is None:
            return "again refused"
        how = "resumed" if connection.session_reused else "full"
        connection.close()
        return f"again {how}"

    def do_ask(self, label):
        answered = 0
        for connection in self.open[label]:
            try:
                answered += self.use(connection)
            except OSError:
                pass
        return f"answered {answered} silent {len(self.open[label]) - answered}"

    def do_await(self, label, seconds):
        began = time.monotonic()
        left = {connection.fileno(): connection for connection in self.open[label]}
        poll = select.poll()
        for number in left:
            poll.register(number, select.POLLIN | select.POLLRDHUP)
        last = began
        while left and time.monotonic() - began < float(seconds):
            for number, _ in poll.poll(100):
                try:
                    over = not left[number].recv(4096)
                except ssl.SSLWantReadError:
                    over = False
                except OSError:
                    over = True
                if over:
                    last = time.monotonic()
                    poll.unregister(number)
                    left.pop(number).close()
        self.open[label] = list(left.values())
        gone = len(left)
        return f"closed {self.total(label) - gone} left {gone} after {int((last - began) * 1000)} ms"

    def total(self, label):
        return self.count[label]

    def run(self):
        self.count = {}
        for line in sys.stdin:
            order, label, *rest = line.split()
            said = getattr(self, "do_" + order)(label, *rest)
            if order == "open":
                self.count[label] = len(self.open[label])
            print(label, said, flush=True)


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            while data := self.request.recv(4096):
                self.request.sendall(data)
        except OSError:
            pass


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 512


def echo(path):
    threading.stack_size(262144)
    with Server(("127.0.0.1", 0), Echo) as server:
        with open(path + ".new", "w", encoding="ascii") as file:
            file.write(str(server.server_address[1]))
        os.rename(path + ".new", path)
        server.serve_forever()


if sys.argv[1] == "--echo":
    echo(sys.argv[2])
else:
    Crowd(int(sys.argv[1]), sys.argv[2], sys.argv[3]).run()
