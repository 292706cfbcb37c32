#!/usr/bin/env python3
"""services.py - the second half of the table of peers and causes: what lies on the way to a server, what is no TLS, what begins
without TLS, and what ends a handshake in ways that no well-kept server would.

Usage: services.py GROUP WORK [PATTERN]     GROUP is way, words or starttls; prints TAP lines as causes.py does

way and words are scripts that say and do one thing (a banner, a reset, an alert); where a real program does it, that is used.
starttls is PostgreSQL, Postfix and OpenLDAP, and stunnel's sides of SMTP, IMAP and PostgreSQL.
"""
import os
import pathlib
import pwd
import shutil
import socket
import struct
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import causes  # noqa: E402
import peer_certs  # noqa: E402
import peers  # noqa: E402
from causes import Row  # noqa: E402
from scripted import SCRIPTS, dialogue, imap, scripted, silent  # noqa: E402

SBIN = "/usr/sbin:/sbin:/usr/bin:/bin"

# --- the way: names and routes ----------------------------------------------------------------------------------------


def name_server():
    """Answers A for here.test, NXDOMAIN for nowhere.test, nothing for empty.test, SERVFAIL for broken.test, and is silent about
    silent.test."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))

    def answer(query):
        end = 12
        while query[end]:
            end += query[end] + 1
        name, question = query[12:end + 1], query[12:end + 5]
        kind = struct.unpack(">H", question[-4:-2])[0]
        first = name[1:1 + name[0]].lower()
        if first == b"silent":
            return None
        code = {b"nowhere": 3, b"broken": 2}.get(first, 0)
        found = first == b"here" and kind == 1
        record = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x7f\x00\x00\x01" if found else b""
        return query[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, int(found), 0, 0) + question + record

    def serve():
        while True:
            query, peer = sock.recvfrom(4096)
            reply = answer(query)
            if reply:
                sock.sendto(reply, peer)

    threading.Thread(target=serve, daemon=True).start()
    return f"127.0.0.1:{sock.getsockname()[1]}"


def full_listener():
    """A port whose queue is full, so that the kernel drops whoever comes: what a firewall does."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    held = [listener]
    for _ in range(4):
        held.append(socket.socket())
        held[-1].setblocking(False)
        held[-1].connect_ex(listener.getsockname())
    return listener.getsockname()[1], held


def prohibited():
    """This machine's own rules forbid the way to 198.51.100.1, as a local firewall does."""
    words = ["ip", "route", "replace", "prohibit", "198.51.100.1"]
    return shutil.which("ip", path=SBIN) and subprocess.run(words, env={"PATH": SBIN}, capture_output=True, check=False).returncode == 0


# --- programs that begin without TLS ----------------------------------------------------------------------------------


