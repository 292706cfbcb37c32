/* starttls_ldap.c - LDAP's StartTLS [RFC 4511 4.14]: an ExtendedRequest and its answer, in a little BER. */
#include "proto/starttls_parts.h"

#include "base/auto.h"

/* Tags [RFC 4511 appendix B]. */
enum { SEQUENCE = 0x30, INTEGER = 0x02, ENUMERATED = 0x0a, EXTENDED_RESPONSE = 0x78, RESPONSE_NAME = 0x8a };

/* LDAPMessage { messageID 1, extendedReq { requestName 1.3.6.1.4.1.1466.20037 } } */
static const uint8_t request[] = "\x30\x1d\x02\x01\x01\x77\x18\x80\x16"
                                 "1.3.6.1.4.1.1466.20037";

void hc_starttls_ldap_ask(struct hc_starttls *s, struct hc_buf *out)
{
    hc_starttls_note(s, 'C', HC_BYTES("ExtendedRequest StartTLS"));
    hc_buf_add(out, hc_bytes_of(request, sizeof request - 1));
}

/* The header of the element that begins: its size, 0 while bytes of it are missing. RFC 4511 5.1: "Only the definite
 * form of length encoding is used", and not the shortest one by everybody. `contents` gets the length that it says. */
static size_t header_of(struct hc_bytes begun, size_t *contents, bool *wrong)
{
    size_t n, more;

    *wrong = false;
    if (begun.n < 2)
        return 0;
    *contents = begun.p[1];
    if (begun.p[1] < 0x80)
        return 2;
    more = begun.p[1] & 0x7f;
    *wrong = more == 0 || more > 4; /* 4 bytes say all that anybody sends */
    if (*wrong || begun.n < 2 + more)
        return 0;
    n = 0;
    for (size_t i = 0; i < more; i++)
        n = n << 8 | begun.p[2 + i];
    *contents = n;
    return 2 + more;
}

size_t hc_starttls_ldap_want(struct hc_bytes begun)
{
    size_t contents = 0, header;
    bool wrong;

    if (begun.n > 0 && begun.p[0] != SEQUENCE)
        return 0;
    header = header_of(begun, &contents, &wrong);
    if (wrong || contents > HC_STARTTLS_BYTES)
        return 0;
    return header == 0 ? begun.n + 1 : header + contents;
}

/* Takes the element with this tag off; false when there is none, and then nothing was taken. */
static bool take(struct hc_bytes *from, uint8_t tag, struct hc_bytes *contents)
{
    size_t n = 0, header;
    bool wrong;

    header = header_of(*from, &n, &wrong);
    if (header == 0 || from->p[0] != tag || n > from->n - header)
        return false;
    *contents = hc_bytes_head(hc_bytes_skip(*from, header), n);
    *from = hc_bytes_skip(*from, header + n);
    return true;
}

/* What a result code is called [RFC 4511 4.1.9], of those that answer StartTLS. */
static const char *code_text(uint8_t code)
{
    static const struct {
        uint8_t code;
        const char *text;
    } codes[] = {
        {0, "success"},
        {1, "operationsError"},
        {2, "protocolError"},
        {8, "strongerAuthRequired"},
        {10, "referral"},
        {51, "busy"},
        {13, "confidentialityRequired"},
        {52, "unavailable"},
        {53, "unwillingToPerform"},
        {80, "other"},
    };

    for (size_t i = 0; i < HC_COUNT(codes); i++)
        if (codes[i].code == code)
            return codes[i].text;
    return "another result";
}

/* The parts of an ExtendedResponse that matter: the code, and the server's own sentence. */
struct answer {
    uint8_t code;
    bool notice; /* unsolicited: it leaves [RFC 4511 4.4.1] */
    struct hc_bytes sentence;
};

static bool read_answer(struct hc_bytes message, struct answer *out)
{
    struct hc_bytes body, id, response, code, dn, name;

    if (!take(&message, SEQUENCE, &body) || !take(&body, INTEGER, &id) || id.n != 1 || id.p[0] > 1)
        return false;
    if (!take(&body, EXTENDED_RESPONSE, &response) || !take(&response, ENUMERATED, &code) || code.n != 1)
        return false;
    if (!take(&response, 0x04, &dn) || !take(&response, 0x04, &out->sentence))
        return false;
    out->code = code.p[0];
    /* RFC 4511 4.4: in an unsolicited notification "The messageID is zero" */
    out->notice = id.p[0] == 0;
    if (take(&response, RESPONSE_NAME, &name) && hc_bytes_eq_str(name, "1.3.6.1.4.1.1466.20036"))
        out->notice = true;
    return true;
}

static enum hc_starttls_state state_of(const struct answer *a)
{
    if (a->notice)
        return HC_STARTTLS_DENIED;
    if (a->code == 0)
        return HC_STARTTLS_AGREED;
    /* RFC 4511 4.14.2: protocolError says that TLS is not supported, or that the request was malformed */
    return a->code == 2 ? HC_STARTTLS_NOT_OFFERED : HC_STARTTLS_DENIED;
}

void hc_starttls_ldap_answer(struct hc_starttls *s, struct hc_bytes message)
{
    HC_BUF_AUTO(words, HC_STARTTLS_BYTES + 128);
    struct answer a = {0};

    if (!read_answer(message, &a)) {
        hc_starttls_note(s, 'S', HC_BYTES("a message that is no answer to StartTLS"));
        s->state = HC_STARTTLS_OTHER;
        return;
    }
    hc_buf_addf(&words, "%s: %u %s", a.notice ? "Notice of Disconnection" : "ExtendedResponse", a.code,
                code_text(a.code));
    if (a.sentence.n > 0)
        hc_buf_add_str(&words, ", ");
    hc_buf_add(&words, a.sentence);
    hc_starttls_note(s, 'S', hc_buf_view(&words));
    hc_buf_fail(&s->said, words.failed);
    s->state = state_of(&a);
}
