/* probe_words.c - the words that steps, story and pages share. */
#include "doctor/probe_words.h"

#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "crypto/spki.h"
#include "doctor/rsa_bits.h"

void hc_probe_words_keep(char *out, size_t size, struct hc_bytes text)
{
    bool cut = text.n >= size;
    struct hc_bytes kept = cut ? hc_bytes_cut(text, size - sizeof "...") : text;
    if (kept.n > 0)
        memcpy(out, kept.p, kept.n);
    strcpy(out + kept.n, cut ? "..." : "");
}

void hc_probe_words_time(uint64_t us, struct hc_buf *out)
{
    if (us < 1000 * 1000)
        hc_buf_addf(out, "%llu.%llu ms", (unsigned long long)us / 1000, (unsigned long long)us / 100 % 10);
    else
        hc_buf_addf(out, "%llu.%llu s", (unsigned long long)us / 1000000, (unsigned long long)us / 100000 % 10);
}

const char *hc_probe_words_what(const struct hc_verdict *v)
{
    const char *sentence = hc_cause_row(v->cause)->sentence;
    size_t n = strlen(sentence);
    if (n == 0 || strncmp(v->text, sentence, n - 1) != 0)
        return v->text;
    if (v->text[n - 1] != sentence[n - 1] && v->text[n - 1] != ':')
        return v->text; /* "The server closed": other words */
    return v->text + n + strspn(v->text + n, " ");
}

