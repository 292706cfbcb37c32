/*
 * probe_story.c - one connection as rows: what was looked up, each message with its time, and the end.
 *
 * The messages that were kept are told by probe_story_messages.c; names, STARTTLS and application bytes are put around
 * them, and all are sorted by time at the end. Texts in details are escaped when they are put there.
 */
#include "doctor/probe_story_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/escape.h"

#define DIALOGUE_ROWS 24 /* turns of STARTTLS that are shown */
#define SAID_SHOWN 8     /* lines of the application's first answer */
#define SAID_COLUMNS 300 /* of each */

/* --- rows --------------------------------------------------------------------------------------------------------- */

struct hc_story_row *hc_story_row_add(struct hc_storyteller *t, enum hc_story_from from, uint64_t at_us,
                                      const char *title)
{
    struct hc_story *story = t->story;
    if (story->n == HC_STORY_ROWS)
        hc_buf_fini(&story->row[--story->n].details);
    struct hc_story_row *row = &story->row[story->n++];
    *row = (struct hc_story_row){.at_us = at_us, .from = from, .plain = "", .details = HC_BUF(HC_STORY_DETAILS)};
    HC_PROBE_WORDS_KEEP(row->title, hc_bytes_str(title));
    return row;
}

/* A row that is full stays as it is: what follows is left out. */
static void add_line(struct hc_story_row *row, const char *label, const char *text)
{
    if (row->details.n + HC_STORY_LINE + 64 > row->details.max)
        return;
    hc_buf_add_str(&row->details, label);
    hc_buf_add_str(&row->details, "  ");
    hc_buf_add_str(&row->details, text);
    hc_buf_add_str(&row->details, "\n");
}

/* A text that was too long for its buffer is shown as far as it came. */
void hc_story_put(struct hc_story_row *row, const char *label, const struct hc_buf *text)
{
    char line[HC_STORY_LINE];
    HC_PROBE_WORDS_KEEP(line, hc_buf_view(text));
    if (text->failed == HC_E_NOMEM)
        hc_buf_fail(&row->details, HC_E_NOMEM);
    add_line(row, label, line);
}

void hc_story_say(struct hc_story_row *row, const char *label, const char *text)
{
    add_line(row, label, text);
}

void hc_story_sayf(struct hc_story_row *row, const char *label, const char *fmt, ...)
{
    char line[HC_STORY_LINE];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    add_line(row, label, line);
}

/* --- before TLS --------------------------------------------------------------------------------------------------- */

static void put_dns_result(const struct hc_dns *dns, struct hc_story_row *row)
{
    static const char *const words[] = {
        [HC_DNS_FOUND] = NULL,
        [HC_DNS_LITERAL] = "an address was given, nobody was asked",
        [HC_DNS_HOSTS] = "this machine's own list (/etc/hosts) says so, no name server was asked",
        [HC_DNS_NO_NAME] = "the name does not exist",
        [HC_DNS_NO_ADDRESS] = "the name exists and has no address",
        [HC_DNS_FAILED] = "no name server gave a usable answer",
        [HC_DNS_SILENT] = "no name server answered",
    };
    if (*dns->server)
        hc_story_sayf(row, "asked", "%s, %u ms", dns->server, dns->ms);
    if (words[dns->result])
        hc_story_say(row, "", words[dns->result]);
    if (*dns->text)
        hc_story_say(row, "", dns->text);
    if (*dns->alias)
        hc_story_sayf(row, "alias of", "%s", dns->alias);
}

static void put_dns_address(const struct hc_dns_address *address, struct hc_story_row *row)
{
    char text[HC_ADDR_TEXT];
    hc_addr_text(&address->addr, false, text);
    if (address->ttl > 0)
        hc_story_sayf(row, "address", "%s (may be kept for %u s)", text, address->ttl);
    else
        hc_story_sayf(row, "address", "%s", text);
}

static void tell_dns(struct hc_storyteller *t)
{
    const struct hc_dns *dns = &t->p->dns;
    struct hc_story_row *row = hc_story_row_add(t, HC_STORY_NOTE, 0, "Name resolution");
    put_dns_result(dns, row);
    for (size_t i = 0; i < dns->n; i++)
        put_dns_address(&dns->address[i], row);
    for (size_t i = 0; i < dns->n_steps; i++) {
        const struct hc_dns_step *step = &dns->step[i];
        bool named = strcmp(step->server, step->at) != 0;
        hc_story_sayf(row, "walk", "%s asked at %s%s%s%s, %u ms: %s", step->zone, step->server, named ? " (" : "",
                      named ? step->at : "", named ? ")" : "", step->ms, step->text);
    }
}

