"""sweep.py kill|full-disk SCENES - one accident after another, at one system call after another.

Prints a line "1<TAB>SENTENCE" or "0<TAB>SENTENCE" for each operation, with lines "# ..." before it that say what did not hold. SCENES
holds the scenes (sound.py) that authority.sh made.

Surroundings: HANDCLASP and KILLSWEEP are the programs. KILL_SWEEP=all tries every point, else SWEEP_POINTS of each operation, as far
apart as a prime, so that a period in what a command does hides nothing; SWEEP_SEED=N moves them. SWEEP_ONLY takes the operations
whose word begins so. SWEEP_JOBS works at as many points at once. SWEEP_TELL=1 says on standard error how far it is.
"""

import concurrent.futures
import dataclasses
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

import sound

EVERYWHERE = os.environ.get("KILL_SWEEP") == "all"
POINTS = int(os.environ.get("SWEEP_POINTS", "7"))
SEED = int(os.environ.get("SWEEP_SEED", "0"))
JOBS = int(os.environ.get("SWEEP_JOBS", "1"))
TELL = os.environ.get("SWEEP_TELL")
KILLSWEEP = os.environ["KILLSWEEP"]
TOO_FEW = 4  # killsweep's exit: the command made fewer calls this time


@dataclasses.dataclass(frozen=True)
class Operation:
    word: str
    scene: str
    command: str  # {beside}: the directory of that name in the scene
    done: str = ""  # done again, it may say by one of these ids that it was done; nothing: it must succeed
    hands: bool = False  # done again with success, every name has its certificate in a directory
    issues: bool = True  # the home can issue a certificate afterwards

    def words(self, path):
        return self.command.format(beside=path / "beside").split()


DONE = "HC-70(06|17)"  # there is one already, it is revoked already
EXISTS = "HC-7035"
OPERATIONS = (
    Operation("issue-server", "plain", "issue server new.example.com --dns www.new.example.com", DONE),
    Operation("issue-person", "plain", "issue person bob@example.com", DONE),
    Operation("revoke", "plain", "revoke shop.example.com --yes", DONE),
    Operation("publish", "plain", "publish --force"),
    Operation("renew", "plain", "renew shop.example.com", hands=True),
    Operation("renew-due", "plain", "renew --expiring 60d", hands=True),
    Operation("sign", "plain", "sign {beside}/device.csr device.example.com --profile server", hands=True),
    Operation("sign-all", "plain", "sign {beside}/requests --accept-names --profile client", hands=True),
    Operation("issuer-add", "plain", "issuer add next", EXISTS),
    Operation("issuer-add-stick", "stick", "issuer add next --root-key {beside}/root.key.pem", EXISTS),
    Operation("issuer-request", "waiting", "issuer add third --request-out {beside}/third.csr"),
    Operation("issuer-accept", "waiting", "issuer add --certificate {beside}/more.reply", EXISTS),
    Operation("issuer-revoke", "two", "issuer revoke issuing --reissue --yes", DONE, hands=True),
    Operation("sign-issuer", "offline", "sign-issuer {beside}/more.csr --out {beside}/more.reply --yes", issues=False),
    Operation("init", "nothing", "init Example --no-passphrase", "HC-7002"),
    Operation("init-stick", "nothing", "init Example --no-passphrase --root-out {beside}", "HC-70(02|53)"),
    Operation("backup", "plain", "ledger backup {beside}/ledger.db", "HC-7026"),
    Operation("migrate", "v1", "publish"),
)