class Postgres(peers.Peers):
    """PostgreSQL: "postgres" with TLS, "postgres-cert" which lets nobody in without a certificate, "postgres-plain" without TLS."""
    BIN = "/usr/lib/postgresql/15/bin"

    def as_user(self, words):
        if os.getuid() != 0:
            return words
        return ["setpriv", f"--reuid={pwd.getpwnam('postgres').pw_uid}", f"--regid={pwd.getpwnam('postgres').pw_gid}", "--clear-groups", *words]

    def lay_out(self, data):
        """Its directory, and beside it its certificate, key and authority; all of them postgres's own, as it wants them."""
        files = [data.with_suffix("." + name) for name in ("good.pem", "good.key", "root.pem")]
        data.mkdir()
        for file in files:
            shutil.copy(self.certs.path(file.name.partition(".")[2]), file)
            file.chmod(0o600)
        if os.getuid() != 0:
            return
        self.work.chmod(0o755)
        for above in self.work.resolve().parents:  # postgres must pass through; a scenario's directory is its owner's alone
            if not above.stat().st_mode & 0o001:
                above.chmod(above.stat().st_mode | 0o001)
        for path in (data, *files):
            shutil.chown(path, "postgres", "postgres")

    def start(self, names):
        ports = {name: peers.free_port() for name in names}
        for name in names:
            data = self.work / name
            self.lay_out(data)
            subprocess.run(self.as_user([f"{self.BIN}/initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "--no-sync"]), check=True,
                           capture_output=True, cwd="/")
            rules = "hostssl all all 127.0.0.1/32 cert\n" if name == "postgres-cert" else "host all all 127.0.0.1/32 trust\n"
            (data / "pg_hba.conf").write_text(rules)
            tls = [] if name == "postgres-plain" else ["-c", "ssl=on", "-c", f"ssl_cert_file={data}.good.pem", "-c",
                                                       f"ssl_key_file={data}.good.key", "-c", f"ssl_ca_file={data}.root.pem"]
            self.spawn(name, self.as_user([f"{self.BIN}/postgres", "-D", str(data), "-p", str(ports[name]), "-c",
                                           "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off", *tls]), cwd="/")
        for port in ports.values():
            peers.wait_for_port(port)
        return ports


class Ldap(peers.Peers):
    """OpenLDAP's slapd, with a certificate."""

    def start(self):
        port = peers.free_port()
        conf = self.work / "slapd.conf"
        (self.work / "db").mkdir()
        conf.write_text(f"include /etc/ldap/schema/core.schema\npidfile {self.work}/slapd.pid\nTLSCertificateFile {self.cert('good')}\nTLSCertificateKeyFile {self.key('good')}\n"
                        f"TLSCACertificateFile {self.cert('good')}\nTLSVerifyClient never\nmodulepath /usr/lib/ldap\nmoduleload back_mdb\n"
                        "database mdb\nsuffix dc=example,dc=com\n" f"directory {self.work}/db\n")
        self.spawn("slapd", [shutil.which("slapd", path="/usr/sbin:/usr/bin"), "-d", "0", "-f", str(conf), "-h", f"ldap://127.0.0.1:{port}/"])
        peers.wait_for_port(port)
        return port


class Mail(peers.Peers):
    """Postfix: its smtpd alone, under its master, in a directory of its own. Needs root."""

    def start(self):
        port = peers.free_port()
        conf, queue, data = self.work / "etc", self.work / "queue", self.work / "data"
        for directory in (conf, queue, data):
            directory.mkdir()
        for directory in (self.work.parent, self.work):
            os.chmod(directory, 0o755)
        shutil.chown(data, "postfix", "postfix")
        (conf / "main.cf").write_text(
            f"compatibility_level=3.6\nqueue_directory={queue}\ndata_directory={data}\nmyhostname=shop.example.com\n"
            f"mydestination=\ninet_interfaces=127.0.0.1\ninet_protocols=ipv4\nsmtpd_tls_security_level=may\nsmtpd_tls_cert_file={self.cert('good')}\n"
            f"smtpd_tls_key_file={self.key('good')}\nmaillog_file={self.work}/mail.log\nmaillog_file_prefixes={self.work}\n")
        (conf / "master.cf").write_text(
            f"127.0.0.1:{port} inet n - n - - smtpd\ntlsmgr unix - - n 1000? 1 tlsmgr\nanvil unix - - n - 1 anvil\nrewrite unix - - n - - trivial-rewrite\n"
            "proxymap unix - - n - - proxymap\npostlog unix-dgram n - n - 1 postlogd\ncleanup unix n - n - 0 cleanup\n")
        self.conf = conf
        subprocess.run(["postfix", "-c", str(conf), "start"], check=True, capture_output=True)
        peers.wait_for_port(port)
        return port

    def stop(self):
        subprocess.run(["postfix", "-c", str(self.conf), "stop"], check=False, capture_output=True)


class StunnelProtocols(peers.Peers):
    """stunnel's server sides of SMTP, IMAP and PostgreSQL, before scripts that speak the plain protocol."""
    PLAIN = {"smtp": dialogue(b"220 mail.example.com ESMTP\r\n", *[b"250 mail.example.com\r\n"] * 9),
             "imap": imap(*[b"* CAPABILITY IMAP4rev1\r\n"] * 9), "pgsql": silent}

    def start(self):
        ports, text = {}, "foreground = yes\npid =\n"
        for protocol, act in self.PLAIN.items():
            SCRIPTS[f"plain-{protocol}"] = act
            ports[protocol] = peers.free_port()
            text += (f"[{protocol}]\naccept = 127.0.0.1:{ports[protocol]}\nconnect = 127.0.0.1:{scripted(f'plain-{protocol}', self.certs)}\n"
                     f"cert = {self.cert('good')}\nkey = {self.key('good')}\nprotocol = {protocol}\n")
        (self.work / "stunnel.conf").write_text(text)
        self.spawn("stunnel", ["stunnel4", str(self.work / "stunnel.conf")])
        for port in ports.values():
            peers.wait_for_port(port)
        return ports


# --- the rows ---------------------------------------------------------------------------------------------------------

ANY = ("",)


def row(spec, side, cause, *more, **rest):
    return Row(spec, side, cause, more=more, **dict({"versions": ANY}, **rest))


WAY = [
    row("nowhere.test", "network", "no-such-name", name=""),
    row("empty.test", "network", "name-without-address", name=""),
    row("broken.test", "network", "name-server-fails", name=""),
    row("silent.test", "network", "name-server-fails", name=""),
    row("nobody", "server", "connection-refused"),
    row("full", "network", "connect-timeout"),
    row("192.0.2.1", "network", "unreachable"),
    row("198.51.100.1", "client", "local-trouble"),
    row("closed-at-once", "server", "closed-at-once"),
    row("closed-at-hello", "server", "closed-at-hello"),
    row("reset-at-hello", "network", "reset-at-hello"),
    row("silent", "server", "silent-at-hello"),
    row("silent-for-name", "network", "swallowed-on-the-way"),
    row("byte-by-byte", "server", "stalled"),
    row("for-ever", "server", "server-breaks-tls"),
    row("other-key", "server", "server-key-mismatch"),
    row("alert-40-late", "both", "handshake-failure"),
    row("clock-ahead", "server", "server-clock-is-wrong", identity="alice"),
    row("notyet-there", "client", "your-clock-is-wrong"),
    row("reset-in-handshake", "network", "reset-in-handshake"),
    row("closed-in-handshake", "server", "closed-in-handshake"),
    row("stalled", "server", "stalled"),
    row("closed-after", "server", "closed-after-handshake"),
    row("reset-after", "server", "reset-after-handshake"),
    row("silent-after", "nobody", "not-refused-so-far"),
]

WORDS = [
    row("plain-http", "server", "plain-http"),
    row("ssh", "server", "ssh"), row("pop3", "server", "pop3"), row("ftp", "server", "ftp"), row("mysql", "server", "mysql"),
    row("redis", "server", "redis"), row("garbage", "server", "not-tls"),
    row("imap", "server", "imap-wants-starttls"), row("smtp", "server", "smtp-wants-starttls"),
    row("proxy-header", "server", "wants-proxy-header"),
    row("smtp-without", "server", "starttls-not-offered", "--starttls", "smtp"),
    row("smtp-refuses", "server", "starttls-refused", "--starttls", "smtp"),
    row("smtp-injects", "network", "starttls-injected", "--starttls", "smtp"),
    row("imap-without", "server", "starttls-not-offered", "--starttls", "imap"),
    row("ssh", "client", "starttls-wrong-protocol", "--starttls", "smtp"),
    row("forbidden", "server", "http-forbidden"), row("unauthorized", "server", "http-forbidden"),
    row("misdirected", "both", "http-misdirected"), row("496", "client", "http-certificate-required"),
    row("495", "undecided", "http-certificate-refused", identity="alice"),
    row("alert-40", "server", "server-without-usable-certificate"), row("alert-80", "server", "server-internal-error"),
    row("alert-50", "both", "server-does-not-understand"), row("alert-60", "server", "other-alert"),
    row("alert-112", "server", "server-name-unknown"), row("alert-49", "server", "access-denied"),
    row("alert-70", "both", "no-common-version"),
]

STARTTLS = [
    row("postgres", "server", "postgres-wants-starttls"),
    row("postgres", "nobody", "accepted-anonymous", "--starttls", "postgres"),
    row("postgres-cert", "client", "client-certificate-required", "--starttls", "postgres"),
    row("postgres-cert", "server", "application-refused", "--starttls", "postgres", identity="alice"),
    row("postgres-plain", "server", "starttls-not-offered", "--starttls", "postgres"),
    row("ldap", "server", "ldap-wants-starttls"),
    row("ldap", "nobody", "accepted-without-identity", "--starttls", "ldap"),
    row("postfix", "server", "smtp-wants-starttls"),
    row("postfix", "nobody", "accepted-without-identity", "--starttls", "smtp"),
    row("stunnel-smtp", "nobody", "accepted-without-identity", "--starttls", "smtp"),
    row("stunnel-imap", "nobody", "accepted-without-identity", "--starttls", "imap"),
    row("stunnel-pgsql", "nobody", "not-refused-so-far", "--starttls", "postgres"),
]

ROWS = {"way": WAY, "words": WORDS, "starttls": STARTTLS}


class Group:
    """Starts what the rows of a group need, once each."""

    def __init__(self, name, certs, work):
        self.certs, self.work, self.running, self.kept = certs, pathlib.Path(work), [], []
        self.ports = {}
        try:
            self.ports = getattr(self, f"start_{name}")()
        except BaseException:
            self.stop()
            raise

    def more(self, kind, name):
        peer = kind(self.certs, self.work / name)
        self.running.append(peer)
        return peer

    def start_way(self):
        full, self.kept = full_listener()
        return {"nobody": peers.free_port(), "full": full, "192.0.2.1": 443, "198.51.100.1": 443, "dns": name_server()}

    def start_words(self):
        ports = {}
        redis = self.more(peers.Peers, "redis")
        ports["redis"] = peers.free_port()
        redis.spawn("redis", ["redis-server", "--port", str(ports["redis"]), "--bind", "127.0.0.1", "--save", "", "--dir", str(redis.work)],
                    executable=shutil.which("redis-check-rdb"))
        plain = self.more(peers.Peers, "nginx")
        ports["plain-http"] = peers.free_port()
        (plain.work / "nginx.conf").write_text(
            f"daemon off;\nmaster_process off;\npid {plain.work}/pid;\nevents {{}}\nhttp {{ access_log off; client_body_temp_path {plain.work}/b;\n"
            f"proxy_temp_path {plain.work}/p; fastcgi_temp_path {plain.work}/f; uwsgi_temp_path {plain.work}/u; scgi_temp_path {plain.work}/s;\n"
            f"server {{ listen 127.0.0.1:{ports['plain-http']}; return 200 'hello'; }} }}\n")
        plain.spawn("nginx", [shutil.which("nginx", path="/usr/sbin:/usr/bin"), "-p", str(plain.work), "-c", str(plain.work / "nginx.conf"), "-e",
                              str(plain.work / "error.log")])
        haproxy = self.more(peers.Haproxy, "haproxy")
        ports.update(haproxy.start([peers.Spec("proxy-header")]))
        for name in ("redis", "plain-http", "proxy-header"):
            peers.wait_for_port(ports[name])
        return ports

    def start_starttls(self):
        ports = self.more(Postgres, "postgres").start(["postgres", "postgres-cert", "postgres-plain"])
        ports["ldap"] = self.more(Ldap, "ldap").start()
        if os.getuid() == 0 and causes.IS_ROOT:
            ports["postfix"] = self.more(Mail, "postfix").start()
        for protocol, port in self.more(StunnelProtocols, "stunnel").start().items():
            ports[f"stunnel-{protocol}"] = port
        return ports

    def target(self, spec):
        """What the probe is given, and options that belong to it."""
        if spec.endswith(".test"):
            return f"{spec}:443", ["--dns-server", self.ports["dns"]]
        if spec not in self.ports:
            if spec not in SCRIPTS:
                return None, []
            self.ports[spec] = scripted(spec, self.certs)
        host = spec if spec[0].isdigit() and "." in spec else "127.0.0.1"
        return f"{host}:{self.ports[spec]}", []

    def stop(self):
        for peer in self.running:
            peer.stop()


def main():
    group, work = sys.argv[1], sys.argv[2]
    pattern = sys.argv[3] if len(sys.argv) > 3 else ""
    why = causes.own_network()
    certs = peer_certs.Certs(os.path.join(work, "certs"))
    servers = Group(group, certs, work)
    try:
        rows = []
        for wanted in ROWS[group]:
            target, more = servers.target(wanted.spec)
            if target is None or (why and wanted.spec == "192.0.2.1") or ((why or not prohibited()) and wanted.spec == "198.51.100.1"):
                print(f"ok - {group}: {wanted.title('any')} # SKIP it needs root or a network namespace")
            elif pattern in wanted.spec:
                wanted.more = tuple(wanted.more) + tuple(more)
                rows.append((wanted, wanted.versions[0], group, target, certs))
        causes.check_all(rows)
    finally:
        servers.stop()


if __name__ == "__main__":
    main()
