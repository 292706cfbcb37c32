/* probe_json.c - a probe for programs. What was escaped for text stays text; certificates' own bytes are escaped here,
 * once. */
#include "doctor/probe_out.h"

#include <stdio.h>

#include "base/escape.h"
#include "base/json.h"
#include "crypto/digest.h"
#include "doctor/probe_words.h"

#define NAMES_MAX 64 /* names of one certificate; the others are counted */

static const char *end_slug(enum hc_attempt_end end)
{
    static const char *const slugs[] = {
        [HC_END_OPEN] = "open",         [HC_END_UNREACHED] = "unreached", [HC_END_TIMEOUT] = "timeout",
        [HC_END_RESET] = "reset",       [HC_END_EOF] = "closed",          [HC_END_CLOSE_NOTIFY] = "close-notify",
        [HC_END_ALERT] = "alert",       [HC_END_NOT_TLS] = "not-tls",     [HC_END_PRELUDE] = "starttls-failed",
        [HC_END_OURS] = "client-error", [HC_END_FLOOD] = "flood",
    };
    return slugs[end];
}

static const char *stage_slug(enum hc_attempt_stage stage)
{
    static const char *const slugs[] = {
        [HC_STAGE_NOTHING] = "nothing",   [HC_STAGE_CONNECTED] = "connected", [HC_STAGE_HELLO] = "hello",
        [HC_STAGE_ANSWERED] = "answered", [HC_STAGE_SHOWN] = "shown",         [HC_STAGE_FINISHED] = "finished",
        [HC_STAGE_SERVED] = "served",
    };
    return slugs[stage];
}

static const char *outcome_slug(enum hc_step_outcome outcome)
{
    static const char *const slugs[] = {
        [HC_STEP_DONE] = "done",       [HC_STEP_FAILED] = "failed",           [HC_STEP_SKIPPED] = "skipped",
        [HC_STEP_UNKNOWN] = "unknown", [HC_STEP_NOT_REACHED] = "not-reached",
    };
    return slugs[outcome];
}

static void put_buf(struct hc_json *j, const char *key, const struct hc_buf *text)
{
    hc_json_bytes(j, key, hc_buf_view(text));
    if (text->failed == HC_E_NOMEM)
        hc_buf_fail(j->out, HC_E_NOMEM);
}

static void put_hex(struct hc_json *j, const char *key, struct hc_bytes bytes)
{
    HC_BUF_AUTO(hex, HC_PROBE_WORDS_MAX);
    hc_escape_hex(&hex, bytes, 0);
    put_buf(j, key, &hex);
}

static void put_id(struct hc_json *j, const char *key, enum hc_code code)
{
    char id[HC_ID_TEXT];
    hc_json_str(j, key, code == HC_OK_CODE ? NULL : hc_id_text(code, id));
}

/* --- target, verdict, steps, names -------------------------------------------------------------------------------- */

static void put_target(struct hc_json *j, const struct hc_probe *p)
{
    char addr[HC_ADDR_TEXT];
    hc_json_begin(j, "target", '{');
    hc_json_str(j, "host", p->spec->host);
    hc_json_int(j, "port", p->spec->port);
    hc_json_str(j, "name", p->spec->name ? p->spec->name : p->spec->host);
    hc_json_str(j, "address", p->main.addr.len > 0 ? hc_addr_text(&p->main.addr, true, addr) : NULL);
    hc_json_str(j, "starttls", p->spec->starttls == HC_STARTTLS_NONE ? NULL : hc_starttls_text(p->spec->starttls));
    hc_json_end(j, '}');
}

