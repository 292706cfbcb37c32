"""peers.py - real TLS servers, each in many settings at once, for the table of peers and causes (causes.py).

A Spec says how a server is to be set up; start(PEER, specs, certs, work) starts what PEER needs and gives {spec.name: port}. All
listen on loopback, in a network namespace of the table's own.
"""
import dataclasses
import http.server
import json
import os
import pathlib
import random
import shutil
import socket
import subprocess
import threading
import time

HERE = pathlib.Path(__file__).parent
GIVEN = set()  # ports that were given to somebody already


@dataclasses.dataclass(frozen=True)
class Spec:
    name: str
    cert: str = "good"       # of peer_certs
    clients: str = "none"    # none, optional, required
    crl: str = ""            # "crls" or "stales"
    low: str = "1.2"         # versions
    high: str = "1.3"
    suites: str = ""         # OpenSSL's words, up to TLS 1.2
    groups: str = ""
    alpn: str = ""
    strict_name: bool = False  # refuse other server names than the certificate's
    trust: str = "root"      # whose clients: root.pem or other.pem
    named: bool = True       # the CertificateRequest names these authorities
    dh: str = ""             # parameters for DHE: a file of peer_certs
    sigalgs: str = ""        # of the clients, in OpenSSL's words
    words: tuple = ()        # further ones of s_server's; @NAME is a file of peer_certs


def free_port():
    """Below those that the kernel gives to clients, one of which would otherwise be there before the server."""
    while True:
        with socket.socket() as listener:
            port = random.randrange(12000, 32000)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            if port not in GIVEN:
                GIVEN.add(port)
                return port


def ports_of(specs):
    return {spec.name: free_port() for spec in specs}


def wait_for_port(port, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as sock:
            sock.settimeout(1)
            if sock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"nobody listens on port {port}")


