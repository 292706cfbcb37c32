/*
 * starttls.c - the way to TLS in a protocol that begins without: bytes become lines or messages here; what they mean is
 * told in starttls_mail.c, starttls_ldap.c and starttls_postgres.c.
 *
 *   GOES_ON ──► AGREED | NOT_OFFERED | DENIED | OTHER, and never back.
 *
 * What follows the agreement in the same bytes was written by somebody who could not yet know a key. Whoever takes it
 * for the protected dialogue can be made to believe an attacker's answer, so it goes no further than a count (T36).
 */
#include "proto/starttls_parts.h"

#include "base/auto.h"
#include "proto/sniff.h"

/* A line of one byte takes four in the dialogue; the client's words are a few. */
#define SAID_MAX (4 * HC_STARTTLS_BYTES + 1024)

static const struct {
    const char *name;
    enum hc_starttls_kind kind;
} kinds[] = {
    {"smtp", HC_STARTTLS_SMTP},
    {"imap", HC_STARTTLS_IMAP},
    {"postgres", HC_STARTTLS_POSTGRES},
    {"ldap", HC_STARTTLS_LDAP},
};

struct hc_rc hc_starttls_parse(struct hc_bytes word, enum hc_starttls_kind *out, struct hc_err *e)
{
    for (size_t i = 0; i < HC_COUNT(kinds); i++)
        if (hc_bytes_eq_str(word, kinds[i].name)) {
            *out = kinds[i].kind;
            return HC_OK;
        }
    return HC_FAIL(e, HC_E_USAGE,
                   "no protocol that begins TLS by STARTTLS is called \"%.*s\"; known are smtp, imap, "
                   "postgres and ldap",
                   HC_BYTES_FMT(hc_bytes_head(word, 40)));
}

const char *hc_starttls_text(enum hc_starttls_kind kind)
{
    for (size_t i = 0; i < HC_COUNT(kinds); i++)
        if (kinds[i].kind == kind)
            return kinds[i].name;
    return "none";
}

void hc_starttls_note(struct hc_starttls *s, char who, struct hc_bytes words)
{
    size_t from;

    hc_buf_addf(&s->said, "%c: ", who);
    from = s->said.n;
    hc_buf_add(&s->said, words);
    for (size_t i = from; i < s->said.n; i++)
        if (s->said.p[i] == '\n' || s->said.p[i] == '\r')
            s->said.p[i] = ' ';
    hc_buf_add_byte(&s->said, '\n');
}

void hc_starttls_say(struct hc_starttls *s, const char *line, struct hc_buf *out)
{
    hc_starttls_note(s, 'C', hc_bytes_str(line));
    hc_buf_add_str(out, line);
    hc_buf_add_str(out, "\r\n");
}

/* Without memory the dialogue cannot be told any more; it ends. */
static void check_memory(struct hc_starttls *s, const struct hc_buf *out)
{
    hc_buf_fail(&s->said, s->in.failed);
    hc_buf_fail(&s->said, out->failed);
    if (s->said.failed)
        s->state = HC_STARTTLS_OTHER;
}

void hc_starttls_init(struct hc_starttls *s, enum hc_starttls_kind kind, struct hc_buf *out)
{
    *s = (struct hc_starttls){.kind = kind, .in = HC_BUF(HC_STARTTLS_BYTES), .said = HC_BUF(SAID_MAX)};
    if (kind == HC_STARTTLS_NONE)
        s->state = HC_STARTTLS_AGREED;
    else if (kind == HC_STARTTLS_POSTGRES)
        hc_starttls_postgres_ask(s, out);
    else if (kind == HC_STARTTLS_LDAP)
        hc_starttls_ldap_ask(s, out);
    check_memory(s, out);
}

void hc_starttls_fini(struct hc_starttls *s)
{
    hc_buf_fini(&s->in);
    hc_buf_fini(&s->said);
}

/* What came is no such protocol; its beginning is told. */
static void give_up(struct hc_starttls *s)
{
    hc_starttls_note(s, 'S', hc_bytes_head(hc_buf_view(&s->in), HC_STARTTLS_LINE));
    s->state = HC_STARTTLS_OTHER;
}

/* Moves n bytes, which are there, into s->in; false when that is more than is listened to. */
static bool collect(struct hc_starttls *s, struct hc_bytes *in, size_t n)
{
    s->total += n;
    if (s->total > HC_STARTTLS_BYTES)
        return false;
    hc_buf_add(&s->in, hc_bytes_head(*in, n));
    *in = hc_bytes_skip(*in, n);
    return true;
}

static struct hc_bytes without_end(struct hc_bytes line)
{
    if (line.n == 0 || line.p[line.n - 1] != '\n')
        return line;
    line.n--;
    if (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    return line;
}

static void feed_line(struct hc_starttls *s, struct hc_bytes *in, struct hc_buf *out)
{
    size_t end = hc_bytes_find(*in, '\n'), room = HC_STARTTLS_LINE - s->in.n;
    size_t n = end < in->n ? end + 1 : in->n;
    struct hc_bytes line;

    if (!collect(s, in, n < room ? n : room)) {
        give_up(s);
        return;
    }
    line = without_end(hc_buf_view(&s->in));
    if (line.n == s->in.n) { /* it has no end yet */
        if (s->in.n == HC_STARTTLS_LINE)
            give_up(s);
        return;
    }
    hc_starttls_note(s, 'S', line);
    if (s->kind == HC_STARTTLS_SMTP)
        hc_starttls_smtp_line(s, line, out);
    else
        hc_starttls_imap_line(s, line, out);
    hc_buf_clear(&s->in);
}

static size_t wanted(const struct hc_starttls *s)
{
    struct hc_bytes begun = hc_buf_view(&s->in);

    return s->kind == HC_STARTTLS_LDAP ? hc_starttls_ldap_want(begun) : hc_starttls_postgres_want(begun);
}

static void feed_message(struct hc_starttls *s, struct hc_bytes *in)
{
    size_t want = wanted(s), n = want - s->in.n;

    if (!collect(s, in, n < in->n ? n : in->n) || wanted(s) == 0)
        give_up(s);
    else if (s->in.n < wanted(s))
        return;
    else if (s->kind == HC_STARTTLS_LDAP)
        hc_starttls_ldap_answer(s, hc_buf_view(&s->in));
    else
        hc_starttls_postgres_answer(s, hc_buf_view(&s->in));
}

/* "SSH-2.0" and "NOTICE" begin with PostgreSQL's letters for yes and no. */
static bool is_stranger(const struct hc_starttls *s, struct hc_bytes first)
{
    if (s->kind != HC_STARTTLS_POSTGRES || s->total > 0)
        return false;
    return hc_sniff(first) == HC_SNIFF_SSH || (first.n > 1 && first.p[0] == 'N');
}

enum hc_starttls_state hc_starttls_feed(struct hc_starttls *s, struct hc_bytes in, struct hc_buf *out)
{
    bool lines = s->kind == HC_STARTTLS_SMTP || s->kind == HC_STARTTLS_IMAP;

    if (s->state == HC_STARTTLS_GOES_ON && is_stranger(s, in)) {
        hc_buf_add(&s->in, hc_bytes_head(in, HC_STARTTLS_LINE));
        give_up(s);
        check_memory(s, out);
    }
    while (s->state == HC_STARTTLS_GOES_ON && in.n > 0) {
        if (lines)
            feed_line(s, &in, out);
        else
            feed_message(s, &in);
        check_memory(s, out);
        if (s->state == HC_STARTTLS_AGREED)
            s->injected = in.n;
    }
    return s->state;
}
