/* demo_visit.c - commands with words in their place, curl's answers, and the gate's log beside them. */
#include "cmd/demo_visit.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "cmd/out.h"

#define WORDS_MAX 32
#define LOG_MAX (4 * 1024 * 1024)
#define STEP_MS 20      /* between two looks at a log, or two visits */
#define REFUSAL_MS 2000 /* for a refusal to reach the log: it is written at once, by another process */

/* --- telling ------------------------------------------------------------------------------------------------------ */

void hc_demo_step(struct hc_demo *d, const char *title)
{
    printf("\n%s%u. %s%s\n", hc_out_color() ? "\033[1m" : "", ++d->steps, title, hc_out_color() ? "\033[0m" : "");
    fflush(stdout);
}

void hc_demo_outcome(struct hc_demo *d, bool as_expected, const char *text)
{
    const char *color = as_expected ? "\033[32m" : "\033[31m";

    printf("   %s%s %s%s\n", hc_out_color() ? color : "", as_expected ? "->" : "UNEXPECTED:", text,
           hc_out_color() ? "\033[0m" : "");
    if (!as_expected)
        d->wrong++;
    fflush(stdout);
}

/* --- running ------------------------------------------------------------------------------------------------------ */

/* A command line as it is shown; "$D" stands for the directory, the first word "handclasp" for this program. */
struct words {
    const char *shown[WORDS_MAX + 1];
    char *real[WORDS_MAX + 1];
    size_t n;
};

static void words_fini(struct words *w)
{
    for (size_t i = 0; i < w->n; i++)
        free(w->real[i]);
}

static struct hc_rc add_word(const struct hc_demo *d, struct words *w, const char *word, struct hc_err *e)
{
    HC_BUF_AUTO(real, 2 * HC_PATH);
    const char *dollar;

    if (w->n == WORDS_MAX)
        return HC_FAIL(e, HC_E_INTERNAL, "a command of the demonstration has too many words");
    if (w->n == 0 && strcmp(word, "handclasp") == 0) {
        hc_buf_add_str(&real, d->self);
    } else {
        for (dollar = strstr(word, "$D"); dollar; dollar = strstr(dollar + 2, "$D"))
            if (dollar == word || dollar[-1] != '\\')
                break;
        hc_buf_add(&real, hc_bytes_of(word, dollar ? (size_t)(dollar - word) : strlen(word)));
        if (dollar) {
            hc_buf_add_str(&real, d->dir);
            hc_buf_add_str(&real, dollar + 2);
        }
    }
    w->shown[w->n] = word;
    w->real[w->n] = strdup(hc_buf_cstr(&real));
    if (!w->real[w->n])
        return HC_FAIL(e, HC_E_NOMEM, "out of memory");
    w->n++;
    return HC_OK;
}

static struct hc_rc make_words(const struct hc_demo *d, struct words *w, const char *const *list, struct hc_err *e)
{
    *w = (struct words){.n = 0};
    for (size_t i = 0; list[i]; i++)
        HC_TRY(e, add_word(d, w, list[i], e));
    return HC_OK;
}

static void show(const struct words *w)
{
    HC_BUF_AUTO(line, 16 * HC_PATH);

    hc_demo_quote(&line, w->shown);
    printf("   $ %s\n", hc_buf_cstr(&line));
    fflush(stdout);
}

static struct hc_rc must(const struct hc_demo *d, const char *const *list, struct hc_buf *output, struct hc_err *e)
{
    __attribute__((cleanup(words_fini))) struct words w;
    int code = 0;

    HC_TRY(e, make_words(d, &w, list, e));
    show(&w);
    HC_TRY(e, hc_demo_run((const char *const *)w.real, output, &code, e));
    if (code != 0)
        return HC_FAIL(e, HC_E_INTERNAL, "a step of the demonstration ended with %d: %s", code, hc_buf_cstr(output));
    return HC_OK;
}

struct hc_rc hc_demo_must(const struct hc_demo *d, const char *const *list, struct hc_err *e)
{
    HC_BUF_AUTO(output, HC_DEMO_OUTPUT);

    return must(d, list, &output, e);
}

struct hc_rc hc_demo_must_show(const struct hc_demo *d, const char *const *list, struct hc_err *e)
{
    HC_BUF_AUTO(output, HC_DEMO_OUTPUT);