class Peers:
    """The processes of one peer; stop() ends them."""

    def __init__(self, certs, work):
        self.certs, self.work, self.processes, self.version = certs, pathlib.Path(work), [], ""
        self.work.mkdir(parents=True, exist_ok=True)

    def spawn(self, name, words, **more):
        log = open(self.work / f"{name}.log", "wb")
        self.processes.append(subprocess.Popen(words, stdin=more.pop("stdin", subprocess.DEVNULL), stdout=log, stderr=log, **more))
        return self.processes[-1]

    def stop(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(3)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def cert(self, name):
        return self.certs.path(f"{name}.pem")

    def key(self, name):
        return self.certs.path(f"{name}.key")

    def chain(self, name):
        """What stands above the leaf, in a file of its own."""
        path = self.work / f"{name}-above.pem"
        if not path.exists():
            path.write_text(pathlib.Path(self.cert(name)).read_text().partition("-----END CERTIFICATE-----\n")[2])
        return str(path)


class Openssl(Peers):
    """openssl s_server: one process a spec."""
    BOUNDS = {"1.0": "tls1", "1.1": "tls1_1", "1.2": "tls1_2", "1.3": "tls1_3"}

    def start(self, specs):
        ports = ports_of(specs)
        for spec in specs:
            words = ["openssl", "s_server", "-accept", f"127.0.0.1:{ports[spec.name]}", "-cert", self.cert(spec.cert), "-key",
                     self.key(spec.cert), "-www", "-quiet"]
            if pathlib.Path(self.cert(spec.cert)).read_text().count("BEGIN") > 1:
                words += ["-cert_chain", self.chain(spec.cert)]
            for version in ("1.0", "1.1", "1.2", "1.3"):
                if not spec.low <= version <= spec.high:
                    words.append(f"-no_{self.BOUNDS[version]}")
            weak = spec.cert in ("weak", "sha1") or spec.low < "1.2" or spec.suites
            if weak:
                words += ["-cipher", (spec.suites or "ALL") + ":@SECLEVEL=0"]
            if spec.groups:
                words += ["-groups", spec.groups]
            if spec.alpn:
                words += ["-alpn", spec.alpn]
            if spec.strict_name:
                words += ["-servername", "shop.example.com", "-servername_fatal", "-cert2", self.cert(spec.cert), "-key2",
                          self.key(spec.cert)]
            if spec.clients != "none":
                words += ["-Verify" if spec.clients == "required" else "-verify", "3", "-verify_return_error",
                          "-CAfile" if spec.named else "-CAstore",
                          self.certs.path(f"{spec.trust}-{spec.crl}.pem" if spec.crl else f"{spec.trust}.pem")]
            if spec.crl:
                words.append("-crl_check_all")
            if spec.dh:
                words += ["-dhparam", self.certs.path(spec.dh)]
            if spec.sigalgs:
                words += ["-client_sigalgs", spec.sigalgs]
            words += [self.certs.path(word[1:]) if word.startswith("@") else word for word in spec.words]
            self.spawn(spec.name, words)
        return ports


class Gnutls(Peers):
    """gnutls-serv: one process a spec. It cannot be told an address, so it is for a namespace of its own only."""

    def start(self, specs):
        ports = ports_of(specs)
        for spec in specs:
            priority = "NORMAL:-VERS-ALL:" + ":".join(f"+VERS-TLS{v}" for v in ("1.0", "1.1", "1.2", "1.3") if spec.low <= v <= spec.high)
            if spec.low < "1.2" or spec.cert in ("weak", "sha1"):
                priority = priority.replace("NORMAL", "LEGACY:%VERIFY_ALLOW_SIGN_WITH_SHA1")
            words = ["gnutls-serv", "--port", str(ports[spec.name]), "--http", "--quiet", "--priority", priority, "--x509certfile",
                     self.cert(spec.cert), "--x509keyfile", self.key(spec.cert)]
            if spec.clients == "none":
                words.append("--disable-client-cert")
            else:
                words += ["--x509cafile", self.certs.path(f"{spec.trust}.pem"), "--verify-client-cert"]
                if spec.clients == "required":
                    words.append("--require-client-cert")
            if spec.crl:
                words += ["--x509crlfile", self.certs.path(f"{spec.crl}.pem")]
            if spec.alpn:
                words += ["--alpn", spec.alpn, "--alpn-fatal"]
            self.spawn(spec.name, words)
        return ports


class Nginx(Peers):
    """One nginx with a server block a spec."""
    VERSIONS = {"1.0": "TLSv1", "1.1": "TLSv1.1", "1.2": "TLSv1.2", "1.3": "TLSv1.3"}

    def block(self, spec, port):
        lines = [f"listen 127.0.0.1:{port} ssl;", "server_name shop.example.com;", f"ssl_certificate {self.cert(spec.cert)};",
                 f"ssl_certificate_key {self.key(spec.cert)};", "return 200 'hello\\n';", "ssl_verify_depth 3;",
                 "ssl_protocols " + " ".join(self.VERSIONS[v] for v in self.VERSIONS if spec.low <= v <= spec.high) + ";"]
        weak = spec.cert in ("weak", "sha1") or spec.low < "1.2"
        if spec.dh:
            lines.append(f"ssl_dhparam {self.certs.path(spec.dh)};")
        if spec.sigalgs:
            lines.append(f"ssl_conf_command ClientSignatureAlgorithms {spec.sigalgs};")
        if spec.suites or weak:
            lines.append(f"ssl_ciphers {spec.suites or 'ALL'}:@SECLEVEL=0;")
        if spec.groups:
            lines.append(f"ssl_ecdh_curve {spec.groups};")
        if spec.clients != "none":
            lines += ["ssl_verify_client " + ("on" if spec.clients == "required" else "optional") + ";",
                      f"ssl_client_certificate {self.certs.path(spec.trust + '.pem')};"]
        if spec.crl:
            lines.append(f"ssl_crl {self.certs.path(spec.crl + '.pem')};")
        blocks = "server {\n  " + "\n  ".join(lines) + "\n}\n"
        if spec.strict_name:
            blocks += f"server {{\n  listen 127.0.0.1:{port} ssl default_server;\n  server_name _;\n  ssl_reject_handshake on;\n}}\n"
        return blocks

    def start(self, specs):
        ports = ports_of(specs)
        blocks = "".join(self.block(spec, ports[spec.name]) for spec in specs)
        temporary = "".join(f"{kind}_temp_path {self.work}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.work / "nginx.conf").write_text(
            f"daemon off;\nmaster_process off;\npid {self.work}/nginx.pid;\nerror_log {self.work}/error.log info;\n"
            f"events {{ worker_connections 256; }}\nhttp {{\naccess_log off;\n{temporary}{blocks}}}\n")
        self.spawn("nginx", [shutil.which("nginx", path="/usr/sbin:/usr/bin"), "-p", str(self.work), "-c", str(self.work / "nginx.conf"),
                             "-e", str(self.work / "error.log")])
        return ports


class Haproxy(Peers):
    """One haproxy with a frontend a spec."""

    def frontend(self, spec, port):
        pem = self.work / f"{spec.cert}-both.pem"
        pem.write_text(pathlib.Path(self.cert(spec.cert)).read_text() + pathlib.Path(self.key(spec.cert)).read_text())
        words = [f"bind 127.0.0.1:{port} ssl crt {pem}", f"ssl-min-ver TLSv{spec.low}", f"ssl-max-ver TLSv{spec.high}"]
        weak = spec.cert in ("weak", "sha1") or spec.low < "1.2"
        if spec.suites or weak:
            words.append(f"ciphers {spec.suites or 'ALL'}:@SECLEVEL=0")
        if spec.groups:
            words.append(f"curves {spec.groups}")
        if spec.alpn:
            words.append(f"alpn {spec.alpn}")
        if spec.strict_name:
            words.append("strict-sni")
        if spec.clients != "none":
            words.append(f"verify {spec.clients} ca-file {self.certs.path(spec.trust + '.pem')}{'' if spec.named else ' no-ca-names'}")
        if spec.crl:
            words.append(f"crl-file {self.certs.path(spec.crl + '.pem')}")
        if spec.name == "proxy-header":
            words.append("accept-proxy")
        return f"frontend {spec.name}\n  {' '.join(words)}\n  http-request return status 200 content-type text/plain string hello\n"

    def start(self, specs):
        ports = ports_of(specs)
        (self.work / "haproxy.cfg").write_text(
            "global\n  maxconn 100\n  tune.ssl.default-dh-param 2048\n  ssl-default-bind-options ssl-min-ver TLSv1.0\n"
            "defaults\n  mode http\n  timeout client 20s\n  timeout server 5s\n  timeout connect 5s\n  timeout http-request 20s\n" +
            "".join(self.frontend(spec, ports[spec.name]) for spec in specs))
        # It loads a weak certificate only where the library's own settings let it.
        (self.work / "openssl.cnf").write_text("openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\n"
                                               "MinProtocol = TLSv1\nCipherString = ALL:@SECLEVEL=0\n")
        self.spawn("haproxy", [shutil.which("haproxy", path="/usr/sbin:/usr/bin"), "-db", "-f", str(self.work / "haproxy.cfg")],
                   env=dict(os.environ, OPENSSL_CONF=str(self.work / "openssl.cnf")))
        return ports


class Hello(http.server.BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *words):
        pass


class Stunnel(Peers):
    """One stunnel with a service a spec, before a small HTTP server."""

    def service(self, spec, port):
        lines = [f"[{spec.name}]", f"accept = 127.0.0.1:{port}", f"connect = 127.0.0.1:{self.back_end}", f"cert = {self.cert(spec.cert)}",
                 f"key = {self.key(spec.cert)}", f"sslVersionMin = TLSv{spec.low.replace('1.0', '1')}", f"sslVersionMax = TLSv{spec.high}"]
        if spec.cert in ("weak", "sha1") or spec.low < "1.2":
            lines.append("securityLevel = 0")
        if spec.suites:
            lines.append(f"ciphers = {spec.suites}:@SECLEVEL=0")
        if spec.groups:
            lines.append(f"curves = {spec.groups}")
        if spec.clients == "required":
            lines += ["verifyChain = yes", "requireCert = yes"]
        elif spec.clients == "optional":
            lines += ["verifyChain = yes", "requireCert = no"]
        if spec.clients != "none":
            lines.append(f"CAfile = {self.certs.path(spec.trust + '.pem')}")
        if spec.crl:
            lines.append(f"CRLfile = {self.certs.path(spec.crl + '.pem')}")
        return "\n".join(lines) + "\n"

    def start(self, specs):
        ports = ports_of(specs)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hello)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.back_end = server.server_address[1]
        (self.work / "stunnel.conf").write_text("foreground = yes\npid =\ndebug = info\n" +
                                                "".join(self.service(spec, ports[spec.name]) for spec in specs))
        self.spawn("stunnel", ["stunnel4", str(self.work / "stunnel.conf")])
        return ports


