/* out.c - text, errors and CSV for people and programs that read a command's output. */
#include "cmd/out.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"

static int write_all(int fd, struct hc_bytes b)
{
    while (b.n > 0) {
        ssize_t n = write(fd, b.p, b.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        b = hc_bytes_skip(b, (size_t)n);
    }
    return 0;
}

struct hc_rc hc_out_flush(struct hc_buf *text, struct hc_err *e)
{
    HC_TRY(e, hc_buf_check(text, e));
    int sys = write_all(STDOUT_FILENO, hc_buf_view(text));
    hc_buf_clear(text);
    if (sys != 0)
        return HC_FAIL_SYS(e, sys == ENOSPC || sys == EDQUOT ? HC_E_DISK_FULL : HC_E_FILE_UNWRITABLE, sys,
                           "standard output");
    return HC_OK;
}

struct hc_rc hc_out_stream(struct hc_buf *text, struct hc_err *e)
{
    return text->n < HC_OUT_CHUNK ? hc_buf_check(text, e) : hc_out_flush(text, e);
}

bool hc_out_unread(const struct hc_err *e)
{
    return e->code == HC_E_FILE_UNWRITABLE && e->sys == EPIPE;
}

void hc_out_error(const struct hc_err *e)
{
    const struct hc_row *row = hc_row(e->code);
    char id[HC_ID_TEXT];
    HC_BUF_AUTO(out, 8192);
    hc_buf_add_str(&out, "handclasp: ");
    hc_escape_text(&out, hc_bytes_str(e->text));
    hc_buf_addf(&out, "\n  %s\n  fix: %s (%s)\n", row->sentence, row->fix, hc_id_text(e->code, id));
    write_all(STDERR_FILENO, hc_buf_view(&out)); /* nobody is left to tell when this fails */
}

void hc_out_warning(enum hc_code code, const char *text)
{
    char id[HC_ID_TEXT];
    HC_BUF_AUTO(out, 4096);
    hc_buf_add_str(&out, "handclasp: warning: ");
    hc_escape_text(&out, hc_bytes_str(text));
    hc_buf_addf(&out, "\n  fix: %s (%s)\n", hc_row(code)->fix, hc_id_text(code, id));
    write_all(STDERR_FILENO, hc_buf_view(&out));
}

bool hc_out_color(void)
{
    const char *no = getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) && (!no || !*no);
}

/* ---- CSV ---- */

struct hc_csv hc_csv_init(struct hc_buf *out)
{
    return (struct hc_csv){.out = out};
}

void hc_csv_bytes(struct hc_csv *c, struct hc_bytes value)
{
    if (c->begun)
        hc_buf_add_str(c->out, ",");
    c->begun = true;
    hc_escape_csv(c->out, value);
}

void hc_csv_str(struct hc_csv *c, const char *value)
{
    hc_csv_bytes(c, hc_bytes_str(value ? value : ""));
}

void hc_csv_int(struct hc_csv *c, int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)value);
    hc_csv_str(c, text);
}

void hc_csv_time(struct hc_csv *c, int64_t t)
{
    char text[HC_TIME_TEXT];
    hc_csv_str(c, hc_time_text(t, text));
}

void hc_csv_end(struct hc_csv *c)
{
    hc_buf_add_str(c->out, "\r\n");
    c->begun = false;
}
