/*
 * steps.c - the seven steps of mutual authentication, each with what became of it.
 *
 * The steps tell what was seen. Only where the same end of a connection may belong to several steps does the verdict's
 * cause choose: "closed without a word" is a refused certificate or a rule that does not admit.
 */
#include "doctor/probe.h"

#include "base/clock.h"
#include "base/escape.h"
#include "doctor/probe_words.h"

enum { CONNECT, SHOW, VERIFY, PRESENT, JUDGED, ACCESS, DATA };

static void set(struct hc_step *step, enum hc_step_outcome outcome, const struct hc_buf *text)
{
    step->outcome = outcome;
    HC_PROBE_WORDS_KEEP(step->text, hc_buf_view(text));
}

static void set_str(struct hc_step *step, enum hc_step_outcome outcome, const char *text)
{
    step->outcome = outcome;
    HC_PROBE_WORDS_KEEP(step->text, hc_bytes_str(text));
}

/* The connection is over, and not because we ended it or the server finished what it had to say. */
static bool broke(const struct hc_attempt *a)
{
    return a->end != HC_END_OPEN && !(a->end == HC_END_CLOSE_NOTIFY && a->stage == HC_STAGE_SERVED) &&
           !(a->end == HC_END_EOF && a->stage == HC_STAGE_SERVED);
}

/* --- 1: the client connects --------------------------------------------------------------------------------------- */

static bool has_address(const struct hc_probe *p)
{
    return p->dns.result == HC_DNS_FOUND || p->dns.result == HC_DNS_LITERAL || p->dns.result == HC_DNS_HOSTS;
}

static void tell_connect(const struct hc_probe *p, struct hc_step *step)
{
    char addr[HC_ADDR_TEXT];
    HC_BUF_AUTO(text, HC_PROBE_WORDS_MAX);
    if (!has_address(p)) {
        hc_buf_add_str(&text, *p->dns.text ? p->dns.text : "the name leads to no address");
        set(step, HC_STEP_FAILED, &text);
        return;
    }
    if (p->main.addr.len > 0)
        hc_escape_text(&text, hc_bytes_str(hc_addr_text(&p->main.addr, true, addr)));
    if (p->main.stage == HC_STAGE_NOTHING) {
        hc_buf_add_str(&text, text.n > 0 ? ": " : "");
        hc_probe_words_end(&p->main, &text);
        set(step, HC_STEP_FAILED, &text);
        return;
    }
    hc_buf_add_str(&text, " answered after ");
    hc_probe_words_time(p->main.us_connected, &text);
    if (p->spec->starttls != HC_STARTTLS_NONE && p->main.starttls == HC_STARTTLS_AGREED)
        hc_buf_addf(&text, "; STARTTLS (%s) was agreed", hc_starttls_text(p->spec->starttls));
    set(step, HC_STEP_DONE, &text);
}

/* --- 2: the server presents its certificate ------------------------------------------------------------------------ */

static void agreed(const struct hc_attempt *a, struct hc_buf *text)
{
    const char *version = hc_tls_version_text(a->agreed.version);
    if (version)
        hc_buf_addf(text, "%s; ", version);
}

static void tell_show(const struct hc_probe *p, struct hc_step *step)
{
    const struct hc_attempt *a = &p->main;
    HC_BUF_AUTO(text, HC_PROBE_WORDS_MAX);
    if (a->stage < HC_STAGE_SHOWN) {
        if (a->stage < HC_STAGE_HELLO && p->spec->starttls != HC_STARTTLS_NONE)
            hc_buf_addf(&text, "before TLS (--starttls %s): ", hc_starttls_text(p->spec->starttls));
        hc_probe_words_end(a, &text);
        set(step, HC_STEP_FAILED, &text);
        return;
    }
    agreed(a, &text);
    if (a->presented.n == 0) {
        hc_buf_add_str(&text, a->n_presented > 0 ? "a certificate came that cannot be read" : "no certificate came");
        set(step, a->n_presented > 0 ? HC_STEP_FAILED : HC_STEP_UNKNOWN, &text);
        return;
    }
    hc_probe_words_names(a->presented.cert[0], &text);
    if (!hc_cert_self_issued(a->presented.cert[0])) {
        hc_buf_add_str(&text, ", issued by ");
        hc_dn_text(a->presented.cert[0]->issuer, &text);
    }
    set(step, HC_STEP_DONE, &text);
}

