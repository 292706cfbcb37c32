/* sign_out.h - what sign prints: of one request everything, of a directory a row each and the refusals at the end. */
#ifndef HC_CMD_SIGN_OUT_H
#define HC_CMD_SIGN_OUT_H

#include "cmd/out.h"
#include "cmd/signing.h"

/* One request that was signed, now or earlier. */
void hc_sign_out_one(const struct hc_signing *s, const struct hc_signing_job *job, bool json, struct hc_buf *out);

/* Rows of a directory. */
struct hc_sign_out {
    struct hc_buf *text; /* borrowed: to be flushed by the caller now and then */
    struct hc_buf refusals;
    struct hc_json json;
    bool as_json;
    size_t done, earlier, refused;
};
struct hc_sign_out hc_sign_out_start(struct hc_buf *text, bool json);
void hc_sign_out_fini(struct hc_sign_out *o);
#define HC_SIGN_OUT(name, text, json)                                                                                  \
    __attribute__((cleanup(hc_sign_out_fini))) struct hc_sign_out name = hc_sign_out_start((text), (json))

void hc_sign_out_row(struct hc_sign_out *o, const struct hc_signing *s, const struct hc_signing_job *job);
void hc_sign_out_end(struct hc_sign_out *o);

#endif
