/* starttls_mail.c - STARTTLS of SMTP [RFC 3207] and IMAP [RFC 3501 6.2.1], line by line. */
#include "proto/starttls_parts.h"

#include "proto/sniff.h"

/* What the server is being asked; s->step. */
enum { GREETING, CAPABILITIES, BEGIN };

/* Whether the line is, or has among its words, this one. */
static bool has_word(struct hc_bytes line, struct hc_bytes word)
{
    while (line.n > 0) {
        size_t end = hc_bytes_find(line, ' ');

        if (hc_bytes_eq_nocase(hc_bytes_head(line, end), word))
            return true;
        line = hc_bytes_skip(line, end + 1);
    }
    return false;
}

static bool starts_nocase(struct hc_bytes line, struct hc_bytes prefix)
{
    return hc_bytes_eq_nocase(hc_bytes_head(line, prefix.n), prefix);
}

/* RFC 5321 4.2: three digits, and a space, a hyphen (more lines follow) or nothing. 0: the line is none of these. */
static unsigned reply_code(struct hc_bytes line)
{
    if (line.n < 3 || !hc_ascii_is_digit(line.p[0]) || !hc_ascii_is_digit(line.p[1]) || !hc_ascii_is_digit(line.p[2]))
        return 0;
    if (line.n > 3 && line.p[3] != ' ' && line.p[3] != '-')
        return 0;
    return (line.p[0] - '0') * 100U + (line.p[1] - '0') * 10U + (line.p[2] - '0');
}

/* Not the answer that leads on. */
static enum hc_starttls_state smtp_refusal(const struct hc_starttls *s, unsigned code)
{
    if (code < 400 || code > 599) /* RFC 5321 4.2.1: 4yz and 5yz are the negative ones */
        return HC_STARTTLS_OTHER;
    /* a server that knows no EHLO, and answers 500 or 502, has no extension either */
    return s->step == CAPABILITIES && code >= 500 ? HC_STARTTLS_NOT_OFFERED : HC_STARTTLS_DENIED;
}

static void smtp_reply(struct hc_starttls *s, unsigned code, struct hc_buf *out)
{
    if (code != (s->step == CAPABILITIES ? 250 : 220)) {
        s->state = smtp_refusal(s, code);
    } else if (s->step == GREETING) {
        s->step = CAPABILITIES;
        hc_starttls_say(s, "EHLO [127.0.0.1]", out); /* RFC 5321 4.1.3: who has no name says an address */
    } else if (s->step == BEGIN) {
        s->state = HC_STARTTLS_AGREED;
    } else if (!s->offered) {
        s->state = HC_STARTTLS_NOT_OFFERED;
    } else {
        s->step = BEGIN;
        hc_starttls_say(s, "STARTTLS", out);
    }
}

void hc_starttls_smtp_line(struct hc_starttls *s, struct hc_bytes line, struct hc_buf *out)
{
    unsigned code = reply_code(line);
    struct hc_bytes words = hc_bytes_skip(line, 4), keyword = hc_bytes_head(words, hc_bytes_find(words, ' '));

    /* an FTP server greets with 220, too */
    if (code == 0 || (s->step == GREETING && hc_sniff(line) == HC_SNIFF_FTP)) {
        s->state = HC_STARTTLS_OTHER;
        return;
    }
    if (s->step == CAPABILITIES && code == 250 && hc_bytes_eq_nocase(keyword, HC_BYTES("STARTTLS")))
        s->offered = true;
    if (line.n < 4 || line.p[3] == ' ')
        smtp_reply(s, code, out);
}

static void imap_greeting(struct hc_starttls *s, struct hc_bytes line, struct hc_buf *out)
{
    if (starts_nocase(line, HC_BYTES("* OK"))) {
        s->step = CAPABILITIES;
        hc_starttls_say(s, "a1 CAPABILITY", out);
    } else if (starts_nocase(line, HC_BYTES("* PREAUTH"))) {
        s->state = HC_STARTTLS_NOT_OFFERED; /* RFC 3501 6.2: STARTTLS belongs to the state before authentication */
    } else {
        s->state = starts_nocase(line, HC_BYTES("* BYE")) ? HC_STARTTLS_DENIED : HC_STARTTLS_OTHER;
    }
}

/* An untagged line: capabilities, a farewell, or something that is of no interest here. */
static void imap_untagged(struct hc_starttls *s, struct hc_bytes line)
{
    if (starts_nocase(line, HC_BYTES("* BYE")))
        s->state = HC_STARTTLS_DENIED;
    if (s->step == CAPABILITIES && starts_nocase(line, HC_BYTES("* CAPABILITY ")) &&
        has_word(line, HC_BYTES("STARTTLS")))
        s->offered = true;
}

static void imap_tagged(struct hc_starttls *s, bool ok, struct hc_buf *out)
{
    if (s->step == BEGIN) {
        s->state = ok ? HC_STARTTLS_AGREED : HC_STARTTLS_DENIED;
    } else if (ok && s->offered) {
        s->step = BEGIN;
        hc_starttls_say(s, "a2 STARTTLS", out);
    } else {
        s->state = HC_STARTTLS_NOT_OFFERED;
    }
}

void hc_starttls_imap_line(struct hc_starttls *s, struct hc_bytes line, struct hc_buf *out)
{
    struct hc_bytes tag = s->step == BEGIN ? HC_BYTES("a2 ") : HC_BYTES("a1 ");
    struct hc_bytes rest = hc_bytes_skip(line, tag.n), word = hc_bytes_head(rest, hc_bytes_find(rest, ' '));
    bool ok = hc_bytes_eq_nocase(word, HC_BYTES("OK"));

    if (s->step == GREETING)
        imap_greeting(s, line, out);
    else if (starts_nocase(line, HC_BYTES("* ")))
        imap_untagged(s, line);
    else if (starts_nocase(line, tag) &&
             (ok || hc_bytes_eq_nocase(word, HC_BYTES("NO")) || hc_bytes_eq_nocase(word, HC_BYTES("BAD"))))
        imap_tagged(s, ok, out);
    else
        s->state = HC_STARTTLS_OTHER;
}
