/*
 * verdict_network.c - before there is TLS: the name, the way, a prelude, other protocols, silence.
 *
 * A server that does not answer a ClientHello gives nothing to judge by, so it is asked again in other words: plainly,
 * as HTTP, PostgreSQL and LDAP, with a PROXY header before, without a name.
 */
#include "doctor/verdict_parts.h"

#include <errno.h>

static bool look_up(struct hc_verdict_draft *d)
{
    const struct hc_dns *dns = &d->p->dns;
    static const enum hc_cause causes[] = {
        [HC_DNS_NO_NAME] = HC_CAUSE_NO_SUCH_NAME,
        [HC_DNS_NO_ADDRESS] = HC_CAUSE_NO_ADDRESS,
        [HC_DNS_FAILED] = HC_CAUSE_NAME_SERVER,
        [HC_DNS_SILENT] = HC_CAUSE_NAME_SERVER,
    };
    if (dns->result < HC_DNS_NO_NAME || dns->result > HC_DNS_SILENT)
        return false;
    hc_verdict_draft_say(d, causes[dns->result]);
    hc_verdict_draft_text(d, "%s: ",
                          dns->result == HC_DNS_NO_NAME      ? "No such name"
                          : dns->result == HC_DNS_NO_ADDRESS ? "No address"
                          : dns->result == HC_DNS_SILENT     ? "No name server answered"
                                                             : "No usable answer");
    hc_verdict_draft_quote(d, hc_bytes_str(d->p->spec->host));
    if (dns->text[0] != '\0')
        hc_verdict_draft_text(d, " (%.200s)", dns->text);
    if (dns->server[0] != '\0' && !strstr(dns->text, dns->server))
        hc_verdict_draft_text(d, ". The name server %s was asked", dns->server);
    hc_verdict_draft_text(d, ".");
    if (dns->result != HC_DNS_NO_ADDRESS)
        hc_verdict_draft_command(d, "handclasp probe --dns-trace", d->p->spec->host);
    return true;
}

static enum hc_cause unreached(int sys)
{
    switch (sys) {
    case ECONNREFUSED:
    case ECONNRESET:
    case ENOENT:
        return HC_CAUSE_CONNECTION_REFUSED;
    case ETIMEDOUT:
        return HC_CAUSE_CONNECT_TIMEOUT;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
        return HC_CAUSE_UNREACHABLE;
    default:
        return HC_CAUSE_LOCAL_TROUBLE;
    }
}

static bool connect_to(struct hc_verdict_draft *d)
{
    const struct hc_attempt *a = d->a;
    char at[HC_ADDR_TEXT];
    if (a->stage != HC_STAGE_NOTHING || (a->end != HC_END_UNREACHED && a->end != HC_END_TIMEOUT))
        return false;
    enum hc_cause cause = a->end == HC_END_TIMEOUT ? HC_CAUSE_CONNECT_TIMEOUT : unreached(a->sys);
    hc_verdict_draft_say(d, cause);
    hc_verdict_draft_text(d, "%s", hc_cause_row(cause)->sentence);
    if (a->addr.len > 0)
        hc_verdict_draft_text(d, " The address was %s.", hc_addr_text(&a->addr, true, at));
    if (cause == HC_CAUSE_LOCAL_TROUBLE)
        hc_verdict_draft_text(d, " The system says: %s.", strerror(a->sys));
    return true;
}

bool hc_verdict_network_way(struct hc_verdict_draft *d)
{
    return look_up(d) || connect_to(d);
}

/* ---- STARTTLS ---- */

static void quote_dialogue(struct hc_verdict_draft *d)
{
    struct hc_bytes last = hc_attempt_last_words(d->a);
    if (last.n == 0)
        return;
    hc_verdict_draft_text(d, " It said: ");
    hc_verdict_draft_quote(d, last);
}

