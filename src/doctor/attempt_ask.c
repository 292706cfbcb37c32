/* attempt_ask.c - the harmless words after a handshake. */
#include "doctor/attempt_inside.h"

#define HOST_NAME "handclasp-probe.invalid" /* [RFC 2606 2]: nobody's */
#define HTTPS_PORT 443

/* The user's own words; still, no line of the request may be broken by them. */
static void add_visible(struct hc_buf *out, const char *text)
{
    for (; *text; text++) {
        if (*text > ' ' && *text < 0x7f)
            hc_buf_add_byte(out, (uint8_t)*text);
        else
            hc_buf_addf(out, "%%%02X", (uint8_t)*text);
    }
}

static void add_host(const struct hc_attempt_plan *plan, struct hc_buf *out)
{
    char text[HC_ADDR_TEXT];
    unsigned port = hc_addr_port(plan->addr);
    bool usual = port == 0 || port == HTTPS_PORT;

    if (!plan->name) {
        bool v6 = plan->addr->ss.ss_family == AF_INET6;

        hc_addr_text(plan->addr, false, text);
        hc_buf_addf(out, v6 ? "[%s]" : "%s", text);
    } else {
        add_visible(out, plan->name);
    }
    if (!usual)
        hc_buf_addf(out, ":%u", port);
}

/* GET, not HEAD: rules and servers that know GET alone are common, and the body of a gate's refusal has the id. GET is
 * a safe method [RFC 9110 9.2.1]. */
static void ask_http(const struct hc_attempt_plan *plan, struct hc_buf *out)
{
    const char *path = plan->path && plan->path[0] ? plan->path : "/";

    if (plan->plain) { /* a line that others can answer too: Redis ends without a word at the field Host */
        hc_buf_add_str(out, "GET / HTTP/1.0\r\n\r\n");
        return;
    }
    hc_buf_add_str(out, path[0] == '/' ? "GET " : "GET /");
    add_visible(out, path);
    hc_buf_add_str(out, " HTTP/1.1\r\nHost: ");
    add_host(plan, out);
    hc_buf_add_str(out, "\r\nUser-Agent: handclasp-probe\r\nAccept: */*\r\nConnection: close\r\n\r\n");
}

/* StartupMessage of protocol 3.0, then Terminate. */
static void ask_postgres(struct hc_buf *out)
{
    static const char start[] = "\0\0\0\0\0\x03\0\0user\0handclasp-probe\0database\0postgres\0"; /* and the final NUL */
    static const char end[] = {'X', 0, 0, 0, 4};
    size_t at = out->n;

    hc_buf_add(out, hc_bytes_of(start, sizeof start));
    if (out->failed == HC_OK_CODE)
        out->p[at + 3] = (uint8_t)sizeof start;
    hc_buf_add(out, hc_bytes_of(end, sizeof end));
}

/* [RFC 4511 4.5.1]: base object "", scope baseObject, one entry, two seconds, (objectClass=*), no attributes ("1.1"). */
static void ask_ldap(struct hc_buf *out)
{
    static const uint8_t head[] = {0x30, 0x2a, 0x02, 0x01, 0x02, 0x63, 0x25, 0x04, 0x00, 0x0a, 0x01, 0x00, 0x0a,
                                   0x01, 0x00, 0x02, 0x01, 0x01, 0x02, 0x01, 0x02, 0x01, 0x01, 0x00, 0x87, 0x0b};
    static const uint8_t tail[] = {0x30, 0x05, 0x04, 0x03, '1', '.', '1'};

    hc_buf_add(out, hc_bytes_of(head, sizeof head));
    hc_buf_add_str(out, "objectClass");
    hc_buf_add(out, hc_bytes_of(tail, sizeof tail));
}

void hc_attempt_ask_emit(const struct hc_attempt_plan *plan, struct hc_buf *out)
{
    switch (plan->ask) {
    case HC_ASK_NOTHING:
        return;
    case HC_ASK_HTTP:
        ask_http(plan, out);
        return;
    case HC_ASK_SMTP:
        hc_buf_add_str(out, "EHLO " HOST_NAME "\r\n");
        return;
    case HC_ASK_IMAP:
        hc_buf_add_str(out, "p1 NOOP\r\n");
        return;
    case HC_ASK_POSTGRES:
        ask_postgres(out);
        return;
    case HC_ASK_LDAP:
        ask_ldap(out);
        return;
    }
}
