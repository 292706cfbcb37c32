#!/usr/bin/env python3
"""tamper.py - changes copies of a ledger as somebody would who can write the file, and asks `handclasp ledger verify`.

Usage: tamper.py VERB HOME LEDGER [ARGUMENT]...

LEDGER is a copy of the ledger (from `ledger backup`); every change is made on a fresh copy of it in HOME, a home of its own.

  values | deleted | added | swapped   change each of a sample of rows (TAMPER_SWEEP=all: every row); exit 1 and a line for
                                       each change that was not found, or that was found without the name of its table
  schema                               change a trigger, an index, a table, the version
  header                               flip every byte of the file's first page header
  cut N                                take the last N links away, leaving a consistent ledger in HOME
  rewrite SQL                          run SQL, then write the whole chain anew, leaving a consistent ledger in HOME
"""
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys

LINKED = ["issuers", "intents", "certificates", "revocations", "crls", "events"]
TABLES = LINKED + ["chain", "names"]
SAMPLE = 10**9 if os.environ.get("TAMPER_SWEEP") == "all" else 4

# Bytes of the header that say nothing about a row and that SQLite sets or reads as it likes [SQLite file format 1.3]: change
# counter, size in pages, schema cookie, high bytes of the schema's format, suggested cache size, text encoding (two bits
# of it are read), reserved, version-valid-for, version number.
INERT = [*range(24, 32), *range(40, 47), *range(48, 52), *range(56, 60), *range(72, 100)]


def connect(path):
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA synchronous = OFF")  # nobody will miss it after a power cut
    return db


class Ledger:
    def __init__(self, home, source):
        self.home = home
        self.source = source
        self.path = os.path.join(home, "authority", "ledger.db")

    def fresh(self):
        for suffix in ("-wal", "-shm", "-journal"):
            if os.path.exists(self.path + suffix):
                os.remove(self.path + suffix)
        shutil.copyfile(self.source, self.path)

    def change(self, statements):
        """Runs (SQL, values) on the copy with every trigger out of the way, and puts the triggers back as they were."""
        db = connect(self.path)
        db.execute("BEGIN")
        triggers = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            db.execute(f'DROP TRIGGER "{name}"')
        for sql, values in statements:
            db.execute(sql, values)
        for _, sql in triggers:
            db.execute(sql)
        db.execute("COMMIT")
        db.close()

    def query(self, sql, values=()):
        db = sqlite3.connect(f"file:{self.source}?mode=ro&immutable=1", uri=True)
        rows = db.execute(sql, values).fetchall()
        db.close()
        return rows

    def verify(self):
        done = subprocess.run([os.environ["HANDCLASP"], "--home", self.home, "ledger", "verify"], capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=60, check=False)
        return done.returncode, (done.stdout + done.stderr).decode(errors="replace")

    def columns(self, table):
        return [(row[1], row[2]) for row in self.query(f"PRAGMA table_info({table})")]

    def keys(self, table):
        """How a row is named: by the values of its primary key, for some tables have no rowid."""
        key = [row[1] for row in sorted(self.query(f"PRAGMA table_info({table})"), key=lambda r: r[5]) if row[5]]
        return key, self.query(f"SELECT {', '.join(key)} FROM {table} ORDER BY {', '.join(key)}")


