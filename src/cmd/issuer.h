/* issuer.h - the parts of `handclasp issuer`, one function each; cmd_issuer.c has the row and finds the part. */
#ifndef HC_CMD_ISSUER_H
#define HC_CMD_ISSUER_H

#include "authority/issuer.h"
#include "cmd/session.h"

#define HC_ISSUER_COUNT 512 /* issuers and requests that one home can have */

/* `issuer add`: made here, asked for (--request-out), or taken from a reply (--certificate). */
struct hc_rc hc_issuer_cmd_add(struct hc_invocation *in, struct hc_err *e);

/* `issuer list`, `issuer show NAME`. */
struct hc_rc hc_issuer_cmd_list(struct hc_invocation *in, struct hc_err *e);
struct hc_rc hc_issuer_cmd_show(struct hc_invocation *in, struct hc_err *e);

/* One as `issuer show NAME --json` prints it, appended to `out`. Fails with HC_E_ISSUER_UNKNOWN, and as hc_issuer_list
 * does. */
struct hc_rc hc_issuer_cmd_json(struct hc_session *s, const char *name, struct hc_buf *out, struct hc_err *e);

/* `issuer revoke NAME`. */
struct hc_rc hc_issuer_cmd_revoke(struct hc_invocation *in, struct hc_err *e);

#endif