static bool wrong_prelude(struct hc_verdict_draft *d)
{
    const char *asked = hc_starttls_text(d->p->spec->starttls);
    hc_verdict_draft_say(d, HC_CAUSE_STARTTLS_WRONG);
    switch (d->a->sniff) {
    case HC_SNIFF_TLS:
        hc_verdict_draft_text(d, "The port speaks TLS from its first byte, and not %s.", asked);
        hc_verdict_draft_fix(d, "Leave --starttls out.");
        return true;
    case HC_SNIFF_NOTHING:
        hc_verdict_draft_text(d, "The server said nothing at all, as one does that waits for TLS and not for %s.",
                              asked);
        hc_verdict_draft_fix(d, "Leave --starttls out, or name the protocol that the port speaks.");
        hc_verdict_draft_other(d, HC_CAUSE_SILENT_AT_HELLO);
        hc_verdict_draft_decide(d, "Probe again without --starttls: a server that answers then speaks TLS at once.");
        return true;
    default:
        hc_verdict_draft_text(d, "The server does not speak %s: it looks like %s.", asked, hc_sniff_text(d->a->sniff));
        quote_dialogue(d);
        return true;
    }
}

bool hc_verdict_network_prelude(struct hc_verdict_draft *d)
{
    const struct hc_attempt *a = d->a;
    if (d->p->spec->starttls == HC_STARTTLS_NONE || a->stage != HC_STAGE_CONNECTED)
        return false;
    switch (a->starttls) {
    case HC_STARTTLS_NOT_OFFERED:
        hc_verdict_draft_say(d, HC_CAUSE_STARTTLS_NOT_OFFERED);
        break;
    case HC_STARTTLS_DENIED:
        hc_verdict_draft_say(d, HC_CAUSE_STARTTLS_REFUSED);
        break;
    case HC_STARTTLS_OTHER:
        return wrong_prelude(d);
    default:
        return hc_verdict_facts_broken(a) && wrong_prelude(d);
    }
    hc_verdict_draft_text(d, "%s", hc_cause_row(d->out->cause)->sentence);
    quote_dialogue(d);
    return true;
}

bool hc_verdict_network_injected(struct hc_verdict_draft *d)
{
    if (d->a->injected == 0)
        return false;
    hc_verdict_draft_say(d, HC_CAUSE_STARTTLS_INJECTED);
    hc_verdict_draft_text(d, "Behind the server's agreement to STARTTLS came %zu bytes without TLS; they were dropped.",
                          d->a->injected);
    return true;
}

/* ---- other protocols ---- */

static const struct {
    enum hc_sniff sniff;
    enum hc_cause cause;
} protocols[] = {
    {HC_SNIFF_HTTP, HC_CAUSE_PLAIN_HTTP},
    {HC_SNIFF_HTTP2, HC_CAUSE_PLAIN_HTTP},
    {HC_SNIFF_SSH, HC_CAUSE_SSH},
    {HC_SNIFF_SMTP, HC_CAUSE_WANTS_STARTTLS_SMTP},
    {HC_SNIFF_FTP, HC_CAUSE_FTP},
    {HC_SNIFF_IMAP, HC_CAUSE_WANTS_STARTTLS_IMAP},
    {HC_SNIFF_POP3, HC_CAUSE_POP3},
    {HC_SNIFF_POSTGRES, HC_CAUSE_WANTS_STARTTLS_POSTGRES},
    {HC_SNIFF_MYSQL, HC_CAUSE_MYSQL},
    {HC_SNIFF_REDIS, HC_CAUSE_REDIS},
    {HC_SNIFF_LDAP, HC_CAUSE_WANTS_STARTTLS_LDAP},
};

static bool say_protocol(struct hc_verdict_draft *d, enum hc_cause cause, struct hc_bytes first)
{
    const struct hc_cause_row *row = hc_cause_row(cause);
    hc_verdict_draft_say(d, cause);
    hc_verdict_draft_text(d, "%s", row->sentence);
    if (first.n == 0)
        return true;
    hc_verdict_draft_text(d, " It begins with: ");
    first = hc_bytes_head(first, hc_bytes_find(first, '\n'));
    hc_verdict_draft_quote(d, hc_bytes_head(first, hc_bytes_find(first, '\r')));
    return true;
}

static bool sniffed(struct hc_verdict_draft *d, const struct hc_attempt *a)
{
    for (size_t i = 0; i < HC_COUNT(protocols); i++)
        if (protocols[i].sniff == a->sniff)
            return say_protocol(d, protocols[i].cause, hc_buf_view(&a->first));
    return false;
}

/* ---- no answer to the first TLS message ---- */

static bool by_proxy_header(struct hc_verdict_draft *d)
{
    const struct hc_attempt *t = hc_verdict_draft_trial(d, HC_TRIAL_PROXY);
    if (!hc_verdict_facts_answered(t) && (t == NULL || t->end != HC_END_ALERT)) /* an alert is TLS, too */
        return false;
    hc_verdict_draft_say(d, HC_CAUSE_WANTS_PROXY_HEADER);
    hc_verdict_draft_text(d, "With a PROXY header before TLS the server answered, without it it did not.");
    return true;
}