static void tell_tcp(struct hc_storyteller *t)
{
    char addr[HC_ADDR_TEXT];
    HC_BUF_AUTO(end, HC_PROBE_WORDS_MAX);
    const struct hc_attempt *a = t->a;
    bool connected = a->stage >= HC_STAGE_CONNECTED;
    if (a->addr.len == 0)
        return;
    struct hc_story_row *row = hc_story_row_add(t, HC_STORY_NOTE, connected ? a->us_connected : a->us_end,
                                                connected ? "TCP connected" : "TCP failed");
    hc_story_sayf(row, "to", "%s", hc_addr_text(&a->addr, true, addr));
    if (!connected) {
        hc_probe_words_end(a, &end);
        hc_story_put(row, "", &end);
    }
}

/* Lines "S: ..." and "C: ..."; what one side says in a row is one row. */
static void tell_starttls(struct hc_storyteller *t)
{
    struct hc_bytes rest = hc_buf_view(&t->a->dialogue);
    struct hc_story_row *row = NULL;
    unsigned rows = 0;
    while (rest.n > 0) {
        struct hc_bytes line = hc_bytes_next_line(&rest);
        bool client = hc_bytes_starts(line, HC_BYTES("C: ")), server = hc_bytes_starts(line, HC_BYTES("S: "));
        enum hc_story_from from = client ? HC_STORY_CLIENT : server ? HC_STORY_SERVER : HC_STORY_NOTE;
        if ((!row || row->from != from) && ++rows > DIALOGUE_ROWS)
            break;
        if (!row || row->from != from) {
            row = hc_story_row_add(t, from, t->a->us_connected, "Before TLS");
            row->plain = client ? "let us begin TLS" : "in plain words";
        }
        HC_BUF_AUTO(text, HC_PROBE_WORDS_MAX);
        hc_escape_text(&text, hc_bytes_skip(line, client || server ? 3 : 0));
        hc_story_put(row, "", &text);
    }
    if (t->a->injected > 0 && row)
        hc_story_sayf(row, "dropped", "%zu bytes that followed without TLS", t->a->injected);
}

/* --- after the handshake ------------------------------------------------------------------------------------------ */

static void tell_done(struct hc_storyteller *t)
{
    HC_BUF_AUTO(alpn, HC_PROBE_WORDS_MAX);
    const struct hc_attempt *a = t->a;
    if (a->stage < HC_STAGE_FINISHED)
        return;
    struct hc_story_row *row = hc_story_row_add(t, HC_STORY_NOTE, a->us_finished, "Handshake done");
    const char *version = hc_tls_version_text(a->agreed.version), *suite = hc_tls_suite_text(a->agreed.suite);
    const char *group = hc_tls_group_text(a->agreed.group);
    hc_story_sayf(row, "agreed", "%s, %s%s%s", version ? version : "?", suite ? suite : "?", group ? ", " : "",
                  group ? group : "");
    hc_story_say(row, "session", a->agreed.resumed ? "resumed" : "new: nothing of an earlier one was used");
    if (a->agreed.alpn)
        hc_escape_text(&alpn, hc_bytes_str(a->agreed.alpn));
    else
        hc_buf_add_str(&alpn, "none was agreed");
    hc_story_put(row, "ALPN", &alpn);
    if (a->agreed.version >= HC_TLS_1_3 && a->has_request)
        hc_story_say(row, "",
                     "in TLS 1.3 this side is done before the server has judged the client's certificate: a "
                     "refusal would still come");
}

/* A pause that nobody explains would look like a slow server. */
static void say_waited(const struct hc_attempt *a, struct hc_story_row *row)
{
    enum { NOTICEABLE_US = 50 * 1000 };
    HC_BUF_AUTO(text, HC_PROBE_WORDS_MAX);
    if (a->us_asked < a->us_finished + NOTICEABLE_US)
        return;
    hc_buf_add_str(&text, "sent after a pause of ");
    hc_probe_words_time(a->us_asked - a->us_finished, &text);
    hc_buf_add_str(&text, ", in which the probe listened for a refusal");
    hc_story_put(row, "", &text);
}

static void tell_asked(struct hc_storyteller *t)
{
    static const char *const words[] = {
        [HC_ASK_HTTP] = "GET: an HTTP request that changes nothing",
        [HC_ASK_SMTP] = "EHLO: the greeting of SMTP",
        [HC_ASK_IMAP] = "NOOP: does nothing, politely",
        [HC_ASK_POSTGRES] = "a start message for PostgreSQL",
        [HC_ASK_LDAP] = "an anonymous question for the root of the directory (LDAP)",
    };
    if (t->a->stage < HC_STAGE_FINISHED || t->a->ask == HC_ASK_NOTHING)
        return;
    struct hc_story_row *row = hc_story_row_add(t, HC_STORY_CLIENT, t->a->us_asked, "Application data");
    row->encrypted = true;
    row->plain = "a harmless request";
    hc_story_say(row, "", words[t->a->ask]);
    say_waited(t->a, row);
}