/* --- 3: the client verifies it ------------------------------------------------------------------------------------- */

static void finding(const struct hc_report *r, struct hc_buf *text)
{
    char id[HC_ID_TEXT];
    const struct hc_finding *first = hc_report_first(r);
    if (!first)
        return;
    hc_buf_addf(text, "%s (%s)", first->text, hc_id_text(first->code, id));
    if (r->failed > 1)
        hc_buf_addf(text, ", and %zu more rule%s failed", r->failed - 1, r->failed == 2 ? "" : "s");
}

static void tell_verify(const struct hc_probe *p, struct hc_step *step)
{
    const struct hc_attempt *a = &p->main;
    HC_BUF_AUTO(text, HC_PROBE_WORDS_MAX);
    if (a->end == HC_END_OURS && a->error.code == HC_E_TLS_PROOF) {
        hc_buf_add_str(&text,
                       "the server's signature does not fit its certificate: it did not prove that it has the key");
        set(step, HC_STEP_FAILED, &text);
    } else if (a->presented_error.code != HC_OK_CODE) {
        hc_escape_text(&text, hc_bytes_str(a->presented_error.text));
        set(step, HC_STEP_FAILED, &text);
    } else if (a->presented.n == 0) {
        set_str(step, HC_STEP_NOT_REACHED, "");
    } else if (p->server_judged && !hc_report_ok(&p->server)) {
        finding(&p->server, &text);
        if (a->stage >= HC_STAGE_FINISHED)
            hc_buf_add_str(&text, "; the probe went on to see more, a client would end here");
        set(step, HC_STEP_FAILED, &text);
    } else if (p->server_judged) {
        set_str(step, HC_STEP_DONE, "the chain leads to an authority that you trust, and every rule holds");
    } else {
        set_str(step, p->verdict.cause == HC_CAUSE_NO_TRUST_GIVEN ? HC_STEP_FAILED : HC_STEP_SKIPPED,
                "no authority was given to judge it by: --bundle FILE");
    }
}

/* --- 4: the client presents its certificate ------------------------------------------------------------------------ */

/* The verdict says that a certificate is missing, or that the one given could not be presented. */
static bool lacks_certificate(const struct hc_probe *p)
{
    switch (p->verdict.cause) {
    case HC_CAUSE_IDENTITY_NEEDED:
    case HC_CAUSE_HTTP_NO_CERTIFICATE:
    case HC_CAUSE_YOUR_SIGNATURE_ALGORITHM:
    case HC_CAUSE_YOUR_NOT_ACCEPTABLE:
    case HC_CAUSE_YOUR_KEY_MISMATCH:
        return p->main.n_sent == 0;
    default:
        return false;
    }
}

static void tell_presented(const struct hc_probe *p, struct hc_buf *text)
{
    const struct hc_probe_spec *spec = p->spec;
    if (spec->n_chain > 0)
        hc_probe_words_names(spec->chain[0], text);
    else
        hc_buf_add_str(text, "a certificate");
    hc_buf_addf(text, " (%zu certificate%s", p->main.n_sent, p->main.n_sent == 1 ? "" : "s");
    if (spec->identity) {
        hc_buf_add_str(text, " from ");
        hc_escape_text(text, hc_bytes_str(spec->identity));
    }
    hc_buf_add_str(text, ")");
}

static const char *why_none(const struct hc_probe *p)
{
    if (p->verdict.cause == HC_CAUSE_YOUR_KEY_MISMATCH)
        return "key and certificate do not belong together, so nothing could be presented";
    if (p->spec->n_chain > 0)
        return "yours was not presented: the server accepts no signature that its key can make";
    if (lacks_certificate(p))
        return "the server requires one, and you gave none: --cert and --key, or --as NAME";
    return "the server asked for one, and you gave none: --cert and --key, or --as NAME";
}

