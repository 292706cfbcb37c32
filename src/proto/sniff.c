/* sniff.c - greetings and error messages by which the common protocols are told apart. */
#include "proto/sniff.h"

#include "base/auto.h"

static bool starts_nocase(struct hc_bytes first, struct hc_bytes prefix)
{
    return hc_bytes_eq_nocase(hc_bytes_head(first, prefix.n), prefix);
}

/* Up to the end of the first line. */
static struct hc_bytes line_of(struct hc_bytes first)
{
    return hc_bytes_head(first, hc_bytes_find(first, '\n'));
}

static bool line_has(struct hc_bytes first, struct hc_bytes word)
{
    for (struct hc_bytes rest = line_of(first); rest.n >= word.n; rest = hc_bytes_skip(rest, 1))
        if (starts_nocase(rest, word))
            return true;
    return false;
}

/* RFC 8446 5.1: a content type, a version of 0x03xx, a length of at most 2^14 and something. */
static bool is_tls(struct hc_bytes first)
{
    return first.n >= 3 && (first.p[0] == 0x15 || first.p[0] == 0x16) && first.p[1] == 3 && first.p[2] <= 4;
}

/* RFC 9113 4.1: length, type SETTINGS (4), flags, stream 0; settings have six bytes each. */
static bool is_http2(struct hc_bytes first)
{
    static const uint8_t settings[] = {4, 0, 0, 0, 0, 0};

    return first.n >= 9 && first.p[0] == 0 && first.p[1] == 0 && first.p[2] % 6 == 0 &&
           hc_bytes_starts(hc_bytes_skip(first, 3), hc_bytes_of(settings, sizeof settings));
}

static bool is_html(struct hc_bytes first)
{
    while (first.n > 0 && (first.p[0] == ' ' || (first.p[0] >= '\t' && first.p[0] <= '\r')))
        first = hc_bytes_skip(first, 1);
    return starts_nocase(first, HC_BYTES("<!doctype html")) || starts_nocase(first, HC_BYTES("<html"));
}

static bool is_http(struct hc_bytes first)
{
    return hc_bytes_starts(first, HC_BYTES("HTTP/1.")) || is_html(first);
}

static bool is_ssh(struct hc_bytes first)
{
    return hc_bytes_starts(first, HC_BYTES("SSH-"));
}

/* A greeting that names no protocol but a host is SMTP's: RFC 5321 4.2 has the domain first. */
static bool greets_with_host(struct hc_bytes line)
{
    struct hc_bytes words = hc_bytes_skip(line, 4), host = hc_bytes_head(words, hc_bytes_find(words, ' '));

    return hc_bytes_find(host, '.') < host.n;
}

/* 220 greets, 421 and 554 send away, in both protocols [RFC 5321 4.2.3, RFC 959 4.2]. */
static bool is_reply(struct hc_bytes first)
{
    static const char *const codes[] = {"220", "421", "554"};

    for (size_t i = 0; i < HC_COUNT(codes); i++)
        if (hc_bytes_starts(first, hc_bytes_str(codes[i])))
            return first.n > 3 && (first.p[3] == ' ' || first.p[3] == '-');
    return false;
}

static bool is_smtp(struct hc_bytes first)
{
    if (!is_reply(first))
        return false;
    if (line_has(first, HC_BYTES("SMTP")))
        return true;
    return !line_has(first, HC_BYTES("FTP")) && !line_has(first, HC_BYTES("FileZilla")) &&
           greets_with_host(line_of(first));
}

static bool is_ftp(struct hc_bytes first)
{
    return is_reply(first) && (line_has(first, HC_BYTES("FTP")) || line_has(first, HC_BYTES("FileZilla")));
}

static bool is_imap(struct hc_bytes first)
{
    return starts_nocase(first, HC_BYTES("* OK")) || starts_nocase(first, HC_BYTES("* PREAUTH")) ||
           starts_nocase(first, HC_BYTES("* BYE"));
}

