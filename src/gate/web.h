/*
 * web.h - what a gate does with each HTTP request: one normalised path, one decision, and then a file or the back end.
 *
 * To the back end goes exactly the path that the rules judged (T42). Whatever a client could use to speak as somebody
 * else is removed first (T28, T30), hop-by-hop fields with it (T29); only then the gate adds who the verified peer is:
 * Handclasp-Identity (the identity that the rule matched) and Client-Cert [RFC 9440].
 */
#ifndef HC_GATE_WEB_H
#define HC_GATE_WEB_H

#include "http/exchange.h"

/* For the `http` of a struct hc_conn. Static storage. */
const struct hc_http_ops *hc_web_ops(void);

#endif