static void put_verdict(struct hc_json *j, const struct hc_probe *p)
{
    const struct hc_verdict *v = &p->verdict;
    const struct hc_cause_row *row = hc_cause_row(v->cause);
    hc_json_begin(j, "verdict", '{');
    hc_json_str(j, "cause", row->slug);
    hc_json_str(j, "side", hc_side_text(v->side));
    put_id(j, "id", row->code);
    hc_json_str(j, "sentence", row->sentence);
    hc_json_str(j, "text", v->text);
    hc_json_str(j, "fix", *v->fix ? v->fix : row->fix);
    hc_json_begin(j, "others", '[');
    for (size_t i = 0; i < v->n_others; i++) {
        hc_json_begin(j, NULL, '{');
        hc_json_str(j, "cause", hc_cause_row(v->other[i])->slug);
        hc_json_str(j, "side", hc_side_text(hc_cause_row(v->other[i])->side));
        hc_json_str(j, "sentence", hc_cause_row(v->other[i])->sentence);
        hc_json_end(j, '}');
    }
    hc_json_end(j, ']');
    hc_json_str(j, "decide", *v->decide ? v->decide : NULL);
    hc_json_end(j, '}');
}

static void put_steps(struct hc_json *j, const struct hc_probe *p)
{
    hc_json_begin(j, "steps", '[');
    for (size_t i = 0; i < HC_PROBE_STEPS; i++) {
        hc_json_begin(j, NULL, '{');
        hc_json_int(j, "number", (int64_t)i + 1);
        hc_json_str(j, "title", p->step[i].title);
        hc_json_str(j, "outcome", outcome_slug(p->step[i].outcome));
        hc_json_str(j, "text", p->step[i].text);
        hc_json_end(j, '}');
    }
    hc_json_end(j, ']');
}

static const char *dns_slug(enum hc_dns_result result)
{
    static const char *const slugs[] = {
        [HC_DNS_FOUND] = "found",          [HC_DNS_LITERAL] = "literal",       [HC_DNS_HOSTS] = "hosts",
        [HC_DNS_NO_NAME] = "no-such-name", [HC_DNS_NO_ADDRESS] = "no-address", [HC_DNS_FAILED] = "failed",
        [HC_DNS_SILENT] = "silent",
    };
    return slugs[result];
}

static void put_walk(struct hc_json *j, const struct hc_dns *dns)
{
    hc_json_begin(j, "walk", '[');
    for (size_t i = 0; i < dns->n_steps; i++) {
        hc_json_begin(j, NULL, '{');
        hc_json_str(j, "zone", dns->step[i].zone);
        hc_json_str(j, "server", dns->step[i].server);
        hc_json_str(j, "at", dns->step[i].at);
        hc_json_str(j, "result", dns_slug(dns->step[i].result));
        hc_json_bool(j, "referral", dns->step[i].referral);
        hc_json_int(j, "ms", dns->step[i].ms);
        hc_json_str(j, "text", dns->step[i].text);
        hc_json_end(j, '}');
    }
    hc_json_end(j, ']');
}

static void put_dns(struct hc_json *j, const struct hc_dns *dns)
{
    char addr[HC_ADDR_TEXT];
    hc_json_begin(j, "dns", '{');
    hc_json_str(j, "result", dns_slug(dns->result));
    hc_json_str(j, "server", *dns->server ? dns->server : NULL);
    hc_json_str(j, "alias", *dns->alias ? dns->alias : NULL);
    hc_json_int(j, "ms", dns->ms);
    hc_json_str(j, "text", *dns->text ? dns->text : NULL);
    hc_json_begin(j, "addresses", '[');
    for (size_t i = 0; i < dns->n; i++) {
        hc_json_begin(j, NULL, '{');
        hc_json_str(j, "address", hc_addr_text(&dns->address[i].addr, false, addr));
        hc_json_int(j, "ttl", dns->address[i].ttl);
        hc_json_end(j, '}');
    }
    hc_json_end(j, ']');
    put_walk(j, dns);
    hc_json_end(j, '}');
}

/* --- certificates ------------------------------------------------------------------------------------------------- */

static void put_names(struct hc_json *j, const struct hc_cert *cert)
{
    hc_json_begin(j, "names", '[');
    for (size_t i = 0; i < cert->n_names && i < NAMES_MAX; i++) {
        HC_BUF_AUTO(name, HC_NAME_TEXT_MAX);
        hc_name_text(&cert->names[i], &name);
        put_buf(j, NULL, &name);
    }
    hc_json_end(j, ']');
    hc_json_int(j, "names_count", (int64_t)cert->n_names);
}

