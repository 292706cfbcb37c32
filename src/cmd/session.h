/*
 * session.h - what most commands begin and end with: the library context, the authority of the home, its keys, its
 * warnings.
 */
#ifndef HC_CMD_SESSION_H
#define HC_CMD_SESSION_H

#include "authority/authority.h"
#include "cmd/command.h"

struct hc_session {
    struct hc_crypto *crypto;
    struct hc_authority *authority;
};

/* Opens the authority of the invocation's home. Fails as hc_authority_open does. */
struct hc_rc hc_session_open(const struct hc_invocation *in, struct hc_session *out, struct hc_err *e);

/* Asks for the passphrase when the CA keys have one (--passphrase-file, --passphrase-fd, prompt) and opens them. */
struct hc_rc hc_session_unlock(const struct hc_invocation *in, struct hc_session *s, struct hc_err *e);

/*
 * --root-key: from now on the root's key is the one in that file (HC_OPTIONS_ROOT_KEY); nothing without the option.
 * Call it before hc_session_unlock. A passphrase of its own is read where it was given, and asked for where the key has
 * one and the CA keys have none. Fails as hc_authority_bring_root_key and hc_passphrase_get do, with HC_E_USAGE (a
 * passphrase without a key).
 */
struct hc_rc hc_session_bring_root(const struct hc_invocation *in, struct hc_session *s, struct hc_err *e);

/* What will stop working soon, to stderr. Never fails its command. */
void hc_session_warn(struct hc_session *s);

void hc_session_fini(struct hc_session *s);
#define HC_SESSION(name) __attribute__((cleanup(hc_session_fini))) struct hc_session name = {NULL, NULL}

/*
 * The full serial that begins with the hexadecimal digits in `text` (8 or more, colons allowed), appended to `out` as
 * hc_serial_text writes it; a whole one of any length too. Fails with HC_E_IDENTITY_UNKNOWN when none or more than one
 * begins so.
 */
struct hc_rc hc_session_serial(struct hc_session *s, const char *text, struct hc_buf *out, struct hc_err *e);

/*
 * The NAME of a command line: as `list` prints it ("dns:shop.example.com"), or without a type (hc_name_guess). The
 * caller frees it. Fails with HC_E_IDENTITY_NAME, HC_E_NOMEM.
 */
struct hc_rc hc_session_name(const char *text, struct hc_name **out, struct hc_err *e);

/* "valid", "revoked", "issuer revoked", "expired", "not yet valid". */
const char *hc_session_state(const struct hc_session *s, const struct hc_ledger_cert *row, int64_t now);

#endif
