/*
 * probe_story_messages.c - the messages of the handshake, each as a row, and which of them nobody in between could read.
 */
#include "doctor/probe_story_parts.h"

#include <stdio.h>

struct reading {
    bool client_encrypts, server_encrypts;
};

/* What a message is for, in a newcomer's words. */
static const char *plain_words(uint8_t type, bool sent)
{
    switch (type) {
    case HC_TLS_CLIENT_HELLO:
        return "what I can speak";
    case HC_TLS_SERVER_HELLO:
        return "what I chose of it";
    case HC_TLS_ENCRYPTED_EXTENSIONS:
        return "more that I chose";
    case HC_TLS_CERTIFICATE_REQUEST:
        return "and who are you?";
    case HC_TLS_CERTIFICATE:
        return "this is who I am";
    case HC_TLS_CERTIFICATE_VERIFY:
        return "and here is the proof";
    case HC_TLS_SERVER_KEY_EXCHANGE:
        return "my half of the secret, signed";
    case HC_TLS_CLIENT_KEY_EXCHANGE:
        return "my half of the secret";
    case HC_TLS_FINISHED:
        return sent ? "nobody changed a word; done" : "nobody changed a word";
    case HC_TLS_NEW_SESSION_TICKET:
        return "for a shorter handshake next time";
    case HC_TLS_SERVER_HELLO_DONE:
        return "your turn";
    case HC_TLS_CERTIFICATE_STATUS:
        return "my issuer says that I am good";
    default:
        return "";
    }
}

/* When nothing was agreed on, what can be read at all is of TLS 1.2. */
static uint16_t version_of(const struct hc_attempt *a)
{
    return a->agreed.version ? a->agreed.version : HC_TLS_1_2;
}

static void tell_certificates(struct hc_storyteller *t, struct hc_story_row *row, bool sent)
{
    if (sent) {
        hc_story_client_certificates(t, row);
        return;
    }
    hc_story_server_certificates(t, row);
    if (version_of(t->a) >= HC_TLS_1_3)
        hc_story_staple(t, row); /* TLS 1.2 has a message of its own for it */
}

static void tell_handshake(struct hc_storyteller *t, struct hc_story_row *row, const struct hc_tls_seen *seen)
{
    struct hc_bytes body = hc_bytes_skip(seen->bytes, 4);
    switch (seen->bytes.p[0]) {
    case HC_TLS_CLIENT_HELLO:
        hc_story_client_hello(row, body);
        break;
    case HC_TLS_SERVER_HELLO:
        hc_story_server_hello(row, t->a, body);
        break;
    case HC_TLS_ENCRYPTED_EXTENSIONS:
        hc_story_encrypted_extensions(row, body);
        break;
    case HC_TLS_CERTIFICATE:
        tell_certificates(t, row, seen->sent);
        break;
    case HC_TLS_CERTIFICATE_STATUS:
        hc_story_staple(t, row);
        break;
    case HC_TLS_SERVER_KEY_EXCHANGE:
        hc_story_server_key_exchange(row, t->a, body);
        break;
    case HC_TLS_CLIENT_KEY_EXCHANGE:
        hc_story_client_key_exchange(row, t->a);
        break;
    case HC_TLS_CERTIFICATE_REQUEST:
        hc_story_certificate_request(t, row);
        break;
    case HC_TLS_CERTIFICATE_VERIFY:
        hc_story_certificate_verify(row, seen->sent, body);
        break;
    case HC_TLS_FINISHED:
        hc_story_say(row, "", "a checksum of everything that was said: nobody in between changed a word");
        break;
    case HC_TLS_NEW_SESSION_TICKET:
        hc_story_ticket(row, version_of(t->a), body);
        break;
    default:
        break;
    }
}

static void tell_alert(struct hc_storyteller *t, const struct hc_tls_seen *seen, bool encrypted)
{
    char title[96];
    uint8_t number = seen->bytes.n > 1 ? seen->bytes.p[1] : 255;
    const struct hc_tls_alert_row *known = hc_tls_alert(number);
    snprintf(title, sizeof title, "Alert: %s", known ? known->name : "unknown");
    struct hc_story_row *row =
        hc_story_row_add(t, seen->sent ? HC_STORY_CLIENT : HC_STORY_SERVER, t->a->us_tls + seen->at_us, title);
    row->encrypted = encrypted;
    row->refusal = number != HC_TLS_ALERT_CLOSE_NOTIFY;
    if (row->refusal)
        hc_story_sayf(row, "number", "%u%s", number, seen->bytes.n > 0 && seen->bytes.p[0] == 2 ? ", fatal" : "");
    if (known)
        hc_story_say(row, "", known->sentence);
}