class Node(Peers):
    """One node with an https server a spec (peer_node.js)."""

    def start(self, specs):
        ports = ports_of(specs)
        settings = [dict(dataclasses.asdict(spec), port=ports[spec.name], cert=self.cert(spec.cert), key=self.key(spec.cert),
                         ca=self.certs.path(f"{spec.trust}.pem"), crl=self.certs.path(f"{spec.crl}.pem") if spec.crl else "")
                    for spec in specs]
        (self.work / "node.json").write_text(json.dumps(settings))
        self.spawn("node", ["node", str(HERE / "peer_node.js"), str(self.work / "node.json")])
        return ports


class Java(Peers):
    """One Java with an SSLServerSocket a spec (PeerServer.java)."""

    def start(self, specs):
        ports = ports_of(specs)
        lines = []
        for spec in specs:
            store = self.work / f"{spec.cert}.p12"
            subprocess.run(["openssl", "pkcs12", "-export", "-in", self.cert(spec.cert), "-inkey", self.key(spec.cert), "-out", str(store),
                            "-passout", "pass:changeit", "-name", "server"], check=True, capture_output=True)
            lines.append("\t".join([spec.name, str(ports[spec.name]), str(store), self.certs.path(f"{spec.trust}.pem"), spec.clients,
                                    spec.low, spec.high, spec.alpn or "-"]))
        (self.work / "java.tsv").write_text("\n".join(lines) + "\n")
        self.spawn("java", ["java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", str(HERE / "PeerServer.java"), str(self.work / "java.tsv")])
        return ports


