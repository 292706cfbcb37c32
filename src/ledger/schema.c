/*
 * schema.c - the ledger's tables.
 *
 * What must never happen is refused by the tables themselves, whoever asks: no row is changed or deleted, a link of the
 * chain follows the one before it, and a CRL number does not fall.
 *
 * The order of a table's columns is part of the chain (ledger.h): chain.c lists them once more, in the same order.
 */
#include "ledger/schema.h"

#define TEXT_OF(x) #x
#define NUMBER(x) TEXT_OF(x)
#define NEVER(table, action)                                                                                           \
    "CREATE TRIGGER " table "_never_" action " BEFORE " action " ON " table " BEGIN SELECT RAISE(ABORT, '" table       \
    " are only ever added'); END;"
#define ONLY_ADDED(table) NEVER(table, "UPDATE") NEVER(table, "DELETE")

/* clang-format off */
const char hc_schema_sql[] =
    "PRAGMA application_id=" NUMBER(HC_SCHEMA_APPLICATION) ";"
    "PRAGMA user_version=" NUMBER(HC_SCHEMA_VERSION) ";"

    /* One row for each row of the tables below that has a link. */
    "CREATE TABLE chain ("
    " link INTEGER PRIMARY KEY,"
    " hash BLOB NOT NULL"
    ") STRICT;"
    "CREATE TRIGGER chain_without_gap BEFORE INSERT ON chain"
    " WHEN NEW.link IS NOT (SELECT coalesce(max(link), 0) + 1 FROM chain)"
    " BEGIN SELECT RAISE(ABORT, 'a link follows the last one'); END;"

    /* Every CA of this authority. */
    "CREATE TABLE issuers ("
    " name TEXT PRIMARY KEY,"
    " parent TEXT NOT NULL," /* '' for the root */
    " der BLOB NOT NULL UNIQUE,"
    " key_file TEXT NOT NULL,"
    " not_after INTEGER NOT NULL,"
    " profiles TEXT NOT NULL,"
    " leaf_seconds INTEGER NOT NULL,"
    " public_url TEXT NOT NULL,"
    " link INTEGER NOT NULL UNIQUE"
    ") STRICT;"

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
    " replaces INTEGER NOT NULL," /* another intent, or 0 */
    " link INTEGER NOT NULL UNIQUE,"
    " UNIQUE (serial, issuer)" /* "It MUST be unique for each certificate issued by a given CA" [RFC 5280 4.1.2.2];
                                 the serial first, because it is looked up alone */
    ") STRICT;"
    "CREATE INDEX intents_by_identity ON intents (identity);"
    "CREATE INDEX intents_by_end ON intents (not_after);"
    "CREATE INDEX intents_by_replaces ON intents (replaces) WHERE replaces > 0;"
    "CREATE TRIGGER intents_replace_earlier_ones BEFORE INSERT ON intents"
    " WHEN NEW.replaces <> 0 AND NOT EXISTS (SELECT 1 FROM intents WHERE id = NEW.replaces)"
    " BEGIN SELECT RAISE(ABORT, 'there is no such certificate to replace'); END;"

    /* Every name that one asserts, as hc_name_text writes it: the lines of intents.names, to search in. */
    "CREATE TABLE names ("
    " name TEXT NOT NULL,"
    " intent INTEGER NOT NULL REFERENCES intents (id),"
    " PRIMARY KEY (name, intent)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE certificates ("
    " intent INTEGER PRIMARY KEY REFERENCES intents (id),"
    " at INTEGER NOT NULL,"
    " sha256 BLOB NOT NULL UNIQUE,"
    " der BLOB NOT NULL,"
    " link INTEGER NOT NULL UNIQUE"
    ") STRICT;"

    /* Not bound to `certificates`: a revocation outlives the loss of its certificate's record. */
    "CREATE TABLE revocations ("
    " issuer TEXT NOT NULL REFERENCES issuers (name),"
    " serial BLOB NOT NULL,"
    " at INTEGER NOT NULL,"
    " reason INTEGER NOT NULL,"
    " not_after INTEGER NOT NULL,"
    " link INTEGER NOT NULL UNIQUE,"
    " PRIMARY KEY (issuer, serial)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE crls ("
    " issuer TEXT NOT NULL REFERENCES issuers (name),"
    " number INTEGER NOT NULL,"
    " this_update INTEGER NOT NULL,"
    " next_update INTEGER NOT NULL,"
    " sha256 BLOB NOT NULL,"
    " link INTEGER NOT NULL UNIQUE,"
    " PRIMARY KEY (issuer, number)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TRIGGER crls_numbers_rise BEFORE INSERT ON crls"
    " WHEN NEW.number <= (SELECT coalesce(max(number), 0) FROM crls WHERE issuer = NEW.issuer)"
    " BEGIN SELECT RAISE(ABORT, 'a CRL number must rise'); END;"

    "CREATE TABLE events ("
    " link INTEGER PRIMARY KEY,"
    " at INTEGER NOT NULL,"
    " what TEXT NOT NULL,"
    " detail TEXT NOT NULL"
    ") STRICT;"

    ONLY_ADDED("chain") ONLY_ADDED("issuers") ONLY_ADDED("intents") ONLY_ADDED("names") ONLY_ADDED("certificates")
    ONLY_ADDED("revocations") ONLY_ADDED("crls") ONLY_ADDED("events");
/* clang-format on */
