/* explain_alert.c - TLS alerts in a line, and what each means to whoever received it and to whoever sent it. */
#include <stdio.h>

#include "base/auto.h"
#include "doctor/explain_inside.h"
#include "proto/tls_wire.h"

struct row {
    uint8_t number;
    enum hc_code code;
    struct {
        const char *means, *causes, *fix;
    } received, sent;
};

static const struct row rows[] = {
#define HC_ALERT(number, code, means, causes, fix, sent_means, sent_causes, sent_fix)                                  \
    {number, code, {means, causes, fix}, {sent_means, sent_causes, sent_fix}},
#include "doctor/explain_alert.def"
#undef HC_ALERT
};

/* Names that Go gives to some of them; the standard's are in proto/tls_wire.h. */
static const struct {
    const char *name;
    uint8_t number;
} aliases[] = {
    {"revoked certificate", 44},
    {"expired certificate", 45},
    {"unknown certificate", 46},
    {"unknown certificate authority", 48},
    {"error decoding message", 50},
    {"error decrypting message", 51},
    {"protocol version not supported", 70},
    {"insufficient security level", 71},
};

static const struct row *by_number(int number)
{
    for (size_t i = 0; i < HC_COUNT(rows); i++)
        if (rows[i].number == number)
            return &rows[i];
    return NULL;
}

/* ---- what is added ---- */

static struct hc_explanation explanation(const struct row *r, enum hc_explain_said said)
{
    bool sent = said == HC_SAID_HERE;
    struct hc_explanation x = {
        .source = "TLS alert",
        .said = said,
        .means = sent ? r->sent.means : r->received.means,
        .causes = sent ? r->sent.causes : r->received.causes,
        .fix = sent ? r->sent.fix : r->received.fix,
        .code = r->code,
    };
    const struct hc_tls_alert_row *alert = hc_tls_alert(r->number);
    snprintf(x.own, sizeof x.own, "%s (%u)", alert ? alert->name : "alert", (unsigned)r->number);
    return x;
}

/* Who sent it is unknown: both readings, the likelier first. */
static void add_both(struct hc_explain_found *f, const struct row *r)
{
    hc_explain_add(f, explanation(r, HC_SAID_THERE));
    hc_explain_add(f, explanation(r, HC_SAID_HERE));
}

/* ---- names and numbers ---- */

static bool is_between(uint8_t c)
{
    return c == ' ' || c == '_' || c == '-';
}

/* How many bytes of the line spell the name, whatever stands between its words ("UnknownCA", "unknown_ca"); 0 when they
 * do not. */
static size_t spells(struct hc_bytes line, const char *name)
{
    size_t i = 0;
    for (const char *p = name; *p; p++) {
        if (is_between((uint8_t)*p))
            continue;
        while (i > 0 && i < line.n && is_between(line.p[i]))
            i++;
        if (i >= line.n || line.p[i] != (uint8_t)*p)
            return 0;
        i++;
    }
    return i < line.n && (hc_ascii_is_alpha(line.p[i]) || hc_ascii_is_digit(line.p[i])) ? 0 : i;
}

static const struct row *name_at(struct hc_bytes line, size_t *n)
{
    const struct row *r = NULL;
    const struct hc_tls_alert_row *alert;
    *n = 0;
    for (size_t i = 0; (alert = hc_tls_alert_at(i)); i++) {
        size_t k = spells(line, alert->name);
        if (k > *n) {
            *n = k;
            r = by_number(alert->number);
        }
    }
    for (size_t i = 0; i < HC_COUNT(aliases); i++) {
        size_t k = spells(line, aliases[i].name);
        if (k > *n) {
            *n = k;
            r = by_number(aliases[i].number);
        }
    }
    return r;
}

/* Words and signs that stand between "alert" and what matters: "SSL3 alert read:fatal:unknown CA", "Alert [length 0002],
 * fatal unknown_ca", "TLS alert, unknown CA (560)", "Received alert [48]". */
static struct hc_bytes skip_fillers(struct hc_bytes line)
{
    static const char *const words[] = {"alert",   "read",   "write",       "fatal",
                                        "warning", "number", "length 0002", "received"};
    for (bool again = true; again;) {
        again = false;
        while (line.n > 0 && strchr(" ,:;([]_-\"'", line.p[0]) && line.p[0])
            line = hc_bytes_skip(line, 1);
        for (size_t i = 0; !again && i < HC_COUNT(words); i++) {
            again = hc_bytes_starts(line, hc_bytes_str(words[i]));
            if (again)
                line = hc_bytes_skip(line, strlen(words[i]));
        }
    }
    return line;
}

static const struct row *alert_at(struct hc_bytes line)
{
    size_t i = 0, n;
    line = skip_fillers(line);
    int number = hc_explain_number(line, &i);
    if (number >= 0 && i < line.n && line.p[i] == '|') { /* GnuTLS: Alert[2|48], level and alert */
        i++;
        number = hc_explain_number(line, &i);
    }
    return number >= 0 ? by_number(number) : name_at(line, &n);
}

/* ---- who sent it ---- */

static bool has(struct hc_bytes line, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (hc_explain_find(line, 0, words[i]) < line.n)
            return true;
    return false;
}

static enum hc_explain_said who_said(struct hc_bytes line)
{
    static const char *const sent[] = {"(out)",      "alert write", "sending alert", "sending fatal alert",
                                       "sent alert", ">>> "};
    static const char *const received[] = {"(in)",         "alert read", "received",        "alert number",
                                           "sslv3",        "tlsv1",      "tlsv13",          "<<< ",
                                           "remote error", "peer alert", "could not accept"};
    if (has(line, sent, HC_COUNT(sent)))
        return HC_SAID_HERE;
    return has(line, received, HC_COUNT(received)) ? HC_SAID_THERE : HC_SAID_UNKNOWN;
}

static void add(struct hc_explain_found *f, const struct row *r, enum hc_explain_said said)
{
    if (said == HC_SAID_UNKNOWN)
        add_both(f, r);
    else
        hc_explain_add(f, explanation(r, said));
}

/* ---- the whole line, and somewhere in it ---- */

void hc_explain_alert_whole(struct hc_explain_found *f, struct hc_bytes line)
{
    size_t at = 0, n;
    if (hc_bytes_starts(line, HC_BYTES("alert ")))
        line = skip_fillers(line);
    int number = hc_explain_number(line, &at);
    const struct row *r = number >= 0 && at == line.n ? by_number(number) : name_at(line, &n);
    if (r && (number >= 0 || n == line.n))
        add_both(f, r);
}

void hc_explain_alert_in(struct hc_explain_found *f, struct hc_bytes line)
{
    static const char *const before[] = {"alert", "tlsv1", "remote error: tls"};
    enum hc_explain_said said = who_said(line);
    for (size_t k = 0; k < HC_COUNT(before); k++)
        for (size_t i = 0; (i = hc_explain_find(line, i, before[k])) < line.n;) {
            i += strlen(before[k]);
            const struct row *r = alert_at(hc_bytes_skip(line, i));
            if (r)
                add(f, r, said);
        }
}

bool hc_explain_alert_at(size_t i, struct hc_explanation out[2])
{
    const struct hc_tls_alert_row *alert = hc_tls_alert_at(i);
    const struct row *r = alert ? by_number(alert->number) : NULL;
    if (!r)
        return false;
    out[0] = explanation(r, HC_SAID_THERE);
    out[1] = explanation(r, HC_SAID_HERE);
    out[0].id = out[0].own;
    out[1].id = out[1].own;
    return true;
}