    HC_TRY(e, must(d, list, &output, e));
    for (struct hc_bytes rest = hc_buf_view(&output); rest.n > 0;) {
        struct hc_bytes line = hc_bytes_next_line(&rest);

        printf("     | %.*s\n", HC_BYTES_FMT(line));
    }
    return HC_OK;
}

struct hc_rc hc_demo_must_start(const struct hc_demo *d, const char *const *list, const char *log, pid_t *out,
                                struct hc_err *e)
{
    __attribute__((cleanup(words_fini))) struct words w;
    char path[HC_PATH];

    HC_TRY(e, make_words(d, &w, list, e));
    show(&w);
    HC_TRY(e, hc_path_join(path, d->dir, log, e));
    return hc_demo_start((const char *const *)w.real, path, out, e);
}

struct hc_rc hc_demo_write(const struct hc_demo *d, const char *name, const struct hc_buf *text, struct hc_err *e)
{
    char path[HC_PATH];

    HC_TRY(e, hc_path_join(path, d->dir, name, e));
    HC_TRY(e, hc_buf_check(text, e));
    return hc_file_write_atomic(path, hc_buf_view(text), 0600, e);
}

/* --- what others print ---------------------------------------------------------------------------------------------- */

static void pause_ms(unsigned ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

    nanosleep(&t, NULL);
}

static struct hc_rc read_log(const struct hc_demo *d, const char *log, struct hc_buf *out, struct hc_err *e)
{
    char path[HC_PATH];
    struct hc_rc rc;

    HC_TRY(e, hc_path_join(path, d->dir, log, e));
    rc = hc_file_read(path, out, e);
    return rc.code == HC_E_FILE_EMPTY || rc.code == HC_E_FILE_MISSING ? HC_OK : rc;
}

/* How often `word` stands in `text`. */
static unsigned count(struct hc_bytes text, struct hc_bytes word)
{
    unsigned times = 0;
    const uint8_t *at;

    while (text.n > 0 && (at = memmem(text.p, text.n, word.p, word.n)) != NULL) {
        text = hc_bytes_skip(text, (size_t)(at - text.p) + word.n);
        times++;
    }
    return times;
}

struct hc_rc hc_demo_wait_log(const struct hc_demo *d, const char *log, const char *word, unsigned times,
                              struct hc_err *e)
{
    for (unsigned waited = 0; waited < HC_DEMO_WAIT_MS; waited += STEP_MS) {
        HC_BUF_AUTO(text, LOG_MAX);

        HC_TRY(e, read_log(d, log, &text, e));
        if (count(hc_buf_view(&text), hc_bytes_str(word)) >= times)
            return HC_OK;
        pause_ms(STEP_MS);
    }
    return HC_FAIL(e, HC_E_INTERNAL, "\"%s\" was not said in time; see %s/%s", word, d->dir, log);
}

void hc_demo_last_line(const struct hc_demo *d, const char *log, char *out, size_t n)
{
    HC_BUF_AUTO(text, LOG_MAX);
    struct hc_err e = {0};
    struct hc_bytes rest = {NULL, 0};

    if (hc_ok(read_log(d, log, &text, &e)))
        rest = hc_buf_view(&text);
    out[0] = 0;
    while (rest.n > 0) {
        struct hc_bytes line = hc_bytes_next_line(&rest);

        if (line.n > 0)
            snprintf(out, n, "%.*s", HC_BYTES_FMT(line));
    }
}

/* The catalogue id of the newest refusal that this step caused; HC_OK_CODE when there is none yet. */
static enum hc_code refusal_in(struct hc_bytes log)
{
    static const char key[] = "\"id\":\"HC-";
    enum hc_code code = HC_OK_CODE;

    for (const uint8_t *at = log.p; log.n >= sizeof key + 3; at++) {
        at = memmem(at, (size_t)(log.p + log.n - at), key, sizeof key - 1);
        if (!at || (size_t)(log.p + log.n - at) < sizeof key + 3)
            break;
        code = (enum hc_code)atoi((const char *)at + sizeof key - 1);
    }
    return code;
}