/* Redis speaks when it is full, protected, or did not understand; "-ERR" is POP3's word, too, which is tried next. */
static bool is_redis(struct hc_bytes first)
{
    static const char *const begins[] = {
        "-DENIED ",
        "-NOAUTH ",
        "+PONG",
        "-ERR unknown command",
        "-ERR Protocol error",
        "-ERR max number of clients",
        "-ERR wrong number of arguments",
    };

    for (size_t i = 0; i < HC_COUNT(begins); i++)
        if (hc_bytes_starts(first, hc_bytes_str(begins[i])))
            return true;
    return hc_bytes_eq_str(first, "+OK\r\n"); /* POP3's greeting says more */
}

static bool is_pop3(struct hc_bytes first)
{
    return hc_bytes_starts(first, HC_BYTES("+OK")) || hc_bytes_starts(first, HC_BYTES("-ERR"));
}

/* An ErrorResponse begins with its severity; servers that are starting up, or full, use the form of long ago. */
static bool is_postgres(struct hc_bytes first)
{
    if (hc_bytes_eq_str(first, "N") || hc_bytes_eq_str(first, "S") || hc_bytes_starts(first, HC_BYTES("EFATAL")) ||
        hc_bytes_starts(first, HC_BYTES("EERROR")))
        return true;
    return first.n >= 6 && first.p[0] == 'E' && first.p[1] == 0 && first.p[2] == 0 && first.p[5] == 'S';
}

/* A packet: three bytes of length, number 0, and protocol 10 with a version in digits, or an error. */
static bool is_mysql(struct hc_bytes first)
{
    if (first.n < 6 || first.p[2] != 0 || first.p[3] != 0)
        return false;
    return (first.p[4] == 0x0a && hc_ascii_is_digit(first.p[5])) || first.p[4] == 0xff;
}

/* RFC 4511 4.1.1: SEQUENCE { messageID INTEGER, ... }, here of an ExtendedResponse or a BindResponse. */
static bool is_ldap(struct hc_bytes first)
{
    struct hc_bytes body;

    if (first.n < 2 || first.p[0] != 0x30)
        return false;
    body = hc_bytes_skip(first, 2);
    if (first.p[1] >= 0x80)
        body = hc_bytes_skip(body, first.p[1] & 0x7f);
    return body.n >= 4 && body.p[0] == 2 && body.p[1] == 1 && (body.p[3] == 0x78 || body.p[3] == 0x61);
}

static const struct {
    enum hc_sniff sniff;
    const char *name;
    bool (*is)(struct hc_bytes first);
} protocols[] = {
    {HC_SNIFF_TLS, "TLS", is_tls},        {HC_SNIFF_HTTP, "HTTP", is_http},
    {HC_SNIFF_HTTP2, "HTTP/2", is_http2}, {HC_SNIFF_SSH, "SSH", is_ssh},
    {HC_SNIFF_SMTP, "SMTP", is_smtp},     {HC_SNIFF_FTP, "FTP", is_ftp},
    {HC_SNIFF_IMAP, "IMAP", is_imap},     {HC_SNIFF_REDIS, "Redis", is_redis},
    {HC_SNIFF_POP3, "POP3", is_pop3},     {HC_SNIFF_POSTGRES, "PostgreSQL", is_postgres},
    {HC_SNIFF_MYSQL, "MySQL", is_mysql},  {HC_SNIFF_LDAP, "LDAP", is_ldap},
};

enum hc_sniff hc_sniff(struct hc_bytes first)
{
    if (first.n == 0)
        return HC_SNIFF_NOTHING;
    for (size_t i = 0; i < HC_COUNT(protocols); i++)
        if (protocols[i].is(first))
            return protocols[i].sniff;
    return HC_SNIFF_OTHER;
}

const char *hc_sniff_text(enum hc_sniff sniff)
{
    for (size_t i = 0; i < HC_COUNT(protocols); i++)
        if (protocols[i].sniff == sniff)
            return protocols[i].name;
    return sniff == HC_SNIFF_NOTHING ? "nothing" : "an unknown protocol";
}
