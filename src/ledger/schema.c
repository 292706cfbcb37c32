/*
 * schema.c - the ledger's tables.
 *
 * What must never happen is refused by the tables themselves, whoever asks: certificates, revocations and events are
 * neither changed nor deleted, and a CRL number does not fall.
 */
#include "ledger/schema.h"

#define TEXT_OF(x) #x
#define NUMBER(x) TEXT_OF(x)
#define NEVER(table, action)                                                                                           \
    "CREATE TRIGGER " table "_never_" action " BEFORE " action " ON " table " BEGIN SELECT RAISE(ABORT, '" table       \
    " are only ever added'); END;"

/* clang-format off */
const char hc_schema_sql[] =
    "PRAGMA application_id=" NUMBER(HC_SCHEMA_APPLICATION) ";"
    "PRAGMA user_version=" NUMBER(HC_SCHEMA_VERSION) ";"

    /* Every CA whose key this authority has. */
    "CREATE TABLE issuers ("
    " name TEXT PRIMARY KEY,"
    " parent TEXT NOT NULL," /* '' for the root */
    " der BLOB NOT NULL UNIQUE,"
    " key_file TEXT NOT NULL,"
    " not_after INTEGER NOT NULL,"
    " crl_number INTEGER NOT NULL DEFAULT 0"
    ") STRICT;"
    "CREATE TRIGGER issuers_crl_number_rises BEFORE UPDATE OF crl_number ON issuers"
    " WHEN NEW.crl_number <= OLD.crl_number BEGIN SELECT RAISE(ABORT, 'a CRL number must rise'); END;"

    /* What was about to be signed. One without a certificate is an issuance that was interrupted. */
    "CREATE TABLE intents ("
    " id INTEGER PRIMARY KEY,"
    " at INTEGER NOT NULL,"
    " who TEXT NOT NULL,"
    " door TEXT NOT NULL,"
    " issuer TEXT NOT NULL,"
    " serial BLOB NOT NULL,"
    " profile TEXT NOT NULL,"
    " identity TEXT NOT NULL,"
    " label TEXT NOT NULL,"
    " names TEXT NOT NULL,"
    " not_before INTEGER NOT NULL,"
    " not_after INTEGER NOT NULL,"
    " tbs BLOB NOT NULL,"
    " UNIQUE (issuer, serial)" /* "It MUST be unique for each certificate issued by a given CA" [RFC 5280 4.1.2.2] */
    ") STRICT;"
    "CREATE INDEX intents_by_identity ON intents (identity);"
    "CREATE INDEX intents_by_serial ON intents (serial);"

    /* Every name that one asserts, as hc_name_text writes it. */
    "CREATE TABLE names ("
    " name TEXT NOT NULL,"
    " intent INTEGER NOT NULL REFERENCES intents (id),"
    " PRIMARY KEY (name, intent)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE certificates ("
    " intent INTEGER PRIMARY KEY REFERENCES intents (id),"
    " at INTEGER NOT NULL,"
    " sha256 BLOB NOT NULL UNIQUE,"
    " der BLOB NOT NULL"
    ") STRICT;"

    /* Not bound to `certificates`: a revocation outlives the loss of its certificate's record. */
    "CREATE TABLE revocations ("
    " issuer TEXT NOT NULL REFERENCES issuers (name),"
    " serial BLOB NOT NULL,"
    " at INTEGER NOT NULL,"
    " reason INTEGER NOT NULL,"
    " not_after INTEGER NOT NULL,"
    " PRIMARY KEY (issuer, serial)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE crls ("
    " issuer TEXT NOT NULL REFERENCES issuers (name),"
    " number INTEGER NOT NULL,"
    " this_update INTEGER NOT NULL,"
    " next_update INTEGER NOT NULL,"
    " sha256 BLOB NOT NULL,"
    " PRIMARY KEY (issuer, number)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE events ("
    " number INTEGER PRIMARY KEY,"
    " at INTEGER NOT NULL,"
    " what TEXT NOT NULL,"
    " detail TEXT NOT NULL,"
    " prev BLOB NOT NULL,"
    " hash BLOB NOT NULL"
    ") STRICT;"

    NEVER("intents", "UPDATE") NEVER("intents", "DELETE")
    NEVER("names", "UPDATE") NEVER("names", "DELETE")
    NEVER("certificates", "UPDATE") NEVER("certificates", "DELETE")
    NEVER("revocations", "UPDATE") NEVER("revocations", "DELETE")
    NEVER("crls", "UPDATE") NEVER("crls", "DELETE")
    NEVER("events", "UPDATE") NEVER("events", "DELETE");
/* clang-format on */