static void tell_change(struct hc_storyteller *t, bool sent, uint64_t at_us)
{
    struct hc_story_row *row =
        hc_story_row_add(t, sent ? HC_STORY_CLIENT : HC_STORY_SERVER, t->a->us_tls + at_us, "ChangeCipherSpec");
    hc_story_say(row, "",
                 t->a->agreed.version >= HC_TLS_1_3 ? "means nothing in TLS 1.3; it keeps old middleboxes calm"
                                                    : "what this side sends from here on is encrypted");
}

static bool encrypts(const struct reading *reading, bool sent)
{
    return sent ? reading->client_encrypts : reading->server_encrypts;
}

/* From which message on what a side sends is encrypted: in TLS 1.3 after the ServerHello, before it after
 * ChangeCipherSpec. */
static void follow(struct reading *reading, const struct hc_attempt *a, const struct hc_tls_seen *seen)
{
    bool tls13 = a->agreed.version >= HC_TLS_1_3;
    if (seen->kind == HC_TLS_SEEN_CHANGE_CIPHER && !tls13) {
        reading->client_encrypts |= seen->sent;
        reading->server_encrypts |= !seen->sent;
    }
    struct hc_tls_server_hello hello;
    struct hc_err e;
    if (seen->kind == HC_TLS_SEEN_HANDSHAKE && tls13 && seen->bytes.p[0] == HC_TLS_SERVER_HELLO &&
        hc_ok(hc_tls_wire_server_hello(hc_bytes_skip(seen->bytes, 4), &hello, &e)) && !hello.retry)
        reading->client_encrypts = reading->server_encrypts = true;
}

/* libssl does not report the server's ChangeCipherSpec of TLS 1.2; Finished always follows one [RFC 5246 7.4.9]. */
static void add_unreported_change(struct hc_storyteller *t, struct reading *reading, const struct hc_tls_seen *seen)
{
    bool finished = seen->kind == HC_TLS_SEEN_HANDSHAKE && seen->bytes.n > 0 && seen->bytes.p[0] == HC_TLS_FINISHED;
    if (!finished || encrypts(reading, seen->sent) || t->a->agreed.version >= HC_TLS_1_3)
        return;
    tell_change(t, seen->sent, seen->at_us);
    reading->client_encrypts |= seen->sent;
    reading->server_encrypts |= !seen->sent;
}

static void tell_message(struct hc_storyteller *t, struct reading *reading, const struct hc_tls_seen *seen)
{
    add_unreported_change(t, reading, seen);
    bool encrypted = encrypts(reading, seen->sent);
    if (seen->kind == HC_TLS_SEEN_ALERT) {
        tell_alert(t, seen, encrypted);
    } else if (seen->kind == HC_TLS_SEEN_CHANGE_CIPHER) {
        tell_change(t, seen->sent, seen->at_us);
    } else if (seen->bytes.n >= 4) {
        const char *name = hc_tls_message_text(seen->bytes.p[0]);
        struct hc_story_row *row = hc_story_row_add(t, seen->sent ? HC_STORY_CLIENT : HC_STORY_SERVER,
                                                    t->a->us_tls + seen->at_us, name ? name : "a message unknown here");
        row->encrypted = encrypted;
        row->plain = plain_words(seen->bytes.p[0], seen->sent);
        tell_handshake(t, row, seen);
    }
    if (seen->bytes.n >= 4 || seen->kind != HC_TLS_SEEN_HANDSHAKE)
        follow(reading, t->a, seen);
}

void hc_story_messages(struct hc_storyteller *t)
{
    struct reading reading = {.client_encrypts = false};
    struct hc_tls_seen seen;
    if (!t->a->tls)
        return;
    for (size_t i = 0; hc_tls_probe_seen(t->a->tls, i, &seen); i++)
        tell_message(t, &reading, &seen);
    if (hc_tls_probe_unseen(t->a->tls) > 0) {
        struct hc_story_row *row = hc_story_row_add(t, HC_STORY_NOTE, t->a->us_end, "and more messages");
        hc_story_sayf(row, "", "%zu were not kept", hc_tls_probe_unseen(t->a->tls));
    }
}