void hc_probe_words_quote(struct hc_bytes bytes, size_t most, struct hc_buf *out)
{
    struct hc_bytes line = hc_bytes_head(bytes, most);
    line = hc_bytes_head(line, hc_bytes_find(line, '\n'));
    if (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    hc_buf_add_byte(out, '"');
    hc_escape_text(out, line);
    hc_buf_add_byte(out, '"');
}

void hc_probe_words_alert(uint8_t alert, struct hc_buf *out)
{
    const struct hc_tls_alert_row *row = hc_tls_alert(alert);
    if (row)
        hc_buf_addf(out, "%s (%u)", row->name, alert);
    else
        hc_buf_addf(out, "alert %u", alert);
}

/* --- how it ended ------------------------------------------------------------------------------------------------- */

static void system_reason(int sys, struct hc_buf *out)
{
    char text[128] = "";
    if (sys == 0)
        return;
    const char *said = strerror_r(sys, text, sizeof text);
    hc_buf_addf(out, ": %s", said);
}

/* Sentences of the table end in a full stop; here they stand in a sentence. */
static void without_stop(const char *sentence, struct hc_buf *out)
{
    size_t n = strlen(sentence);
    hc_buf_add(out, hc_bytes_of(sentence, n > 0 && sentence[n - 1] == '.' ? n - 1 : n));
}

static void end_alert(const struct hc_attempt *a, struct hc_buf *out)
{
    const struct hc_tls_alert_row *row = hc_tls_alert(a->alert);
    hc_buf_add_str(out, "the server ended it with the alert ");
    hc_probe_words_alert(a->alert, out);
    if (!row)
        return;
    hc_buf_add_str(out, ": ");
    without_stop(row->sentence, out);
}

static void end_not_tls(const struct hc_attempt *a, struct hc_buf *out)
{
    enum { SHOWN = 60 }; /* of what came: enough to recognise a protocol */
    hc_buf_add_str(out, "what came back is not TLS");
    if (a->sniff != HC_SNIFF_OTHER && a->sniff != HC_SNIFF_NOTHING && a->sniff != HC_SNIFF_TLS)
        hc_buf_addf(out, " but looks like %s", hc_sniff_text(a->sniff));
    if (a->first.n == 0)
        return;
    hc_buf_add_str(out, ": ");
    hc_probe_words_quote(hc_buf_view(&a->first), SHOWN, out);
}

static void end_prelude(const struct hc_attempt *a, struct hc_buf *out)
{
    static const char *const words[] = {
        [HC_STARTTLS_GOES_ON] = "the server did not finish the words that come before TLS",
        [HC_STARTTLS_AGREED] = "STARTTLS was agreed, and no TLS followed",
        [HC_STARTTLS_NOT_OFFERED] = "the server speaks the protocol and offers no TLS in it",
        [HC_STARTTLS_DENIED] = "the server offers TLS and refused to begin it",
        [HC_STARTTLS_OTHER] = "what the server says is not the protocol that --starttls names",
    };
    hc_buf_add_str(out, words[a->starttls]);
}

void hc_probe_words_end(const struct hc_attempt *a, struct hc_buf *out)
{
    switch (a->end) {
    case HC_END_OPEN:
        hc_buf_add_str(out, a->stage == HC_STAGE_SERVED ? "the probe had its answer and ended the connection"
                                                        : "the probe ended it; nothing was refused so far");
        break;
    case HC_END_UNREACHED:
        hc_buf_add_str(out, "the connection could not be made");
        system_reason(a->sys, out);
        break;
    case HC_END_TIMEOUT:
        hc_buf_add_str(out, a->stage == HC_STAGE_NOTHING ? "nothing answered in time"
                                                         : "the server said nothing more, and the probe gave up");
        break;
    case HC_END_RESET:
        hc_buf_add_str(out, "the connection was torn down");
        system_reason(a->sys, out);
        break;
    case HC_END_EOF:
        hc_buf_add_str(out, "the server closed the connection without a word (no alert, no close_notify)");
        break;
    case HC_END_CLOSE_NOTIFY:
        hc_buf_add_str(out, "the server closed the connection properly (close_notify)");
        break;
    case HC_END_ALERT:
        end_alert(a, out);
        break;
    case HC_END_NOT_TLS:
        end_not_tls(a, out);
        break;
    case HC_END_PRELUDE:
        end_prelude(a, out);
        break;
    case HC_END_OURS:
        hc_buf_add_str(out, "this side gave up: ");
        hc_escape_text(out, hc_bytes_str(a->error.text));
        break;
    case HC_END_FLOOD:
        hc_buf_add_str(out, "the server talks without end, and the probe stopped reading");
        break;
    }
}

/* Without TLS: what the server said. */
static void plain_course(const struct hc_attempt *a, struct hc_buf *out)
{
    enum { SHOWN = 60 };
    if (a->stage == HC_STAGE_NOTHING || a->first.n == 0) {
        hc_buf_add_str(out, a->stage == HC_STAGE_NOTHING ? "" : "not a byte came; ");
        hc_probe_words_end(a, out);
        return;
    }
    hc_buf_add_str(out, "the server said ");
    hc_probe_words_quote(hc_buf_view(&a->first), SHOWN, out);
}

void hc_probe_words_course(const struct hc_attempt *a, struct hc_buf *out)
{
    static const char *const words[] = {
        [HC_STAGE_NOTHING] = NULL,
        [HC_STAGE_CONNECTED] = NULL,
        [HC_STAGE_HELLO] = "no ServerHello came",
        [HC_STAGE_ANSWERED] = "a ServerHello came",
        [HC_STAGE_SHOWN] = "the server presented its certificate",
        [HC_STAGE_FINISHED] = "the handshake was finished",
        [HC_STAGE_SERVED] = "the handshake was finished and the server answered",
    };
    const char *version = hc_tls_version_text(a->agreed.version), *suite = hc_tls_suite_text(a->agreed.suite);
    if (!a->tls) {
        plain_course(a, out);
        return;
    }
    if (words[a->stage])
        hc_buf_add_str(out, words[a->stage]);
    if (a->stage >= HC_STAGE_ANSWERED && version && suite)
        hc_buf_addf(out, " (%s, %s)", version, suite);
    if (a->stage == HC_STAGE_SERVED)
        return;
    hc_buf_add_str(out, words[a->stage] ? "; " : "");
    hc_probe_words_end(a, out);
}

/* --- certificates ------------------------------------------------------------------------------------------------- */

static void one_name(const struct hc_name *name, struct hc_buf *out)
{
    HC_BUF_AUTO(text, HC_NAME_TEXT_MAX);
    hc_name_text(name, &text);
    hc_escape_text(out, hc_buf_view(&text));
    if (text.failed == HC_E_NOMEM)
        hc_buf_fail(out, HC_E_NOMEM);
}

static void subject(const struct hc_cert *cert, struct hc_buf *out)
{
    if (cert->subject_empty)
        hc_buf_add_str(out, "no name at all");
    else
        hc_dn_text(cert->subject, out);
}

void hc_probe_words_name(const struct hc_cert *cert, struct hc_buf *out)
{
    if (cert->n_names > 0)
        one_name(&cert->names[0], out);
    else
        subject(cert, out);
}

void hc_probe_words_names(const struct hc_cert *cert, struct hc_buf *out)
{
    if (cert->n_names == 0)
        subject(cert, out);
    for (size_t i = 0; i < cert->n_names && i < HC_PROBE_WORDS_NAMES; i++) {
        if (i > 0)
            hc_buf_add_str(out, ", ");
        one_name(&cert->names[i], out);
    }
    if (cert->n_names > HC_PROBE_WORDS_NAMES)
        hc_buf_addf(out, " and %zu more", cert->n_names - HC_PROBE_WORDS_NAMES);
}

void hc_probe_words_key(const struct hc_cert *cert, struct hc_buf *out)
{
    enum hc_key_kind kind = hc_key_kind_of(cert->spki);
    size_t bits = kind == HC_KEY_RSA ? hc_rsa_bits(cert->spki_key) : 0;
    if (kind != HC_KEY_RSA)
        hc_buf_add_str(out, hc_key_kind_text(kind));
    else if (bits == 0)
        hc_buf_add_str(out, "a kind that is not known here");
    else
        hc_buf_addf(out, "RSA, %zu bits%s", bits, bits < HC_SPKI_RSA_MIN ? ", too short" : "");
}
