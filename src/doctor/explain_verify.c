/* explain_verify.c - OpenSSL's X509_V_ERR: by name, by number behind the words that announce one, by text. */
#include "base/auto.h"
#include "doctor/explain_inside.h"

#define PREFIX "x509_v_err_"

struct row {
    int number;
    const char *id;   /* "X509_V_ERR_CERT_HAS_EXPIRED (10)" */
    const char *name; /* "CERT_HAS_EXPIRED" */
    enum hc_code code;
    const char *texts, *means, *causes, *fix;
};

static const struct row rows[] = {
#define HC_VERIFY(number, name, code, texts, means, causes, fix)                                                       \
    {number, "X509_V_ERR_" name " (" #number ")", name, code, texts, means, causes, fix},
#include "doctor/explain_verify.def"
#undef HC_VERIFY
};

static struct hc_explanation explanation(const struct row *r)
{
    return (struct hc_explanation){"OpenSSL", r->id, HC_SAID_HERE, r->means, r->causes, r->fix, r->code, ""};
}

static const struct row *by_number(int number)
{
    for (size_t i = 0; i < HC_COUNT(rows); i++)
        if (rows[i].number == number)
            return &rows[i];
    return NULL;
}

static const struct row *by_name(struct hc_bytes name)
{
    for (size_t i = 0; i < HC_COUNT(rows); i++)
        if (hc_bytes_eq_nocase(name, hc_bytes_str(rows[i].name)))
            return &rows[i];
    return NULL;
}

static bool in_name(uint8_t c)
{
    return hc_ascii_is_alpha(c) || hc_ascii_is_digit(c) || c == '_';
}

/* The first word of the line that is a name, with X509_V_ERR_ before it or without, as Node has it. */
static const struct row *name_in(struct hc_bytes line)
{
    for (size_t i = 0, n; i < line.n; i += n ? n : 1) {
        for (n = 0; i + n < line.n && in_name(line.p[i + n]);)
            n++;
        struct hc_bytes word = hc_bytes_head(hc_bytes_skip(line, i), n);
        bool prefixed = hc_bytes_starts(word, HC_BYTES(PREFIX));
        if (prefixed)
            word = hc_bytes_skip(word, sizeof PREFIX - 1);
        const struct row *r = n > 0 && (prefixed || hc_bytes_find(word, '_') < word.n) ? by_name(word) : NULL;
        if (r)
            return r;
    }
    return NULL;
}

static int number_behind(struct hc_bytes line, const char *words)
{
    size_t i = hc_explain_find(line, 0, words);
    if (i == line.n)
        return -1;
    for (i += strlen(words); i < line.n && (line.p[i] == ' ' || line.p[i] == '(' || line.p[i] == ':');)
        i++;
    return hc_explain_number(line, &i);
}

/* "error 20 at 0 depth lookup", as `openssl verify` says it. */
static int number_of_lookup(struct hc_bytes line)
{
    for (size_t i = 0; (i = hc_explain_find(line, i, "error ")) < line.n;) {
        i += strlen("error ");
        int n = hc_explain_number(line, &i);
        if (n > 0 && hc_bytes_starts(hc_bytes_skip(line, i), HC_BYTES(" at ")))
            return n;
    }
    return -1;
}

static const struct row *number_in(struct hc_bytes line)
{
    static const char *const words[] = {"verify error:num=", "verify return code", "verify error", "verify result"};
    const struct row *r = by_number(number_of_lookup(line));
    for (size_t i = 0; !r && i < HC_COUNT(words); i++)
        r = by_number(number_behind(line, words[i]));
    return r;
}

/* "alert certificate revoked" is what the other side said, and explain_alert.c's. */
static bool follows_alert(struct hc_bytes line, size_t at)
{
    static const char alert[] = "alert ";
    size_t n = sizeof alert - 1;
    return at >= n && memcmp(line.p + at - n, alert, n) == 0;
}

/* How long the longest of the texts is that occurs; Go's "certificate has expired or is not yet valid" is another
 * thing. */
static size_t text_in(struct hc_bytes line, const char *texts)
{
    size_t best = 0, n;
    for (const char *p = texts; *p; p += n + (p[n] == '|')) {
        n = strcspn(p, "|");
        const uint8_t *at = memmem(line.p, line.n, p, n);
        if (at && follows_alert(line, (size_t)(at - line.p)))
            continue;
        if (at && n > best && !hc_bytes_starts(hc_bytes_skip(line, (size_t)(at - line.p) + n), HC_BYTES(" or ")))
            best = n;
    }
    return best;
}

static const struct row *by_text(struct hc_bytes line)
{
    const struct row *r = NULL;
    for (size_t i = 0, best = 0; i < HC_COUNT(rows); i++) {
        size_t n = text_in(line, rows[i].texts);
        if (n > best) {
            best = n;
            r = &rows[i];
        }
    }
    return r;
}

void hc_explain_verify_whole(struct hc_explain_found *f, struct hc_bytes line)
{
    static const char *const before[] = {"x509_v_err ", "x509 error ", "verify error ", "error ", PREFIX};
    for (size_t i = 0; i < HC_COUNT(before); i++)
        if (hc_bytes_starts(line, hc_bytes_str(before[i]))) {
            line = hc_bytes_skip(line, strlen(before[i]));
            break;
        }
    size_t at = 0;
    int n = hc_explain_number(line, &at);
    const struct row *r = n > 0 && at == line.n ? by_number(n) : by_name(line);
    if (r)
        hc_explain_add(f, explanation(r));
}

void hc_explain_verify_in(struct hc_explain_found *f, struct hc_bytes line)
{
    const struct row *r = name_in(line);
    if (!r)
        r = number_in(line);
    if (!r)
        r = by_text(line);
    if (r)
        hc_explain_add(f, explanation(r));
}

bool hc_explain_verify_at(size_t i, struct hc_explanation *out)
{
    if (i >= HC_COUNT(rows))
        return false;
    *out = explanation(&rows[i]);
    return true;
}
