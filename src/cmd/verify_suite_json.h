/*
 * verify_suite_json.h - the strict, bounded reader of suites, and typed looks into what it read.
 *
 * Every failure is HC_E_SUITE and names the field, unless it says otherwise. What is returned is borrowed from the
 * document.
 */
#ifndef HC_CMD_VERIFY_SUITE_JSON_H
#define HC_CMD_VERIFY_SUITE_JSON_H

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"

#define HC_VERIFY_SUITE_FILE_MAX (128u << 20) /* BetterTLS, the largest, has some 60 MB */
/* Bounds what the document takes in memory, some 100 bytes a value, whatever its text: BetterTLS has 150,000. */
#define HC_VERIFY_SUITE_VALUES (2u << 20)

/*
 * Parses one JSON text [RFC 8259]: UTF-8, no duplicate keys, no NUL, nothing behind it. *out is the caller's:
 * json_decref. Fails with HC_E_SUITE (with the line), HC_E_NOMEM.
 */
struct hc_rc hc_verify_suite_json_parse(struct hc_bytes text, json_t **out, struct hc_err *e);

/* The same from a file, which errors name. Fails with hc_file_read's codes too. Blocks. */
struct hc_rc hc_verify_suite_json_load(const char *path, json_t **out, struct hc_err *e);

/* Fails unless `value` is of that type; `what` says what it is in the message. */
struct hc_rc hc_verify_suite_json_is(const json_t *value, json_type type, const char *what, struct hc_err *e);

/* The member `key`, of that type; it must be there. */
struct hc_rc hc_verify_suite_json_get(const json_t *object, const char *key, json_type type, json_t **out,
                                      struct hc_err *e);

/* The same for one that may be absent or null: then *out is NULL. */
struct hc_rc hc_verify_suite_json_option(const json_t *object, const char *key, json_type type, json_t **out,
                                         struct hc_err *e);

/* A string member. The text has no NUL in it. */
struct hc_rc hc_verify_suite_json_str(const json_t *object, const char *key, const char **out, struct hc_err *e);

/* Calls `each` with every string of the array `key`, which must be there and hold strings only; ends with its first
 * failure. */
typedef struct hc_rc hc_verify_suite_json_each(void *ctx, const char *text, struct hc_err *e);
struct hc_rc hc_verify_suite_json_strings(const json_t *object, const char *key, hc_verify_suite_json_each *each,
                                          void *ctx, struct hc_err *e);

#endif