class Gate(Peers):
    """Our own gate: one process for the specs without revocation, one for each kind of CRLs. "tcp" relays, the others serve files."""

    def gate(self, spec, port):
        lines = [f"- name: {spec.name}", f'  listen: "127.0.0.1:{port}"',
                 f"  identity: {{certificate: {self.cert(spec.cert)}, key: {self.private(spec.cert)}}}", f"  clients: {spec.clients}"]
        if "tcp" in spec.name:
            lines.append(f"  forward: tcp://127.0.0.1:{self.back_end}")
        else:
            lines.append(f"  serve: {self.work}")
        who = "anyone" if spec.clients != "required" else "dns:nobody.example.com" if "norule" in spec.name else "email:alice@example.com"
        lines += ["  routes:", f'    - allow: ["{who}"]' if "tcp" in spec.name else f'    - {{path: "/**", allow: ["{who}"]}}']
        return "".join(f"  {line}\n" for line in lines)

    def private(self, name):
        """The key where only its owner reads it: the gate asks for that."""
        path = self.work / f"{name}.key"
        if not path.exists():
            path.write_text(pathlib.Path(self.key(name)).read_text())
            path.chmod(0o600)
        return path

    def start(self, specs):
        ports = ports_of(specs)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hello)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.back_end = server.server_address[1]
        (self.work / "index.html").write_text("hello\n")
        for group in sorted({(spec.crl, spec.trust) for spec in specs}):
            directory = {"crls": "crl", "stales": "stale"}.get(group[0])
            revocation = f"{{crl: [{self.certs.path(directory)}], check: chain, stale: refuse}}" if directory else "none"
            conf = self.work / f"gate-{group[0]}-{group[1]}.yaml"
            conf.write_text(f"bundle: {self.certs.path(group[1] + '.pem')}\nrevocation: {revocation}\ngates:\n" +
                            "".join(self.gate(spec, ports[spec.name]) for spec in specs if (spec.crl, spec.trust) == group))
            self.spawn(conf.stem, [os.environ["HANDCLASP"], "gate", "run", str(conf), "--state", str(self.work / "state"), "--no-control"])
        return ports


KINDS = {"gate": Gate, "openssl": Openssl, "gnutls": Gnutls, "nginx": Nginx, "haproxy": Haproxy, "stunnel": Stunnel, "node": Node, "java": Java}
PROGRAMS = {"gate": "true", "openssl": "openssl", "gnutls": "gnutls-serv", "nginx": "nginx", "haproxy": "haproxy", "stunnel": "stunnel4", "node": "node",
            "java": "javac"}


def missing(peer):
    """The program that this peer lacks, or None."""
    program = PROGRAMS[peer]
    return None if shutil.which(program, path="/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin") else program


def start(peer, specs, certs, work):
    peers = KINDS[peer](certs, work)
    try:
        ports = peers.start(specs)
        for port in ports.values():
            wait_for_port(port)
    except BaseException:
        peers.stop()
        raise
    return peers, ports
