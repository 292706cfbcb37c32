"""stand.py - what the runs of bench/ share: processes that they start and end, and what the kernel says of them."""
import contextlib
import os
import pathlib
import re
import select
import shutil
import socket
import subprocess
import sys
import time

TICK = os.sysconf("SC_CLK_TCK")
PATIENCE = 30  # seconds for any one step; the slowest takes two


class Broken(Exception):
    """Something is missing or did not do what was asked: there is nothing to measure."""


class Process:
    """One process that this run started, and ends."""

    def __init__(self, place, name, command, environment=None):
        self.log = place.tmp / f"{name}.log"
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, cwd=place.tmp,
                                          env=environment, text=True)
        self.name = name

    def line(self, patience=PATIENCE):
        """The next line of its output."""
        if not select.select([self.child.stdout], [], [], patience)[0]:
            raise Broken(f"{self.name} said nothing for {patience} s\n{self.said()}")
        text = self.child.stdout.readline()
        if not text:
            raise Broken(f"{self.name} ended early\n{self.said()}")
        return text.strip()

    def said(self):
        return self.log.read_text(errors="replace")[-2000:]

    def end(self):
        """Ends it as its kind wants it: by the end of its input, or by a signal."""
        with contextlib.suppress(OSError):
            self.child.stdin.close()
        if not self.name.startswith("load"):
            self.child.terminate()
        try:
            self.child.wait(10)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.child.stdout.close()


class Server(Process):
    """A server under measurement: its process and all the processes below it."""

    def __init__(self, place, name, command, port_of, environment=None):
        super().__init__(place, name, command, environment)
        self.port_of = port_of
        self.port = None

    def await_port(self):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.child.poll() is not None:
                break
            self.port = self.port_of(self)
            if self.port and answers(self.port):
                return self
            time.sleep(0.05)
        raise Broken(f"{self.name} does not listen\n{self.said()}")

    def processes(self):
        found, parents = [self.child.pid], {}
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        for pid in found:
            found.extend(child for child, parent in parents.items() if parent == pid)
        return found

    def cpu(self):
        """Seconds of CPU, user and system, of all its processes until now."""
        ticks = 0
        for pid in self.processes():
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / TICK

    def resident(self):
        """Bytes of resident memory of all its processes."""
        total = 0
        for pid in self.processes():
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
            total += int(re.search(r"^VmRSS:\s+(\d+) kB", status, re.M)[1]) * 1024
        return total


def answers(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port():
    """A port of the kernel's choice, for servers that cannot say which one they got."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise Broken(f"{' '.join(map(str, command))}: {done.stderr.strip() or done.stdout.strip()}")


def program(*names):
    for name in names:
        found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        if found:
            return found
    raise Broken(f"{names[0]} is missing; run: scripts/packages install bench")


def progress(text):
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{text}")
        sys.stderr.flush()