static bool by_starttls(struct hc_verdict_draft *d, enum hc_trial_kind kind, enum hc_cause cause)
{
    const struct hc_attempt *t = hc_verdict_draft_trial(d, kind);
    if (t == NULL || (t->starttls != HC_STARTTLS_AGREED && t->starttls != HC_STARTTLS_NOT_OFFERED &&
                      t->starttls != HC_STARTTLS_DENIED))
        return false;
    say_protocol(d, cause, hc_bytes_of(NULL, 0));
    if (t->starttls != HC_STARTTLS_AGREED)
        hc_verdict_draft_text(d, " It offers no TLS there.");
    return true;
}

static bool by_http(struct hc_verdict_draft *d)
{
    const struct hc_attempt *t = hc_verdict_draft_trial(d, HC_TRIAL_HTTP);
    return t != NULL && sniffed(d, t);
}

#define AT_ONCE_US 200000 /* more than that besides the way there and back is patience */

/* Servers that speak first have done so when nothing was said to them. */
static bool by_listening(struct hc_verdict_draft *d)
{
    const struct hc_attempt *t = hc_verdict_draft_trial(d, HC_TRIAL_LISTEN);
    if (t == NULL)
        return false;
    if (sniffed(d, t))
        return true;
    if ((t->end != HC_END_EOF && t->end != HC_END_RESET) || t->us_end > 2 * t->us_connected + AT_ONCE_US)
        return false;
    hc_verdict_draft_say(d, HC_CAUSE_CLOSED_AT_ONCE);
    hc_verdict_draft_text(d, "The server accepts the connection and closes it before anything was said, TLS or not.");
    return true;
}

/* How the connection ended that asked for the name, and what that says: a server that does not know a name ends, or says
 * so; a filter resets or swallows. */
static enum hc_cause by_end(const struct hc_attempt *a, const char **word)
{
    switch (hc_verdict_facts_end(a)) {
    case HC_END_RESET:
        *word = "reset";
        return HC_CAUSE_RESET_AT_HELLO;
    case HC_END_TIMEOUT:
    case HC_END_OPEN:
        *word = "never answered";
        return HC_CAUSE_SWALLOWED;
    default:
        *word = "ended";
        return HC_CAUSE_SNI_UNKNOWN;
    }
}

/* With a name it ends, without one it answers: the name decides. */
static bool by_name(struct hc_verdict_draft *d)
{
    const char *word, *name = hc_probe_server_name(d->p);
    if (name == NULL || !hc_verdict_facts_answered(hc_verdict_draft_trial(d, HC_TRIAL_NO_NAME)))
        return false;
    enum hc_cause cause = by_end(d->a, &word);
    hc_verdict_draft_say(d, cause);
    hc_verdict_draft_text(d, "The connection is %s when it asks for the name ", word);
    hc_verdict_draft_quote(d, hc_bytes_str(name));
    hc_verdict_draft_text(d, ", and answered when it asks for none.");
    hc_verdict_draft_other(d, cause == HC_CAUSE_SNI_UNKNOWN ? HC_CAUSE_RESET_AT_HELLO : HC_CAUSE_SNI_UNKNOWN);
    hc_verdict_draft_decide(d, "Probe from the server's own machine: if it answers to the name there, a middlebox on "
                               "the way filters names.");
    return true;
}

static bool unanswered(struct hc_verdict_draft *d, enum hc_cause cause, enum hc_cause other)
{
    hc_verdict_draft_say(d, cause);
    hc_verdict_draft_text(d, "%s%s", hc_cause_row(cause)->sentence,
                          d->p->n_trials > 0 ? " Further connections, with other words, told nothing more." : "");
    hc_verdict_draft_other(d, other);
    hc_verdict_draft_decide(d, "Probe from the server's own machine: if it answers there, something on the way is the "
                               "cause; otherwise its log tells.");
    return true;
}

