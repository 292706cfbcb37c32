/* err.c - fills errors without allocating. */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 5, 0))) static void fill(struct hc_err *e, enum hc_code code, const char *file, int line,
                                                       const char *fmt, va_list ap)
{
    e->code = code;
    e->sys = 0;
    e->lib = 0;
    e->n_frames = 0;
    vsnprintf(e->text, sizeof e->text, fmt, ap);
    hc_err_frame(e, file, line);
}

struct hc_rc hc_err_set(struct hc_err *e, enum hc_code code, const char *file, int line, const char *fmt, ...)
{
    int saved = errno;
    va_list ap;

    va_start(ap, fmt);
    fill(e, code, file, line, fmt, ap);
    va_end(ap);
    errno = saved;
    return (struct hc_rc){code};
}

struct hc_rc hc_err_set_sys(struct hc_err *e, enum hc_code code, int sys, const char *file, int line, const char *fmt,
                            ...)
{
    char why[128];
    va_list ap;
    size_t n;

    va_start(ap, fmt);
    fill(e, code, file, line, fmt, ap);
    va_end(ap);
    e->sys = sys;
    n = strlen(e->text);
    snprintf(e->text + n, sizeof e->text - n, ": %s", strerror_r(sys, why, sizeof why));
    errno = sys;
    return (struct hc_rc){code};
}

void hc_err_frame(struct hc_err *e, const char *file, int line)
{
    if (e->n_frames == HC_ERR_FRAMES)
        return;
    e->frames[e->n_frames].file = file;
    e->frames[e->n_frames].line = line;
    e->n_frames++;
}

void hc_err_prefix(struct hc_err *e, const char *fmt, ...)
{
    char whole[HC_ERR_TEXT];
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(whole, sizeof whole, fmt, ap);
    va_end(ap);
    if (n < 0)
        return;
    if ((size_t)n < sizeof whole)
        snprintf(whole + n, sizeof whole - (size_t)n, ": %s", e->text);
    memcpy(e->text, whole, sizeof whole);
}
