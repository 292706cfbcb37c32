/*
 * why_fix.c - what to do about one refusal. The catalogue's row has the general answer; here are those that name whom and
 * what.
 */
#include <stdio.h>

#include "base/clock.h"
#include "base/escape.h"
#include "doctor/why.h"

/* A name as the commands of the authority take it: without its type. */
static struct hc_bytes bare(struct hc_bytes all)
{
    static const char *const types[] = {"dns:", "email:", "ip:", "uri:"};

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (hc_bytes_starts(all, hc_bytes_str(types[i])))
            return hc_bytes_skip(all, strlen(types[i]));
    return all;
}

/* The first name of the leaf. */
static struct hc_bytes first_name(const struct hc_why *w)
{
    struct hc_bytes names = hc_bytes_str(w->n_certs > 0 ? w->cert[0].names : "");

    return hc_bytes_head(names, hc_bytes_find(names, ','));
}

#define COMMAND_NAME 48 /* the longest that fits a line with its command */

static void add_name(struct hc_buf *out, struct hc_bytes name)
{
    if (hc_escape_is_shell_word(name) && name.n <= COMMAND_NAME)
        hc_buf_add(out, name);
    else
        hc_buf_add_str(out, "NAME");
}

/* "handclasp renew NAME" with the name that the certificate has, on a line of its own. */
static void add_command(struct hc_buf *out, const char *command, const struct hc_why *w)
{
    hc_buf_addf(out, "\nhandclasp %s ", command);
    add_name(out, bare(first_name(w)));
}

static void fix_expired(const struct hc_why *w, struct hc_buf *out)
{
    char age[HC_AGE_TEXT];

    if (w->n_certs > 0 && w->cert[0].not_after < w->time)
        hc_buf_addf(out, "The certificate had ended %s before. ", hc_age_text(w->time - w->cert[0].not_after, age));
    hc_buf_add_str(out, "Its owner needs a new one, and the program at the other end must then load it:");
    add_command(out, "renew", w);
}

static void fix_early(const struct hc_why *w, struct hc_buf *out)
{
    char age[HC_AGE_TEXT];

    if (w->n_certs > 0 && w->cert[0].not_before > w->time)
        hc_buf_addf(out, "By the gate's clock the certificate begins in %s. ",
                    hc_age_text(w->cert[0].not_before - w->time, age));
    hc_buf_add_str(out, "Compare the clocks of the gate and of the authority: date -u on both");
}

static void fix_revoked(const struct hc_why *w, struct hc_buf *out)
{
    bool person = hc_bytes_starts(first_name(w), HC_BYTES("email:"));

    hc_buf_add_str(out, "It was revoked on purpose: handclasp show ");
    add_name(out, bare(first_name(w)));
    hc_buf_add_str(out, " tells when and why. If its owner is to be let in again, issue a new one:");
    add_command(out, person ? "issue person" : "issue client", w);
}

static void fix_issuer(const struct hc_why *w, struct hc_buf *out)
{
    const struct hc_why_cert *top = w->n_certs > 0 ? &w->cert[w->n_certs - 1] : NULL;

    if (!top) {
        hc_buf_add_str(out, hc_row(w->code)->fix);
        return;
    }
    hc_buf_addf(out, "The gate was shown %zu certificate%s; the last was issued by ", w->n_certs + w->more_certs,
                w->n_certs + w->more_certs == 1 ? "" : "s");
    hc_escape_text(out, hc_bytes_str(top->issuer));
    hc_buf_add_str(out, ", which the gate does not know. If that is the intermediate of an authority that it trusts, "
                        "have the client present chain.pem (its certificate and the intermediates). If it is another "
                        "authority, the client needs a certificate of yours; only if you trust that authority, add its "
                        "root to the gate's bundle");
}

static void add_allow(const struct hc_why *w, struct hc_buf *out)
{
    struct hc_bytes identity = hc_bytes_str(w->identity);

    hc_buf_add_str(out, " allow: [\"");
    if (hc_escape_is_shell_word(identity))
        hc_buf_add(out, identity);
    else
        hc_buf_add_str(out, "PATTERN");
    hc_buf_add_str(out, "\"] (a gate from flags: --allow)");
}

static void fix_rule(const struct hc_why *w, struct hc_buf *out)
{
    if (!w->proven) {
        hc_buf_add_str(out, "No certificate was presented. Have the client present one (curl: --cert chain.pem --key "
                            "key.pem), or, if really everybody may come in here, write allow: [anyone]");
        return;
    }
    hc_buf_add_str(out, "If it shall be let in, name it in the route that decides");
    if (w->path[0]) {
        hc_buf_add_str(out, " ");
        hc_escape_text(out, hc_bytes_head(hc_bytes_str(w->path), hc_bytes_find(hc_bytes_str(w->path), '?')));
    }
    hc_buf_add_str(out, ":");
    add_allow(w, out);
}

static void fix_method(const struct hc_why *w, struct hc_buf *out)
{
    hc_buf_add_str(out, "If it is meant to be allowed, add ");
    if (hc_escape_is_shell_word(hc_bytes_str(w->method)))
        hc_buf_add_str(out, w->method);
    else
        hc_buf_add_str(out, "the method");
    hc_buf_add_str(out, " to the methods of that route");
}

void hc_why_fix(const struct hc_why *w, struct hc_buf *out)
{
    switch (w->code) {
    case HC_OK_CODE:
        hc_buf_add_str(out, "Nothing: it was not refused");
        break;
    case HC_E_CERT_EXPIRED:
        fix_expired(w, out);
        break;
    case HC_E_CERT_NOT_YET_VALID:
        fix_early(w, out);
        break;
    case HC_E_REVOKED:
        fix_revoked(w, out);
        break;
    case HC_E_UNKNOWN_ISSUER:
        fix_issuer(w, out);
        break;
    case HC_E_NO_RULE:
    case HC_E_NO_IDENTITY_FOR_RULE:
        fix_rule(w, out);
        break;
    case HC_E_METHOD_NOT_ALLOWED:
        fix_method(w, out);
        break;
    default:
        hc_buf_add_str(out, hc_row(w->code)->fix);
        break;
    }
}