static void tell_present(const struct hc_probe *p, struct hc_step *step)
{
    const struct hc_attempt *a = &p->main;
    HC_BUF_AUTO(text, HC_PROBE_WORDS_MAX);
    if (a->n_sent > 0) {
        tell_presented(p, &text);
        set(step, HC_STEP_DONE, &text);
    } else if (lacks_certificate(p)) {
        set_str(step, HC_STEP_FAILED, why_none(p));
    } else if (a->has_request) {
        set_str(step, HC_STEP_SKIPPED, why_none(p));
    } else if (a->stage >= HC_STAGE_FINISHED) {
        set_str(step, HC_STEP_SKIPPED,
                p->spec->n_chain > 0 ? "the server does not ask for one, so yours stayed here"
                                     : "the server does not ask for one");
    } else {
        set_str(step, HC_STEP_NOT_REACHED, "");
    }
}

/* --- 5: the server verifies it ------------------------------------------------------------------------------------- */

/* Refusals that come after everybody is known. */
static bool is_about_access(enum hc_cause cause)
{
    switch (cause) {
    case HC_CAUSE_ACCESS_DENIED:
    case HC_CAUSE_HTTP_FORBIDDEN:
    case HC_CAUSE_HTTP_MISDIRECTED:
    case HC_CAUSE_CLOSED_AFTER_HANDSHAKE:
    case HC_CAUSE_RESET_AFTER_HANDSHAKE:
    case HC_CAUSE_APPLICATION_REFUSED:
        return true;
    default:
        return false;
    }
}

static void tell_judged(const struct hc_probe *p, struct hc_step *step)
{
    const struct hc_attempt *a = &p->main;
    HC_BUF_AUTO(text, HC_PROBE_WORDS_MAX);
    if (a->n_sent == 0 && (a->has_request || a->stage >= HC_STAGE_FINISHED) && !lacks_certificate(p) && !broke(a)) {
        set_str(step, HC_STEP_SKIPPED, "there is none to verify");
    } else if (a->n_sent == 0) {
        set_str(step, HC_STEP_NOT_REACHED, "");
    } else if (p->verdict.cause == HC_CAUSE_HTTP_BAD_CERTIFICATE) {
        hc_buf_addf(&text, "it finished the handshake, then refused it with HTTP %u", a->status);
        set(step, HC_STEP_FAILED, &text);
    } else if (broke(a) && a->stage < HC_STAGE_SERVED && !is_about_access(p->verdict.cause)) {
        hc_probe_words_end(a, &text);
        set(step, HC_STEP_FAILED, &text);
    } else if (a->stage == HC_STAGE_SERVED || (a->stage >= HC_STAGE_FINISHED && a->agreed.version < HC_TLS_1_3)) {
        set_str(step, HC_STEP_DONE, "the server went on after your certificate and your proof");
    } else if (p->verdict.cause == HC_CAUSE_ACCESS_DENIED) {
        set_str(step, HC_STEP_DONE, "the server says that it knows who you are");
    } else {
        set_str(step, HC_STEP_UNKNOWN, "no refusal so far; in TLS 1.3 it may come later, even with the first answer");
    }
}

/* --- 6 and 7: access, data ----------------------------------------------------------------------------------------- */

static void answer(const struct hc_attempt *a, struct hc_buf *text)
{
    enum { SHOWN = 100 };
    if (a->status > 0)
        hc_buf_addf(text, "HTTP %u", a->status);
    else
        hc_probe_words_quote(hc_buf_view(&a->said), SHOWN, text);
}

static void tell_access(const struct hc_probe *p, struct hc_step *step)
{
    const struct hc_attempt *a = &p->main;
    HC_BUF_AUTO(text, HC_PROBE_WORDS_MAX);
    bool before = lacks_certificate(p) || p->verdict.cause == HC_CAUSE_HTTP_BAD_CERTIFICATE;
    /* The verdict may be about something worse: a refusal stays one. */
    bool denied = is_about_access(p->verdict.cause) || a->status == 401 || a->status == 403;
    if (a->stage < HC_STAGE_FINISHED || before || (broke(a) && !is_about_access(p->verdict.cause))) {
        set_str(step, HC_STEP_NOT_REACHED, "");
    } else if (denied) {
        if (a->stage == HC_STAGE_SERVED) {
            hc_buf_add_str(&text, "the server answered ");
            answer(a, &text);
        } else {
            hc_probe_words_end(a, &text);
        }
        if (*a->ref.text)
            hc_buf_addf(&text, "; its operator finds the reason by the id %s", a->ref.text);
        set(step, HC_STEP_FAILED, &text);
    } else if (a->stage == HC_STAGE_SERVED) {
        hc_buf_add_str(&text, "the server answered ");
        answer(a, &text);
        set(step, HC_STEP_DONE, &text);
    } else {
        set_str(step, HC_STEP_UNKNOWN, "not refused so far, but the server said nothing that would show it");
    }
}

