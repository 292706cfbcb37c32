/* schema.h - the ledger's tables, version 2. Private to this module. */
#ifndef HC_LEDGER_SCHEMA_H
#define HC_LEDGER_SCHEMA_H

#define HC_SCHEMA_VERSION 2 /* PRAGMA user_version; a newer one is refused, version 1 migrated (migrate.h) */
#define HC_SCHEMA_APPLICATION 1212369991 /* PRAGMA application_id: "HCLG" as four ASCII bytes */

/* The text that makes the tables and writes both numbers. Static storage. */
extern const char hc_schema_sql[];

#endif
