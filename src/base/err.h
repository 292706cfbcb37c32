/*
 * err.h - results that cannot be ignored and errors that explain themselves.
 *
 * A fallible function returns struct hc_rc and takes a caller-owned struct hc_err last. The error has a fixed size and
 * is filled without allocating: its code (a row of the catalogue), one sentence about this very case, where it was
 * raised, the frames it passed, errno and the library's own error code where they matter.
 *
 *     if (now > cert->not_after)
 *         return HC_FAIL(e, HC_E_CERT_EXPIRED, "%s expired %s ago", name, age);
 *     HC_TRY(e, hc_file_read(path, max, &buf, e));
 */
#ifndef HC_BASE_ERR_H
#define HC_BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/catalogue.h"

struct [[nodiscard]] hc_rc {
    enum hc_code code; /* HC_OK_CODE is success */
};

#define HC_OK ((struct hc_rc){HC_OK_CODE})

static inline bool hc_failed(struct hc_rc rc)
{
    return rc.code != HC_OK_CODE;
}

static inline bool hc_ok(struct hc_rc rc)
{
    return rc.code == HC_OK_CODE;
}

/* For the rare call whose failure changes nothing; say why beside it. */
static inline void hc_ignore(struct hc_rc rc)
{
    (void)rc;
}

#define HC_ERR_TEXT 512
#define HC_ERR_FRAMES 6

struct hc_err {
    enum hc_code code;
    int sys;           /* errno, or 0 */
    unsigned long lib; /* libcrypto's or another library's own code, or 0 */
    size_t n_frames;
    struct {
        const char *file;
        int line;
    } frames[HC_ERR_FRAMES]; /* the first is where it was raised */
    char text[HC_ERR_TEXT];  /* one sentence, without a final full stop; may hold peers' bytes: escape when printing */
};

/* Fills the error (longer sentences are cut) and returns its code as a result. Keeps errno and does not touch
 * e->sys. */
struct hc_rc hc_err_set(struct hc_err *e, enum hc_code code, const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* The same, and records `sys` (an errno) and appends ": " and its text. */
struct hc_rc hc_err_set_sys(struct hc_err *e, enum hc_code code, int sys, const char *file, int line, const char *fmt,
                            ...) __attribute__((format(printf, 6, 7)));

/* Notes that the error passed here; beyond HC_ERR_FRAMES it is not kept. For HC_TRY. */
void hc_err_frame(struct hc_err *e, const char *file, int line);

/* Puts "context: " before the sentence; cut to fit. */
void hc_err_prefix(struct hc_err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define HC_FAIL(e, code, ...) hc_err_set((e), (code), __FILE__, __LINE__, __VA_ARGS__)
#define HC_FAIL_SYS(e, code, sys, ...) hc_err_set_sys((e), (code), (sys), __FILE__, __LINE__, __VA_ARGS__)

#define HC_TRY(e, call)                                                                                                \
    do {                                                                                                               \
        struct hc_rc hc_rc_ = (call);                                                                                  \
        if (hc_failed(hc_rc_)) {                                                                                       \
            hc_err_frame((e), __FILE__, __LINE__);                                                                     \
            return hc_rc_;                                                                                             \
        }                                                                                                              \
    } while (0)

#endif