class Trial(sound.Judge):
    """One operation, one point, and everything that must hold after it."""

    def __init__(self, operation, mode, scene, path):
        super().__init__(scene, path)
        self.operation = operation
        self.mode = mode
        self.words = operation.words(path)
        if operation.word == "init-stick":  # killed before anything was published
            self.bring = ["--root-key", str(path / "beside/root.key.pem")]
        self.said = self.report = ""

    def killsweep(self, *options):
        shutil.rmtree(self.path, ignore_errors=True)
        shutil.copytree(self.scene.path, self.path, symlinks=True)
        report = self.path.with_suffix(".point")
        done = subprocess.run(
            [KILLSWEEP, "--report", report, *options, *self.mode.split(), "--", sound.HANDCLASP, "--home", self.home, *self.words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )
        self.said = done.stdout.decode(errors="replace")
        self.report = report.read_text(errors="replace").strip().rpartition("\n")[2]
        return done.returncode

    def count(self):
        if self.killsweep("--count") != 0:
            self.problem(f"it fails by itself: {self.report} {self.said}")
            return 0
        return int(self.report)

    def at(self, point):
        """Whether the point was reached."""
        code = self.killsweep("--at", str(point))
        if code not in (0, TOO_FEW):
            self.problem(f"killsweep: exit {code}")
        if code != 0:
            return False
        claims = self.mode.startswith("--fail") and self.told()
        if claims and self.operation.done:
            self.again(must_be_done=True)
        if self.operation.scene == "nothing":  # there may be nothing to judge before
            self.again()
        self.sound()
        if self.operation.scene != "nothing":
            self.again()
        self.after()
        self.rest(self.operation.issues)
        return True

    def told(self):
        """A full disk is told as what it is, unless the command needed nothing of what failed: then True."""
        code = int(re.search(r", exit (\d+)$", self.report)[1])
        if code == 0:
            return True
        if not (code == 3 or (code == 1 and "HC-7050" in self.said)):  # a batch: some of it could be done
            self.problem(f"exit {code}, and it said: {self.said}")
        if "ENOSPC" in self.mode and not re.search("HC-6005|space left on the disk", self.said):
            self.problem(f"it did not say that the disk is full: {self.said}")
        return False

    def again(self, must_be_done=False):
        """What was interrupted is done again; or it says that it was done."""
        code, out, error = self.handclasp(*self.words)
        refused = code == 1 and self.operation.done and re.search(self.operation.done, error)
        if must_be_done and (not refused or "was never handed out" in error):
            self.problem(f"it said that it was done, and is not: again gives exit {code}, {error}")
        elif code != 0 and not refused:
            self.problem(f"the same command again: exit {code}, {error[:600]}")
        if code == 0 and self.operation.hands:
            before = len(self.problems)
            self.handed_out()
            if len(self.problems) > before:
                self.problem(f"although the same command again said: {out[:600]}")
        if refused and "HC-7053" in error and self.operation.word == "init-stick":
            self.stick_of_nobody()

    def stick_of_nobody(self):
        """The stick had got its key, the home had not come to be: told, and mended by removing what was named."""
        if (self.home / "authority").exists():
            self.problem("the stick is refused although the authority is there")
        for name in ("root.key.pem", "root.cert.pem"):
            (self.path / "beside" / name).unlink(missing_ok=True)
        self.must(*self.words)

    def after(self):
        word = self.operation.word
        if word == "backup":
            self.backup()
        elif word == "issuer-revoke":
            state = {i["name"]: i["state"] for i in self.must_json("issuer", "list")}
            if state.get("issuing") != "revoked":
                self.problem(f"the issuer is {state.get('issuing')}")
            self.handed_out()
        elif word.startswith("issuer-a"):
            waiting = [i["name"] for i in self.must_json("issuer", "list") if i["state"] == "waiting"]
            if waiting:
                self.problem(f"it still waits: {waiting}")
        elif word == "init-stick" and (self.home / "authority/root.key.pem").exists():
            self.problem("the root's key is in the home")

    def backup(self):
        """What is there is whole: it serves as the ledger."""
        shutil.copyfile(self.path / "beside/ledger.db", self.home / "authority/ledger.db")
        for suffix in ("-wal", "-shm"):
            (self.home / f"authority/ledger.db{suffix}").unlink(missing_ok=True)
        self.must("publish")

    def keys_beside(self):
        """A stick that init writes may hold the root's key."""
        return self.scene.keys | ({"root.key.pem"} if self.operation.word == "init-stick" else set())


def points_of(count):
    if EVERYWHERE:
        return range(1, count + 1)
    step = max(2, -(-count // POINTS))
    while any(step % i == 0 for i in range(2, int(step**0.5) + 1)):
        step += 1
    return range(1 + SEED % step, count + 1, step)


class Sweep:
    def __init__(self, kind, scenes, place):
        self.kind = kind
        self.place = place
        self.scenes = {d.name: sound.Scene(d) for d in sorted(scenes.iterdir())}
        self.local = threading.local()
        self.workers = 0

    def modes(self):
        """Killed after a call, a command leaves what it leaves killed before the next one."""
        if self.kind == "kill":
            return ("--before",)
        return ("--fail ENOSPC --ever", "--fail ENOSPC", "--fail EIO") if EVERYWHERE else ("--fail ENOSPC --ever",)

    def trial(self, operation, mode):
        if not hasattr(self.local, "path"):
            self.workers += 1
            self.local.path = self.place / f"try{self.workers}-{threading.get_ident()}"
        return Trial(operation, mode, self.scenes[operation.scene], self.local.path)

    def one(self, operation, mode, point):
        trial = self.trial(operation, mode)
        try:
            reached = trial.at(point)
        except Exception as why:  # a home so broken that the judge stumbles
            reached = True
            trial.problem(f"{type(why).__name__}: {why}")
        return reached, [f"{operation.word}, {mode}: {trial.report}"] + trial.problems

    def operation(self, operation, pool):
        tried = total = 0
        bad = []
        for mode in self.modes():
            trial = self.trial(operation, mode)
            count = trial.count()
            if count == 0:
                bad.append([f"{operation.word}, {mode}: no point"] + trial.problems)
            total += count
            points = points_of(count)
            for done, (reached, said) in enumerate(pool.map(lambda p, m=mode: self.one(operation, m, p), points), 1):
                tried += reached
                if len(said) > 1:
                    bad.append(said)
                if TELL and (done % 50 == 0 or done == len(points)):
                    print(f"{operation.word:16} {mode:22} {done:4} of {len(points)}", file=sys.stderr, flush=True)
        for head, *lines in bad:
            print(f"# {head}")
            for text in lines:
                print("#   " + text.replace("\n", "\n#   "))
        what = "killed, nothing is lost and nothing unrecorded" if self.kind == "kill" else "the disk full, it says so and all stays sound"
        print(f"{int(not bad and tried > 0)}\t{operation.word}: {what} ({tried} of {total} points)", flush=True)


def memory():
    """A place in memory when there is one: a process that is killed loses nothing that was written, so no disk needs to be waited for."""
    try:
        room = os.statvfs("/dev/shm")
        if os.access("/dev/shm", os.W_OK | os.X_OK) and room.f_bavail * room.f_frsize > 64 << 20:
            return "/dev/shm"
    except OSError:
        pass
    return None


def main():
    kind, scenes = sys.argv[1], pathlib.Path(sys.argv[2])
    only = os.environ.get("SWEEP_ONLY", "")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="hcs.", dir=memory()) as place:
        os.environ["TMPDIR"] = tempfile.tempdir = place
        sweep = Sweep(kind, scenes, pathlib.Path(place))
        with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
            chosen = [o for o in OPERATIONS if o.word.startswith(only)]
            for operation in chosen:
                sweep.operation(operation, pool)
            if not chosen:
                print(f"0\tthere is an operation whose word begins with {only}")


main()