static void tell_data(const struct hc_probe *p, const struct hc_step *access, struct hc_step *step)
{
    const struct hc_attempt *a = &p->main;
    HC_BUF_AUTO(text, HC_PROBE_WORDS_MAX);
    if (access->outcome == HC_STEP_DONE) {
        bool answered = a->ask != HC_ASK_NOTHING && a->us_first_byte >= a->us_asked; /* some servers speak first */
        hc_buf_addf(&text, "%zu byte%s came back, encrypted, the first ", a->n_said, a->n_said == 1 ? "" : "s");
        hc_probe_words_time(a->us_first_byte - (answered ? a->us_asked : a->us_finished), &text);
        hc_buf_add_str(&text, answered ? " after the request" : " after the handshake");
        set(step, HC_STEP_DONE, &text);
    } else if (access->outcome == HC_STEP_UNKNOWN) {
        set_str(step, HC_STEP_UNKNOWN,
                a->ask == HC_ASK_NOTHING ? "the probe asked nothing, and the server said nothing by itself"
                                         : "the probe asked, and no answer came while it waited");
    } else if (a->stage == HC_STAGE_SERVED) {
        set_str(step, HC_STEP_NOT_REACHED, "only the refusal came back");
    } else {
        set_str(step, HC_STEP_NOT_REACHED, "");
    }
}

/* ------------------------------------------------------------------------------------------------------------------- */

/* Whatever went wrong, it shows: a verdict against somebody without a failed step would be a riddle. */
static void place_failure(struct hc_probe *p)
{
    HC_BUF_AUTO(text, HC_PROBE_WORDS_MAX);
    if (p->verdict.side == HC_SIDE_NOBODY)
        return;
    for (size_t i = 0; i < HC_PROBE_STEPS; i++)
        if (p->step[i].outcome == HC_STEP_FAILED)
            return;
    for (size_t i = 0; i < HC_PROBE_STEPS; i++) {
        struct hc_step *step = &p->step[i];
        if (step->outcome == HC_STEP_DONE || step->outcome == HC_STEP_SKIPPED)
            continue;
        if (broke(&p->main))
            hc_probe_words_end(&p->main, &text);
        else
            hc_buf_add_str(&text, p->verdict.text);
        set(step, HC_STEP_FAILED, &text);
        return;
    }
}

/* Nothing was reached after a step that ended the connection. */
static void close_after(struct hc_probe *p, size_t failed)
{
    for (size_t i = failed + 1; i < HC_PROBE_STEPS; i++)
        set_str(&p->step[i], HC_STEP_NOT_REACHED, "");
}

void hc_probe_tell_steps(struct hc_probe *p)
{
    static const char *const titles[HC_PROBE_STEPS] = {
        "The client connects to the server",
        "The server presents its certificate",
        "The client verifies the server's certificate",
        "The client presents its certificate",
        "The server verifies the client's certificate",
        "The server grants access",
        "Both exchange data over the encrypted connection",
    };
    for (size_t i = 0; i < HC_PROBE_STEPS; i++)
        p->step[i] = (struct hc_step){.title = titles[i]};
    tell_connect(p, &p->step[CONNECT]);
    tell_show(p, &p->step[SHOW]);
    tell_verify(p, &p->step[VERIFY]);
    tell_present(p, &p->step[PRESENT]);
    tell_judged(p, &p->step[JUDGED]);
    tell_access(p, &p->step[ACCESS]);
    tell_data(p, &p->step[ACCESS], &p->step[DATA]);
    for (size_t i = CONNECT; i <= SHOW; i++)
        if (p->step[i].outcome == HC_STEP_FAILED && p->main.stage < HC_STAGE_SHOWN)
            close_after(p, i);
    place_failure(p);
}