static void put_dn(struct hc_json *j, const char *key, struct hc_bytes dn)
{
    HC_BUF_AUTO(text, 8 * HC_CERT_MAX);
    hc_dn_text(dn, &text);
    put_buf(j, key, &text);
}

static void put_certificate(struct hc_json *j, const struct hc_cert *cert)
{
    HC_BUF_AUTO(serial, 2 * HC_SERIAL_MAX + 2);
    HC_BUF_AUTO(key, 64);
    hc_serial_text(cert->serial, &serial);
    hc_probe_words_key(cert, &key);
    hc_json_begin(j, NULL, '{');
    put_dn(j, "subject", cert->subject);
    put_names(j, cert);
    put_dn(j, "issuer", cert->issuer);
    put_buf(j, "serial", &serial);
    hc_json_time(j, "not_before", cert->not_before);
    hc_json_time(j, "not_after", cert->not_after);
    put_buf(j, "key", &key);
    hc_json_bool(j, "ca", cert->is_ca);
    put_hex(j, "sha256", hc_bytes_of(cert->sha256, sizeof cert->sha256));
    hc_json_end(j, '}');
}

static void put_findings(struct hc_json *j, const char *key, const struct hc_report *r)
{
    hc_json_begin(j, key, '[');
    for (size_t i = 0; i < r->n; i++) {
        hc_json_begin(j, NULL, '{');
        hc_json_bool(j, "passed", r->finding[i].code == HC_OK_CODE);
        put_id(j, "id", r->finding[i].code);
        hc_json_int(j, "depth", r->finding[i].depth);
        hc_json_str(j, "text", r->finding[i].text);
        hc_json_end(j, '}');
    }
    hc_json_end(j, ']');
}

/* --- the connection ----------------------------------------------------------------------------------------------- */

static void put_agreed(struct hc_json *j, const struct hc_tls_agreed *agreed)
{
    hc_json_str(j, "version", hc_tls_version_text(agreed->version));
    hc_json_str(j, "suite", hc_tls_suite_text(agreed->suite));
    hc_json_str(j, "group", hc_tls_group_text(agreed->group));
    hc_json_str(j, "alpn", agreed->alpn);
    hc_json_bool(j, "resumed", agreed->resumed);
}

/* The random itself is public too, but nobody needs it: this is what a gate's record of the same handshake holds. */
static void put_random(struct hc_json *j, const struct hc_attempt *a)
{
    uint8_t hash[HC_SHA256_SIZE];
    if (!a->has_random) {
        hc_json_str(j, "client_random_sha256", NULL);
        return;
    }
    hc_sha256(hc_bytes_of(a->random, sizeof a->random), hash);
    put_hex(j, "client_random_sha256", hc_bytes_of(hash, sizeof hash));
}

static void put_message(struct hc_json *j, const struct hc_attempt *a, const struct hc_tls_seen *seen)
{
    const char *text = seen->kind == HC_TLS_SEEN_CHANGE_CIPHER ? "ChangeCipherSpec" : NULL;
    int64_t number = -1;
    if (seen->kind == HC_TLS_SEEN_HANDSHAKE && seen->bytes.n > 0) {
        number = seen->bytes.p[0];
        text = hc_tls_message_text(seen->bytes.p[0]);
    } else if (seen->kind == HC_TLS_SEEN_ALERT && seen->bytes.n > 1) {
        number = seen->bytes.p[1];
        text = hc_tls_alert(seen->bytes.p[1]) ? hc_tls_alert(seen->bytes.p[1])->name : NULL;
    }
    hc_json_begin(j, NULL, '{');
    hc_json_int(j, "at_us", (int64_t)(a->us_tls + seen->at_us));
    hc_json_str(j, "from", seen->sent ? "client" : "server");
    hc_json_str(j, "type",
                seen->kind == HC_TLS_SEEN_HANDSHAKE ? "handshake"
                : seen->kind == HC_TLS_SEEN_ALERT   ? "alert"
                                                    : "change-cipher-spec");
    hc_json_int(j, "number", number);
    hc_json_int(j, "length", seen->length);
    hc_json_str(j, "text", text);
    hc_json_end(j, '}');
}

