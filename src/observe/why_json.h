/*
 * why_json.h - a record as one line of JSON: what `why --json`, `gate handshakes --json` and the control socket say.
 *
 *     {"time":"2026-11-21T10:00:00Z","ref":"k7mq2fzt9xwd","stage":"handshake","id":"HC-1201","text":"...","gate":"shop",
 *      "from":"192.0.2.7:51234","server_name":"...","tls":"TLSv1.3","suite":"...","proven":false,"resumed":false,
 *      "identity":"...","rule":"...","method":"GET","path":"/","status":403,"us":1234,"client_random_sha256":"...",
 *      "chain":[{"subject":"...","issuer":"...","names":"...","serial":"0a1b","not_before":"...","not_after":"...",
 *      "sha256":"..."}],"chain_left_out":0,"findings":[{"id":"HC-1201","depth":0,"text":"..."}],"findings_left_out":0,
 *      "messages":[{"at_us":12,"from":"client","type":"handshake","number":1}],"messages_left_out":0}
 *
 * Empty texts, and numbers that say nothing, are left out. doctor/why_line_json.h reads it back.
 */
#ifndef HC_OBSERVE_WHY_JSON_H
#define HC_OBSERVE_WHY_JSON_H

#include "observe/why.h"

#define HC_WHY_JSON (128 * 1024) /* a line is never longer: texts of 14 KB, a byte of which takes up to six */

/* Appends the object, without a line's end; or without its last brace, for whoever has members to add. Check `out`. */
void hc_why_json(const struct hc_why *w, struct hc_buf *out);
void hc_why_json_open(const struct hc_why *w, struct hc_buf *out);

#endif
