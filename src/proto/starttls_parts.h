/* starttls_parts.h - what the files of starttls share: a function or two a protocol, and how the dialogue is told. */
#ifndef HC_PROTO_STARTTLS_PARTS_H
#define HC_PROTO_STARTTLS_PARTS_H

#include "proto/starttls.h"

/* Notes a line of the dialogue; line breaks inside become spaces. `who` is 'S' or 'C'. */
void hc_starttls_note(struct hc_starttls *s, char who, struct hc_bytes words);

/* The client's next line: noted, and sent with CRLF. */
void hc_starttls_say(struct hc_starttls *s, const char *line, struct hc_buf *out);

/* One line of the server, without its end, which was noted already. Changes s->state and s->step. */
void hc_starttls_smtp_line(struct hc_starttls *s, struct hc_bytes line, struct hc_buf *out);
void hc_starttls_imap_line(struct hc_starttls *s, struct hc_bytes line, struct hc_buf *out);

/* How many bytes the server's message has that begins like this, 0 when it cannot be one. It is asked again when they
 * are there; when it has not changed its mind, the message is complete. */
size_t hc_starttls_ldap_want(struct hc_bytes begun);
size_t hc_starttls_postgres_want(struct hc_bytes begun);

/* The client's message, and the server's complete answer, which is noted and decides the state. */
void hc_starttls_ldap_ask(struct hc_starttls *s, struct hc_buf *out);
void hc_starttls_ldap_answer(struct hc_starttls *s, struct hc_bytes message);
void hc_starttls_postgres_ask(struct hc_starttls *s, struct hc_buf *out);
void hc_starttls_postgres_answer(struct hc_starttls *s, struct hc_bytes message);

#endif
