/* probe_target.h - HOST:PORT as people type it. */
#ifndef HC_CMD_PROBE_TARGET_H
#define HC_CMD_PROBE_TARGET_H

#include "base/err.h"

#define HC_PROBE_TARGET_HOST 254  /* a name of 253 characters [RFC 1035 2.3.4] */
#define HC_PROBE_TARGET_PATH 2048 /* of a pasted URL */

struct hc_probe_target {
    char host[HC_PROBE_TARGET_HOST]; /* without brackets */
    unsigned port;
    char path[HC_PROBE_TARGET_PATH]; /* of a URL, with its query; "" when there was none */
};

/*
 * "HOST", "HOST:PORT", "[::1]:443", "::1", "https://HOST[:PORT]/PATH": the port is 443 when none is said, and a URL's
 * fragment is left out. Fails with HC_E_USAGE, saying what is wrong with it.
 */
struct hc_rc hc_probe_target_parse(const char *text, struct hc_probe_target *out, struct hc_err *e);

#endif
