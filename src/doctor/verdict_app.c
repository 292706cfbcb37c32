/*
 * verdict_app.c - TLS is fine: what did the application say?
 *
 * nginx finishes every handshake and answers 400 to a certificate that it does not accept or does not get; HEAD has no
 * body, so its words are there only when the server sends them all the same. Handclasp answers 403 with an id.
 */
#include "doctor/verdict_parts.h"

static struct hc_bytes said(const struct hc_attempt *a)
{
    return hc_buf_view(&a->said);
}

static void quote_line(struct hc_verdict_draft *d, struct hc_bytes line)
{
    if (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    hc_verdict_draft_text(d, " It said: ");
    hc_verdict_draft_quote(d, line);
}

/* ---- HTTP ---- */

static bool http_forbidden(struct hc_verdict_draft *d)
{
    const struct hc_attempt *a = d->a;
    hc_verdict_draft_say(d, HC_CAUSE_HTTP_FORBIDDEN);
    hc_verdict_draft_text(d, "TLS is fine, and the server answered HTTP %u.", a->status);
    if (a->ref.text[0] != '\0') {
        hc_verdict_draft_text(d, " It is a Handclasp gate; its id for this refusal is %s.", a->ref.text);
        hc_verdict_draft_fix(d, "Ask its operator, who runs: handclasp why %s", a->ref.text);
    }
    return true;
}

static bool http_needed(struct hc_verdict_draft *d)
{
    const struct hc_attempt *a = d->a;
    if (d->p->spec->n_chain > 0 && hc_verdict_client_needed(d)) /* there is one, and it could not be presented */
        return true;
    hc_verdict_draft_say(d, HC_CAUSE_HTTP_NO_CERTIFICATE);
    hc_verdict_draft_text(d, "The server asked for a client certificate, got none, and answered HTTP %u.", a->status);
    if (a->ref.text[0] != '\0')
        hc_verdict_draft_text(d, " Its id for this refusal is %s.", a->ref.text);
    hc_verdict_client_offer(d);
    if (a->status == 403)
        hc_verdict_draft_other(d, HC_CAUSE_HTTP_FORBIDDEN);
    return true;
}

static bool http_bad(struct hc_verdict_draft *d)
{
    if (hc_verdict_client_blame(d, 0)) {
        hc_verdict_draft_text(d, " The server finished the handshake and answered HTTP %u.", d->a->status);
        return true;
    }
    hc_verdict_draft_say(d, HC_CAUSE_HTTP_BAD_CERTIFICATE);
    hc_verdict_draft_text(d,
                          "The server finished the handshake and answered HTTP %u; nothing is wrong with your "
                          "certificate that can be seen here.",
                          d->a->status);
    if (!hc_verdict_own_cleared(d->p))
        hc_verdict_draft_other(d, HC_CAUSE_YOUR_REVOKED);
    hc_verdict_draft_other(d, HC_CAUSE_SERVER_CRL);
    hc_verdict_draft_other(d, HC_CAUSE_YOUR_UNKNOWN_AUTHORITY);
    hc_verdict_draft_decide(d,
                            "The server's log; nginx writes \"client SSL certificate verify error\" and the reason.");
    return true;
}

/* 400 alone says little; with a certificate asked for it is nginx's way. 495 and 496 are nginx's, too. */
static bool http_400(struct hc_verdict_draft *d)
{
    const struct hc_attempt *a = d->a;
    struct hc_bytes body = said(a);
    if (hc_verdict_facts_contains(body, "No required SSL certificate was sent") || a->status == 496)
        return a->n_sent > 0 ? http_bad(d) : http_needed(d);
    if (hc_verdict_facts_contains(body, "The SSL certificate error") || a->status == 495)
        return http_bad(d);
    if (!hc_verdict_facts_asked(a))
        return false;
    return a->n_sent > 0 ? http_bad(d) : http_needed(d);
}

static bool http(struct hc_verdict_draft *d)
{
    const struct hc_attempt *a = d->a;
    switch (a->status) {
    case 400:
    case 495:
    case 496:
        return http_400(d);
    case 401:
        return http_forbidden(d);
    case 403:
        return hc_verdict_facts_asked(a) && a->n_sent == 0 && d->p->spec->n_chain == 0 ? http_needed(d)
                                                                                       : http_forbidden(d);
    case 421:
        return hc_verdict_draft_say(d, HC_CAUSE_HTTP_MISDIRECTED);
    default:
        return false;
    }
}

/* ---- the others ---- */

static bool refused_with(struct hc_verdict_draft *d, struct hc_bytes line)
{
    bool needed = hc_verdict_facts_contains(line, "certificate") && d->a->n_sent == 0 && d->p->spec->n_chain == 0;
    hc_verdict_draft_say(d, needed ? HC_CAUSE_IDENTITY_NEEDED : HC_CAUSE_APPLICATION_REFUSED);
    hc_verdict_draft_text(d, needed ? "TLS is fine, and the application asks for a client certificate."
                                    : "TLS is fine, and the application refused.");
    quote_line(d, line);
    return true;
}

static bool smtp_refuses(struct hc_bytes line)
{
    return line.n >= 3 && (line.p[0] == '4' || line.p[0] == '5') && hc_ascii_is_digit(line.p[1]) &&
           hc_ascii_is_digit(line.p[2]) && (line.n == 3 || line.p[3] == ' ' || line.p[3] == '-');
}

/* "* BYE ...", "a NO ...", "a BAD ..." [RFC 3501 7.1] */
static bool imap_refuses(struct hc_bytes line)
{
    struct hc_bytes word = hc_bytes_skip(line, hc_bytes_find(line, ' ') + 1);
    bool untagged = hc_bytes_starts(line, HC_BYTES("* "));
    return hc_bytes_starts(word, HC_BYTES("BYE ")) ||
           (!untagged && (hc_bytes_starts(word, HC_BYTES("NO ")) || hc_bytes_starts(word, HC_BYTES("BAD "))));
}

static bool by_lines(struct hc_verdict_draft *d, bool (*refuses)(struct hc_bytes line))
{
    struct hc_bytes text = said(d->a);
    while (text.n > 0) {
        struct hc_bytes line = hc_bytes_next_line(&text);
        if (refuses(line))
            return refused_with(d, line);
    }
    return false;
}

/* ErrorResponse: 'E', a length, fields of a letter and a string; 'M' is the message for people. */
static struct hc_bytes postgres_message(struct hc_bytes b)
{
    if (b.n < 5 || b.p[0] != 'E')
        return hc_bytes_of(NULL, 0);
    b = hc_bytes_skip(b, 5);
    while (b.n > 0 && b.p[0] != 0) {
        struct hc_bytes field = hc_bytes_head(hc_bytes_skip(b, 1), hc_bytes_find(hc_bytes_skip(b, 1), 0));
        if (b.p[0] == 'M')
            return field;
        b = hc_bytes_skip(b, field.n + 2);
    }
    return hc_bytes_of(NULL, 0);
}

/* A made-up user is refused everywhere; what counts is a refusal of the connection, or of its certificate. */
static bool postgres(struct hc_verdict_draft *d)
{
    struct hc_bytes message = postgres_message(said(d->a));
    if (!hc_verdict_facts_contains(message, "certificate") && !hc_verdict_facts_contains(message, "pg_hba.conf"))
        return false;
    return refused_with(d, message);
}

static const char *ldap_result_text(unsigned code)
{
    switch (code) { /* [RFC 4511 A.2] */
    case 8:
        return "strongerAuthRequired";
    case 13:
        return "confidentialityRequired";
    case 48:
        return "inappropriateAuthentication";
    case 49:
        return "invalidCredentials";
    case 50:
        return "insufficientAccessRights";
    case 53:
        return "unwillingToPerform";
    default:
        return "another result than success";
    }
}

/* The result of a SearchResultDone (0x65) or a notice of disconnection (0x78) that comes first: an ENUMERATED of one
 * byte right behind its header. Lengths of one byte: longer ones belong to entries, which are no refusal. */
static bool ldap(struct hc_verdict_draft *d)
{
    struct hc_bytes b = said(d->a);
    size_t at = 0;
    if (b.n < 10 || b.p[0] != 0x30 || (b.p[1] & 0x80) != 0 || b.p[2] != 0x02 || b.p[3] > 4)
        return false;
    at = 4 + (size_t)b.p[3];
    if (at + 5 > b.n || (b.p[at] != 0x65 && b.p[at] != 0x78) || b.p[at + 2] != 0x0a || b.p[at + 3] != 1 ||
        b.p[at + 4] == 0)
        return false;
    hc_verdict_draft_say(d, HC_CAUSE_APPLICATION_REFUSED);
    hc_verdict_draft_text(d, "TLS is fine, and the directory answered %s (%u).", ldap_result_text(b.p[at + 4]),
                          b.p[at + 4]);
    return true;
}

bool hc_verdict_app_refused(struct hc_verdict_draft *d)
{
    switch (d->a->ask) {
    case HC_ASK_HTTP:
        return http(d);
    case HC_ASK_SMTP:
        return by_lines(d, smtp_refuses);
    case HC_ASK_IMAP:
        return by_lines(d, imap_refuses);
    case HC_ASK_POSTGRES:
        return postgres(d);
    case HC_ASK_LDAP:
        return ldap(d);
    case HC_ASK_NOTHING:
        break;
    }
    return false;
}

/* ---- nothing is wrong ---- */

bool hc_verdict_app_accepted(struct hc_verdict_draft *d)
{
    const struct hc_attempt *a = d->a;
    bool asked = hc_verdict_facts_asked(a);
    enum hc_cause cause = a->stage < HC_STAGE_SERVED ? HC_CAUSE_NOT_REFUSED
                          : !asked                   ? HC_CAUSE_ACCEPTED_ONE_SIDED
                          : a->n_sent == 0           ? HC_CAUSE_ACCEPTED_OPTIONAL
                                                     : HC_CAUSE_ACCEPTED;
    hc_verdict_draft_say(d, cause);
    hc_verdict_draft_text(d, "%s", hc_cause_row(cause)->sentence);
    if (cause == HC_CAUSE_NOT_REFUSED && !asked)
        hc_verdict_draft_text(d, " It did not ask who you are.");
    if (a->status >= 500)
        hc_verdict_draft_text(d, " Its answer was HTTP %u: something behind it failed.", a->status);
    else if (a->status != 0)
        hc_verdict_draft_text(d, " Its answer was HTTP %u.", a->status);
    return true;
}