static void put_messages(struct hc_json *j, const struct hc_attempt *a)
{
    struct hc_tls_seen seen;
    hc_json_begin(j, "messages", '[');
    for (size_t i = 0; a->tls && hc_tls_probe_seen(a->tls, i, &seen); i++)
        put_message(j, a, &seen);
    hc_json_end(j, ']');
}

static void put_request(struct hc_json *j, const struct hc_attempt *a)
{
    const struct hc_tls_certificate_request *request = a->request;
    if (!request) {
        hc_json_str(j, "certificate_request", NULL);
        return;
    }
    hc_json_begin(j, "certificate_request", '{');
    hc_json_begin(j, "authorities", '[');
    for (size_t i = 0; i < request->n_authorities; i++)
        put_dn(j, NULL, request->authority[i]);
    hc_json_end(j, ']');
    hc_json_int(j, "authorities_count", (int64_t)(request->n_authorities + request->more));
    hc_json_begin(j, "signature_algorithms", '[');
    for (size_t i = 0; i < request->signatures.n; i++) {
        char code[8];
        const char *name = hc_tls_signature_text(request->signatures.code[i]);
        snprintf(code, sizeof code, "0x%04x", request->signatures.code[i]);
        hc_json_str(j, NULL, name ? name : code);
    }
    hc_json_end(j, ']');
    hc_json_end(j, '}');
}

static void put_identities(struct hc_json *j, const struct hc_probe *p)
{
    hc_json_begin(j, "identities", '[');
    for (size_t i = 0; i < p->n_fits; i++) {
        hc_json_begin(j, NULL, '{');
        hc_json_str(j, "label", p->fit[i].label);
        hc_json_str(j, "name", p->fit[i].name);
        hc_json_bool(j, "fits", p->fit[i].fits);
        hc_json_bool(j, "presented", p->fit[i].used);
        hc_json_str(j, "text", p->fit[i].text);
        hc_json_end(j, '}');
    }
    hc_json_end(j, ']');
}

static void put_alert(struct hc_json *j, const struct hc_attempt *a)
{
    const struct hc_tls_alert_row *row = hc_tls_alert(a->alert);
    if (a->end != HC_END_ALERT) {
        hc_json_str(j, "alert", NULL);
        return;
    }
    hc_json_begin(j, "alert", '{');
    hc_json_int(j, "number", a->alert);
    hc_json_str(j, "name", row ? row->name : NULL);
    hc_json_bool(j, "after_handshake", a->alert_after_finished);
    hc_json_end(j, '}');
}

static void put_said(struct hc_json *j, const struct hc_attempt *a)
{
    HC_BUF_AUTO(end, HC_PROBE_WORDS_MAX);
    hc_probe_words_end(a, &end);
    put_buf(j, "end_text", &end);
    hc_json_bytes(j, "application", hc_buf_view(&a->said));
    hc_json_int(j, "application_bytes", (int64_t)a->n_said);
    hc_json_int(j, "http_status", a->status);
    hc_json_str(j, "ref", *a->ref.text ? a->ref.text : NULL);
}

static void put_times(struct hc_json *j, const struct hc_attempt *a)
{
    hc_json_begin(j, "times_us", '{');
    hc_json_int(j, "connected", (int64_t)a->us_connected);
    hc_json_int(j, "finished", (int64_t)a->us_finished);
    hc_json_int(j, "asked", (int64_t)a->us_asked);
    hc_json_int(j, "first_byte", (int64_t)a->us_first_byte);
    hc_json_int(j, "end", (int64_t)a->us_end);
    hc_json_end(j, '}');
}

