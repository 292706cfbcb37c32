"""v1.py LEDGER - makes of a ledger one of version 1, as the first version of this program kept it."""

import hashlib
import os
import sqlite3
import struct
import sys

TABLES = {
    "issuers": "name TEXT PRIMARY KEY, parent TEXT NOT NULL, der BLOB NOT NULL UNIQUE, key_file TEXT NOT NULL,"
    " not_after INTEGER NOT NULL, crl_number INTEGER NOT NULL DEFAULT 0",
    "intents": "id INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, door TEXT NOT NULL, issuer TEXT NOT NULL,"
    " serial BLOB NOT NULL, profile TEXT NOT NULL, identity TEXT NOT NULL, label TEXT NOT NULL, names TEXT NOT NULL,"
    " not_before INTEGER NOT NULL, not_after INTEGER NOT NULL, tbs BLOB NOT NULL, UNIQUE (issuer, serial)",
    "names": "name TEXT NOT NULL, intent INTEGER NOT NULL REFERENCES intents (id), PRIMARY KEY (name, intent)",
    "certificates": "intent INTEGER PRIMARY KEY REFERENCES intents (id), at INTEGER NOT NULL, sha256 BLOB NOT NULL UNIQUE,"
    " der BLOB NOT NULL",
    "revocations": "issuer TEXT NOT NULL REFERENCES issuers (name), serial BLOB NOT NULL, at INTEGER NOT NULL,"
    " reason INTEGER NOT NULL, not_after INTEGER NOT NULL, PRIMARY KEY (issuer, serial)",
    "crls": "issuer TEXT NOT NULL REFERENCES issuers (name), number INTEGER NOT NULL, this_update INTEGER NOT NULL,"
    " next_update INTEGER NOT NULL, sha256 BLOB NOT NULL, PRIMARY KEY (issuer, number)",
    "events": "number INTEGER PRIMARY KEY, at INTEGER NOT NULL, what TEXT NOT NULL, detail TEXT NOT NULL, prev BLOB NOT NULL,"
    " hash BLOB NOT NULL",
}
INDEXES = """CREATE INDEX intents_by_identity ON intents (identity); CREATE INDEX intents_by_serial ON intents (serial);
PRAGMA application_id=1212369991; PRAGMA user_version=1;"""
ROWS = {
    "issuers": "SELECT name, parent, der, key_file, not_after,"
    " coalesce((SELECT max(number) FROM crls WHERE issuer = name), 0) FROM issuers",
    "intents": "SELECT id, at, who, door, issuer, serial, profile, identity, label, names, not_before, not_after, tbs FROM intents",
    "names": "SELECT name, intent FROM names",
    "certificates": "SELECT intent, at, sha256, der FROM certificates",
    "revocations": "SELECT issuer, serial, at, reason, not_after FROM revocations",
    "crls": "SELECT issuer, number, this_update, next_update, sha256 FROM crls",
}


def events(old):
    """Only they had a chain."""
    prev = bytes(32)
    rows = old.execute("SELECT at, what, detail FROM events ORDER BY link")
    for number, (at, what, detail) in enumerate(rows, 1):
        text = prev + struct.pack(">QQ", number, at)
        for field in (what.encode(), detail.encode()):
            text += struct.pack(">Q", len(field)) + field
        head = hashlib.sha256(text).digest()
        yield number, at, what, detail, prev, head
        prev = head


def main():
    path = sys.argv[1]
    old, new = sqlite3.connect(path), sqlite3.connect(path + ".new")
    new.execute("PRAGMA journal_mode=WAL")
    for table, columns in TABLES.items():
        new.execute(f"CREATE TABLE {table} ({columns}) STRICT{', WITHOUT ROWID' * (table in ('names', 'revocations', 'crls'))}")
        rows = list(old.execute(ROWS[table]) if table in ROWS else events(old))
        for row in rows:
            new.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)
    new.executescript(INDEXES)
    new.commit()
    new.close()
    old.close()
    os.chmod(path + ".new", 0o600)
    os.replace(path + ".new", path)


main()