def sample(rows):
    """The first, the last, and some between."""
    if len(rows) <= SAMPLE:
        return rows
    return [rows[i * (len(rows) - 1) // (SAMPLE - 1)] for i in range(SAMPLE)]


def changed(value, kind):
    if kind == "INTEGER":
        return value + 1
    if kind == "TEXT":
        return "x" if not value else value[:-1] + chr(ord(value[-1]) ^ 1)
    if not value:
        return b"x"
    middle = len(value) // 2
    return value[:middle] + bytes([value[middle] ^ 1]) + value[middle + 1:]


class Sweep:
    def __init__(self, ledger):
        self.ledger = ledger
        self.tried = 0
        self.missed = []

    def expect(self, what, tables, statements):
        """It is found, and a line says so of one of the tables."""
        self.ledger.fresh()
        self.ledger.change(statements)
        code, output = self.ledger.verify()
        self.tried += 1
        if code != 1 or not any(f"wrong       {table}:" in output and "HC-7024" in output for table in tables):
            self.missed.append(f"{what}: exit {code}: {output.strip()[:300]!r}")

    def end(self):
        for line in self.missed[:20]:
            print(line)
        print(f"{self.tried} tried, {len(self.missed)} not found")
        return 0 if self.tried > 0 and not self.missed else 1


def where(key):
    return " AND ".join(f"{k} = ?" for k in key)


def concerned(table):
    """A hash that was changed shows where the next row, whichever table it is in, does not fit it."""
    return TABLES if table == "chain" else [table]


def values(ledger):
    sweep = Sweep(ledger)
    for table in TABLES:
        key, rows = ledger.keys(table)
        for row in sample(rows):
            for column, kind in ledger.columns(table):
                (value,) = ledger.query(f"SELECT {column} FROM {table} WHERE {where(key)}", row)[0]
                to = changed(value, kind)
                if column in key and kind == "INTEGER":
                    to = value + 100000  # the next number is another row's
                if column == "link":
                    to = value + 100000
                sweep.expect(f"{table} {row}: {column}", concerned(table),
                             [(f"UPDATE {table} SET {column} = ? WHERE {where(key)}", (to, *row))])
    return sweep.end()


def deleted(ledger):
    sweep = Sweep(ledger)
    for table in TABLES:
        key, rows = ledger.keys(table)
        for row in sample(rows):
            sweep.expect(f"{table} {row} deleted", [*concerned(table), "chain"],
                         [(f"DELETE FROM {table} WHERE {where(key)}", row)])
        sweep.expect(f"{table} emptied", [*concerned(table), "chain"],
                         [(f"DELETE FROM {table}", ())])
    return sweep.end()


def added(ledger):
    """A row without a link of its own, and a name that no intent has."""
    sweep = Sweep(ledger)
    for table in LINKED:
        key, rows = ledger.keys(table)
        names = [name for name, _ in ledger.columns(table)]
        row = list(ledger.query(f"SELECT * FROM {table} WHERE {where(key)}", rows[-1])[0])
        for i, (name, kind) in enumerate(ledger.columns(table)):
            if name == "link":
                row[i] += 100000
            elif name in key or name in ("serial", "sha256", "der"):
                row[i] = row[i] + 100000 if kind == "INTEGER" else changed(row[i], kind)
        marks = ", ".join("?" for _ in names)
        sweep.expect(f"{table}: a row more", [table], [(f"INSERT INTO {table} VALUES ({marks})", row)])
    sweep.expect("names: a row more", ["names"],
                 [("INSERT INTO names SELECT 'dns:evil.example.com', min(id) FROM intents", ())])
    sweep.expect("chain: a link more", ["chain"], [("INSERT INTO chain SELECT max(link) + 1, hash FROM chain", ())])
    return sweep.end()


def swapped(ledger):
    """Two rows of a table with each other's place in the chain; two links' hashes."""
    sweep = Sweep(ledger)
    for table in LINKED:
        links = [row[0] for row in ledger.query(f"SELECT link FROM {table} ORDER BY link")]
        for a, b in sample(list(zip(links, links[1:]))):
            sweep.expect(f"{table}: {a} and {b}", [table],
                         [(f"UPDATE {table} SET link = -1 WHERE link = ?", (a,)),
                          (f"UPDATE {table} SET link = ? WHERE link = ?", (a, b)),
                          (f"UPDATE {table} SET link = ? WHERE link = -1", (b,))])
    rows = ledger.query("SELECT link, hash FROM chain ORDER BY link")
    for (a, hash_a), (b, hash_b) in sample(list(zip(rows, rows[1:]))):
        sweep.expect(f"chain: {a} and {b}", concerned("chain"),
                     [("UPDATE chain SET hash = ? WHERE link = ?", (hash_b, a)),
                      ("UPDATE chain SET hash = ? WHERE link = ?", (hash_a, b))])
    return sweep.end()


def schema(ledger):
    missed = 0
    tried = ["DROP TRIGGER revocations_never_DELETE",
             "DROP TRIGGER events_never_UPDATE",
             "DROP INDEX intents_by_identity",
             "CREATE TRIGGER mine AFTER INSERT ON revocations BEGIN DELETE FROM revocations; END",
             "CREATE TABLE mine (x INTEGER) STRICT",
             "CREATE INDEX mine ON events (at)",
             "CREATE VIEW mine AS SELECT * FROM events",
             "DROP TRIGGER crls_numbers_rise; CREATE TRIGGER crls_numbers_rise BEFORE INSERT ON crls WHEN 0 BEGIN SELECT 1; END"]
    for sql in tried:
        ledger.fresh()
        db = connect(ledger.path)
        db.executescript(sql)
        db.close()
        code, output = ledger.verify()
        if code != 1 or "HC-7024" not in output:
            print(f"{sql}: exit {code}: {output.strip()[:300]!r}")
            missed += 1
    return 1 if missed else 0


def header(ledger):
    missed = 0
    for i in range(100):
        ledger.fresh()
        with open(ledger.path, "r+b") as f:
            f.seek(i)
            byte = f.read(1)[0]
            f.seek(i)
            f.write(bytes([byte ^ 0x55]))
        code, output = ledger.verify()
        if code not in (1, 3) and not (code == 0 and i in INERT):
            print(f"byte {i}: exit {code}: {output.strip()[:300]!r}")
            missed += 1
    return 1 if missed else 0


# ---- a chain of one's own ----

def field(value, kind):
    if kind == "INTEGER":
        data = value.to_bytes(8, "big", signed=True)
    else:
        data = value.encode() if isinstance(value, str) else value
    return len(data).to_bytes(8, "big") + data


def rows_by_link(db):
    found = []
    for table in LINKED:
        info = [(row[1], row[2]) for row in db.execute(f"PRAGMA table_info({table})")]
        names = ", ".join(name for name, _ in info)
        for row in db.execute(f"SELECT {names} FROM {table}"):
            link = row[[name for name, _ in info].index("link")]
            fields = [field(v, kind) for v, (name, kind) in zip(row, info) if name != "link"]
            found.append((link, table, fields))
    return sorted(found, key=lambda r: r[0])


def hashes(rows):
    """By the definition in ledger.h."""
    before = bytes(32)
    for number, (_, table, fields) in enumerate(rows, 1):
        before = hashlib.sha256(before + number.to_bytes(8, "big") + field(table, "TEXT") + b"".join(fields)).digest()
        yield number, before


def without_triggers(db):
    triggers = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        db.execute(f'DROP TRIGGER "{name}"')
    return [sql for _, sql in triggers]


def cut(ledger, n):
    ledger.fresh()
    db = connect(ledger.path)
    db.execute("BEGIN")
    triggers = without_triggers(db)
    (last,) = db.execute("SELECT max(link) FROM chain").fetchone()
    db.execute("DELETE FROM names WHERE intent IN (SELECT id FROM intents WHERE link > ?)", (last - n,))
    for table in [*LINKED, "chain"]:
        db.execute(f"DELETE FROM {table} WHERE link > ?", (last - n,))
    for sql in triggers:
        db.execute(sql)
    db.execute("COMMIT")
    db.close()
    return 0


def rewrite(ledger, statement):
    ledger.fresh()
    db = connect(ledger.path)
    db.execute("BEGIN")
    triggers = without_triggers(db)
    if statement:
        db.execute(statement)
    rows = rows_by_link(db)
    for number, (link, table, _) in enumerate(rows, 1):
        db.execute(f"UPDATE {table} SET link = ? WHERE link = ?", (number, link))
    db.execute("DELETE FROM chain")
    db.executemany("INSERT INTO chain VALUES (?, ?)", hashes(rows))
    for sql in triggers:
        db.execute(sql)
    db.execute("COMMIT")
    db.close()
    return 0


def main():
    if len(sys.argv) < 4:
        print(__doc__)
        return 2
    verb, ledger = sys.argv[1], Ledger(sys.argv[2], sys.argv[3])
    if verb == "cut":
        return cut(ledger, int(sys.argv[4]))
    if verb == "rewrite":
        return rewrite(ledger, sys.argv[4])
    verbs = {"values": values, "deleted": deleted, "added": added, "swapped": swapped, "schema": schema, "header": header}
    return verbs[verb](ledger)


if __name__ == "__main__":
    sys.exit(main())
