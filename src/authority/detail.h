/* detail.h - the JSON object of an event. Private to this module. */
#ifndef HC_AUTHORITY_DETAIL_H
#define HC_AUTHORITY_DETAIL_H

#include "base/buf.h"

#define HC_DETAIL_MAX 49152 /* the ledger takes 64 KiB */

/* HC_BUF_AUTO(d, HC_DETAIL_MAX); hc_detail_str(&d, "name", name); ... hc_detail_end(&d); then hc_buf_check. Keys are
 * constants. */
void hc_detail_str(struct hc_buf *d, const char *key, struct hc_bytes value);
void hc_detail_int(struct hc_buf *d, const char *key, int64_t value);
void hc_detail_serial(struct hc_buf *d, const char *key, struct hc_bytes serial);
void hc_detail_end(struct hc_buf *d);

#endif