static bool reset_at_hello(struct hc_verdict_draft *d)
{
    return by_proxy_header(d) || by_name(d) || by_listening(d) || by_http(d) ||
           by_starttls(d, HC_TRIAL_POSTGRES, HC_CAUSE_WANTS_STARTTLS_POSTGRES) ||
           by_starttls(d, HC_TRIAL_LDAP, HC_CAUSE_WANTS_STARTTLS_LDAP) ||
           unanswered(d, HC_CAUSE_RESET_AT_HELLO, HC_CAUSE_CLOSED_AT_HELLO);
}

static bool closed_at_hello(struct hc_verdict_draft *d)
{
    return by_listening(d) || by_starttls(d, HC_TRIAL_POSTGRES, HC_CAUSE_WANTS_STARTTLS_POSTGRES) ||
           by_proxy_header(d) || by_starttls(d, HC_TRIAL_LDAP, HC_CAUSE_WANTS_STARTTLS_LDAP) || by_name(d) ||
           by_http(d) || unanswered(d, HC_CAUSE_CLOSED_AT_HELLO, HC_CAUSE_RESET_AT_HELLO);
}

/* Whoever speaks first would have spoken by now. */
static bool silent_at_hello(struct hc_verdict_draft *d)
{
    return by_http(d) || by_starttls(d, HC_TRIAL_POSTGRES, HC_CAUSE_WANTS_STARTTLS_POSTGRES) || by_proxy_header(d) ||
           by_starttls(d, HC_TRIAL_LDAP, HC_CAUSE_WANTS_STARTTLS_LDAP) || by_name(d) ||
           unanswered(d, HC_CAUSE_SILENT_AT_HELLO, HC_CAUSE_SWALLOWED);
}

static bool not_tls(struct hc_verdict_draft *d)
{
    if (sniffed(d, d->a))
        return true;
    if (d->a->sniff != HC_SNIFF_TLS)
        return say_protocol(d, HC_CAUSE_NOT_TLS, hc_buf_view(&d->a->first));
    hc_verdict_draft_say(d, HC_CAUSE_SERVER_BREAKS_TLS);
    hc_verdict_draft_text(d, "The server began with TLS and went on with something else.");
    return true;
}

bool hc_verdict_network_words(struct hc_verdict_draft *d)
{
    const struct hc_attempt *a = d->a;
    enum hc_attempt_end end = hc_verdict_facts_end(a);
    if (a->stage == HC_STAGE_HELLO && hc_verdict_network_injected(d)) /* whatever came after it is no answer to TLS */
        return true;
    if (end == HC_END_NOT_TLS)
        return not_tls(d);
    if (end == HC_END_FLOOD && a->stage < HC_STAGE_SERVED)
        return hc_verdict_draft_say(d, HC_CAUSE_TALKS_TOO_MUCH);
    if (a->stage > HC_STAGE_HELLO || a->stage == HC_STAGE_NOTHING)
        return false;
    if (end != HC_END_OPEN && a->starttls != HC_STARTTLS_AGREED && sniffed(d, a))
        return true; /* in STARTTLS the first bytes are those of the agreement */
    switch (end) {
    case HC_END_RESET:
        return reset_at_hello(d);
    case HC_END_EOF:
    case HC_END_CLOSE_NOTIFY:
        return closed_at_hello(d);
    case HC_END_TIMEOUT:
    case HC_END_OPEN:
        return a->sniff == HC_SNIFF_TLS ? hc_verdict_draft_say(d, HC_CAUSE_STALLED) : silent_at_hello(d);
    default:
        return false;
    }
}

/* ---- cut off in the handshake ---- */

bool hc_verdict_network_broken(struct hc_verdict_draft *d)
{
    const struct hc_attempt *a = d->a;
    if (a->stage >= HC_STAGE_FINISHED)
        return false;
    switch (hc_verdict_facts_end(a)) {
    case HC_END_RESET:
        hc_verdict_draft_say(d, HC_CAUSE_RESET_IN_HANDSHAKE);
        hc_verdict_draft_other(d, HC_CAUSE_CLOSED_IN_HANDSHAKE);
        hc_verdict_draft_decide(d,
                                "Probe from the server's own machine: if that works, something on the way resets it.");
        return true;
    case HC_END_EOF:
    case HC_END_CLOSE_NOTIFY:
        hc_verdict_draft_say(d, HC_CAUSE_CLOSED_IN_HANDSHAKE);
        return true;
    case HC_END_TIMEOUT:
    case HC_END_OPEN:
        return hc_verdict_draft_say(d, HC_CAUSE_STALLED);
    default:
        return false;
    }
}
