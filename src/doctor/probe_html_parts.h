/* probe_html_parts.h - what the files that write the page share. */
#ifndef HC_DOCTOR_PROBE_HTML_PARTS_H
#define HC_DOCTOR_PROBE_HTML_PARTS_H

#include "base/buf.h"
#include "doctor/probe.h"

/* Makes what was escaped for text safe for HTML: its backslashes are of that escaper, and hc_escape_html would double
 * them. */
void hc_probe_html_text(struct hc_buf *out, struct hc_bytes text);

/* --- probe_html_certs.c --- */
/* The section with a card for each certificate that either side presented; nothing when there was none. */
void hc_probe_html_certs(const struct hc_probe *p, struct hc_buf *out);

#endif