static enum hc_code find_refusal(const struct hc_demo *d)
{
    for (unsigned waited = 0; waited < REFUSAL_MS; waited += STEP_MS) {
        HC_BUF_AUTO(log, LOG_MAX);
        struct hc_err e = {0};
        enum hc_code code = HC_OK_CODE;

        if (hc_ok(read_log(d, HC_DEMO_LOG, &log, &e)))
            code = refusal_in(hc_bytes_skip(hc_bytes_str(hc_buf_cstr(&log)), d->log_seen));
        if (code != HC_OK_CODE)
            return code;
        pause_ms(STEP_MS);
    }
    return HC_OK_CODE;
}

static void mark_log(struct hc_demo *d)
{
    HC_BUF_AUTO(log, LOG_MAX);
    struct hc_err e = {0};

    if (hc_ok(read_log(d, HC_DEMO_LOG, &log, &e)))
        d->log_seen = log.n;
}

/* --- visits ------------------------------------------------------------------------------------------------------- */

struct seen {
    char status[8];
    char line[160]; /* the first line of what came back */
};

/* curl prints the body, then the status on a line of its own. */
static void read_answer(struct hc_buf *output, struct seen *out)
{
    struct hc_bytes text = hc_buf_view(output);
    size_t last = text.n;

    while (last > 0 && text.p[last - 1] != '\n')
        last--;
    snprintf(out->status, sizeof out->status, "%.*s", HC_BYTES_FMT(hc_bytes_head(hc_bytes_skip(text, last), 3)));
    text = hc_bytes_head(text, hc_bytes_find(text, '\n'));
    snprintf(out->line, sizeof out->line, "%.*s", HC_BYTES_FMT(hc_bytes_head(text, sizeof out->line - 1)));
}

static struct hc_rc curl(const struct hc_demo *d, const struct hc_demo_visit *v, bool quiet, struct seen *out,
                         struct hc_err *e)
{
    __attribute__((cleanup(words_fini))) struct words w;
    HC_BUF_AUTO(output, HC_DEMO_OUTPUT);
    char cert[HC_PATH];
    char key[HC_PATH];
    char url[256];
    int code = 0;
    const char *const plain[] = {"curl",
                                 "-q",
                                 "-s",
                                 "-w",
                                 "\\n%{http_code}",
                                 "--noproxy",
                                 "*",
                                 "--max-time",
                                 "10",
                                 "--cacert",
                                 "$D/home/publish/bundle.pem",
                                 NULL};

    snprintf(cert, sizeof cert, "$D/%s/chain.pem", v->who ? v->who : "");
    snprintf(key, sizeof key, "$D/%s/key.pem", v->who ? v->who : "");
    snprintf(url, sizeof url, "https://localhost:%u%s", v->port, v->path);
    HC_TRY(e, make_words(d, &w, plain, e));
    if (v->who) {
        HC_TRY(e, add_word(d, &w, "--cert", e));
        HC_TRY(e, add_word(d, &w, cert, e));
        HC_TRY(e, add_word(d, &w, "--key", e));
        HC_TRY(e, add_word(d, &w, key, e));
    }
    HC_TRY(e, add_word(d, &w, url, e));
    if (!quiet)
        show(&w);
    HC_TRY(e, hc_demo_run((const char *const *)w.real, &output, &code, e));
    read_answer(&output, out);
    return HC_OK;
}

static void tell_visit(struct hc_demo *d, const struct hc_demo_visit *v, const struct seen *seen)
{
    enum hc_code why = v->why == HC_OK_CODE ? HC_OK_CODE : find_refusal(d);
    char text[512];
    char id[HC_ID_TEXT];

    if (v->why == HC_OK_CODE)
        snprintf(text, sizeof text, "let in (%s): %s", seen->status, seen->line);
    else
        snprintf(text, sizeof text, "refused %s (%s): %s",
                 strcmp(seen->status, "000") == 0 ? "in the handshake" : "by a rule", hc_id_text(why, id),
                 why == HC_OK_CODE ? "the log does not say why" : hc_row(why)->sentence);
    hc_demo_outcome(d, strcmp(seen->status, v->status) == 0 && why == v->why, text);
}

struct hc_rc hc_demo_visit(struct hc_demo *d, const struct hc_demo_visit *v, struct hc_err *e)
{
    struct seen seen;

    mark_log(d);
    HC_TRY(e, curl(d, v, false, &seen, e));
    tell_visit(d, v, &seen);
    return HC_OK;
}