static void put_line(struct hc_story_row *row, struct hc_bytes line)
{
    HC_BUF_AUTO(text, HC_PROBE_WORDS_MAX);
    hc_escape_text(&text, hc_bytes_head(line, SAID_COLUMNS));
    if (line.n > SAID_COLUMNS)
        hc_buf_add_str(&text, "...");
    hc_story_put(row, "", &text);
}

static void put_said(struct hc_story_row *row, struct hc_bytes said)
{
    for (unsigned i = 0; i < SAID_SHOWN && said.n > 0; i++) {
        struct hc_bytes line = hc_bytes_next_line(&said);
        if (line.n > 0 && line.p[line.n - 1] == '\r')
            line.n--;
        if (line.n > 0)
            put_line(row, line);
    }
}

static void tell_answer(struct hc_storyteller *t)
{
    const struct hc_attempt *a = t->a;
    if (a->said.n == 0)
        return;
    struct hc_story_row *row = hc_story_row_add(t, HC_STORY_SERVER, a->us_first_byte, "Application data");
    row->encrypted = true;
    row->plain = "the answer";
    hc_story_sayf(row, "", "%zu byte%s, beginning with:", a->n_said, a->n_said == 1 ? "" : "s");
    put_said(row, hc_buf_view(&a->said));
    if (*a->ref.text)
        hc_story_sayf(row, "id", "%s: at the gate, handclasp why %s", a->ref.text, a->ref.text);
}

static void tell_end(struct hc_storyteller *t)
{
    HC_BUF_AUTO(text, HC_PROBE_WORDS_MAX);
    const struct hc_attempt *a = t->a;
    if (a->stage < HC_STAGE_CONNECTED)
        return;
    uint64_t last = a->us_end; /* noted before what was still on its way */
    for (size_t i = 0; i < t->story->n; i++)
        last = t->story->row[i].at_us > last ? t->story->row[i].at_us : last;
    struct hc_story_row *row = hc_story_row_add(t, HC_STORY_NOTE, last, "The end");
    hc_probe_words_end(a, &text);
    hc_story_put(row, "", &text);
    if (a->alert_after_finished)
        hc_story_say(row, "", "it came after the handshake seemed done, as refusals do in TLS 1.3");
}

/* --- all of it ---------------------------------------------------------------------------------------------------- */

/* Stable: what happened at the same time keeps its order. Some 40 rows. */
static void sort(struct hc_story *story)
{
    for (size_t i = 1; i < story->n; i++) {
        struct hc_story_row row = story->row[i];
        size_t k = i;
        for (; k > 0 && story->row[k - 1].at_us > row.at_us; k--)
            story->row[k] = story->row[k - 1];
        story->row[k] = row;
    }
}

static struct hc_rc check(const struct hc_story *story, struct hc_err *e)
{
    for (size_t i = 0; i < story->n; i++)
        HC_TRY(e, hc_buf_check(&story->row[i].details, e));
    return HC_OK;
}

struct hc_rc hc_story_make(const struct hc_probe *p, const struct hc_attempt *a, struct hc_story *out, struct hc_err *e)
{
    struct hc_story story = {.row = calloc(HC_STORY_ROWS, sizeof *story.row)};
    if (!story.row)
        return HC_FAIL(e, HC_E_NOMEM, "no memory to tell the connection");
    struct hc_storyteller t = {.p = p, .a = a, .story = &story};
    if (a == &p->main)
        tell_dns(&t);
    tell_tcp(&t);
    tell_starttls(&t);
    hc_story_messages(&t);
    tell_done(&t);
    tell_asked(&t);
    tell_answer(&t);
    tell_end(&t);
    sort(&story);
    struct hc_rc rc = check(&story, e);
    if (hc_failed(rc)) {
        hc_story_fini(&story);
        return rc;
    }
    *out = story;
    return HC_OK;
}

void hc_story_fini(struct hc_story *s)
{
    for (size_t i = 0; i < s->n; i++)
        hc_buf_fini(&s->row[i].details);
    free(s->row);
    *s = (struct hc_story){.row = NULL};
}

bool hc_story_next(struct hc_bytes *details, struct hc_story_line *out)
{
    if (details->n == 0)
        return false;
    struct hc_bytes line = hc_bytes_next_line(details);
    for (size_t i = 0; i + 1 < line.n; i++) {
        if (line.p[i] == ' ' && line.p[i + 1] == ' ') {
            *out = (struct hc_story_line){hc_bytes_head(line, i), hc_bytes_skip(line, i + 2)};
            return true;
        }
    }
    *out = (struct hc_story_line){.text = line};
    return true;
}