static void put_connection(struct hc_json *j, const struct hc_probe *p)
{
    const struct hc_attempt *a = &p->main;
    hc_json_begin(j, "connection", '{');
    hc_json_str(j, "stage", stage_slug(a->stage));
    hc_json_str(j, "end", end_slug(a->end));
    put_alert(j, a);
    put_agreed(j, &a->agreed);
    put_random(j, a);
    put_times(j, a);
    put_messages(j, a);
    hc_json_begin(j, "server_certificates", '[');
    for (size_t i = 0; i < a->presented.n; i++)
        put_certificate(j, a->presented.cert[i]);
    hc_json_end(j, ']');
    hc_json_bool(j, "judged", p->server_judged);
    put_findings(j, "findings", &p->server);
    hc_json_int(j, "staple_bytes", (int64_t)a->staple.n);
    hc_json_bool(j, "asked", a->has_request);
    put_request(j, a);
    hc_json_int(j, "client_certificates", (int64_t)a->n_sent);
    put_findings(j, "own_findings", &p->own);
    put_identities(j, p);
    put_said(j, a);
    hc_json_end(j, '}');
}

/* --- the story and the trials ------------------------------------------------------------------------------------- */

static void put_row(struct hc_json *j, const struct hc_story_row *row)
{
    static const char *const from[] = {
        [HC_STORY_CLIENT] = "client", [HC_STORY_SERVER] = "server", [HC_STORY_NOTE] = "note"};
    struct hc_bytes rest = hc_buf_view(&row->details);
    struct hc_story_line line;
    hc_json_begin(j, NULL, '{');
    hc_json_int(j, "at_us", (int64_t)row->at_us);
    hc_json_str(j, "from", from[row->from]);
    hc_json_bool(j, "encrypted", row->encrypted);
    hc_json_str(j, "title", row->title);
    hc_json_str(j, "plain", *row->plain ? row->plain : NULL);
    hc_json_begin(j, "details", '[');
    while (hc_story_next(&rest, &line)) {
        hc_json_begin(j, NULL, '{');
        hc_json_bytes(j, "label", line.label);
        hc_json_bytes(j, "text", line.text);
        hc_json_end(j, '}');
    }
    hc_json_end(j, ']');
    hc_json_end(j, '}');
}

static void put_story(struct hc_json *j, const struct hc_probe *p)
{
    struct hc_err e;
    struct hc_story story;
    struct hc_rc rc = hc_story_make(p, &p->main, &story, &e);
    if (hc_failed(rc)) {
        hc_buf_fail(j->out, rc.code);
        return;
    }
    hc_json_begin(j, "story", '[');
    for (size_t i = 0; i < story.n; i++)
        put_row(j, &story.row[i]);
    hc_json_end(j, ']');
    hc_story_fini(&story);
}

static void put_trials(struct hc_json *j, const struct hc_probe *p)
{
    hc_json_begin(j, "trials", '[');
    for (size_t i = 0; i < p->n_trials; i++) {
        const struct hc_trial *trial = &p->trial[i];
        HC_BUF_AUTO(course, HC_PROBE_WORDS_MAX);
        hc_probe_words_course(&trial->attempt, &course);
        hc_json_begin(j, NULL, '{');
        hc_json_str(j, "kind", hc_trial_slug(trial->kind));
        hc_json_str(j, "question", hc_trial_question(trial->kind));
        hc_json_str(j, "stage", stage_slug(trial->attempt.stage));
        hc_json_str(j, "end", end_slug(trial->attempt.end));
        put_buf(j, "text", &course);
        put_alert(j, &trial->attempt);
        hc_json_end(j, '}');
    }
    hc_json_end(j, ']');
}

void hc_probe_json(const struct hc_probe *p, struct hc_buf *out)
{
    struct hc_json j = hc_json_init(out);
    hc_json_begin(&j, NULL, '{');
    hc_json_str(&j, "format", HC_PROBE_FORMAT);
    hc_json_time(&j, "time", p->now);
    put_target(&j, p);
    put_verdict(&j, p);
    put_steps(&j, p);
    if (p->skew_known)
        hc_json_int(&j, "clock_skew", p->skew);
    else
        hc_json_str(&j, "clock_skew", NULL);
    put_dns(&j, &p->dns);
    put_connection(&j, p);
    put_story(&j, p);
    put_trials(&j, p);
    hc_json_end(&j, '}');
}
