/* verdicting_network.c - rows: names, routes, other protocols, silence. */
#include "verdicting.h"

#define V(c, s) .cause = HC_CAUSE_##c, .side = HC_SIDE_##s
#define HELLO .stage = HC_STAGE_HELLO
#define NOTHING_TLS .stage = HC_STAGE_HELLO, .end = HC_END_NOT_TLS
#define PRELUDE .stage = HC_STAGE_CONNECTED, .end = HC_END_PRELUDE, .with_starttls = HC_STARTTLS_SMTP
#define UNREACHED .end = HC_END_UNREACHED
#define DEAF(k)                                                                                                        \
    {                                                                                                                  \
        .kind = TRIAL(k), .stage = HC_STAGE_HELLO, .end = HC_END_EOF                                                   \
    }
#define QUIET(k)                                                                                                       \
    {                                                                                                                  \
        .kind = TRIAL(k), .stage = HC_STAGE_CONNECTED, .end = HC_END_TIMEOUT                                           \
    }
#define FOUND(k)                                                                                                       \
    {                                                                                                                  \
        .kind = TRIAL(k), .stage = HC_STAGE_SHOWN, .end = HC_END_OPEN                                                  \
    }

const struct row verdicting_network[] = {
    {"no such name", V(NO_SUCH_NAME, NETWORK), .dns = HC_DNS_NO_NAME, UNREACHED},
    {"a name without address", V(NO_ADDRESS, NETWORK), .dns = HC_DNS_NO_ADDRESS, UNREACHED},
    {"a name server that fails", V(NAME_SERVER, NETWORK), .dns = HC_DNS_FAILED, UNREACHED},
    {"no name server", V(NAME_SERVER, NETWORK), .dns = HC_DNS_SILENT, UNREACHED},
    {"nobody listens", V(CONNECTION_REFUSED, SERVER), UNREACHED, .sys = ECONNREFUSED},
    {"nobody answers", V(CONNECT_TIMEOUT, NETWORK), .end = HC_END_TIMEOUT},
    {"the kernel gives up", V(CONNECT_TIMEOUT, NETWORK), UNREACHED, .sys = ETIMEDOUT},
    {"no route", V(UNREACHABLE, NETWORK), UNREACHED, .sys = ENETUNREACH},
    {"no host", V(UNREACHABLE, NETWORK), UNREACHED, .sys = EHOSTUNREACH},
    {"out of descriptors", V(LOCAL_TROUBLE, CLIENT), UNREACHED, .sys = EMFILE},

    {"HTTP", V(PLAIN_HTTP, SERVER), NOTHING_TLS, .sniff = HC_SNIFF_HTTP, .first = "HTTP/1.1 400 Bad Request\r\n"},
    {"HTTP/2", V(PLAIN_HTTP, SERVER), NOTHING_TLS, .sniff = HC_SNIFF_HTTP2},
    {"SSH", V(SSH, SERVER), NOTHING_TLS, .sniff = HC_SNIFF_SSH, .first = "SSH-2.0-OpenSSH_9.2\r\n"},
    {"SMTP", V(WANTS_STARTTLS_SMTP, SERVER), NOTHING_TLS, .sniff = HC_SNIFF_SMTP},
    {"IMAP", V(WANTS_STARTTLS_IMAP, SERVER), NOTHING_TLS, .sniff = HC_SNIFF_IMAP},
    {"POP3", V(POP3, SERVER), NOTHING_TLS, .sniff = HC_SNIFF_POP3},
    {"FTP", V(FTP, SERVER), NOTHING_TLS, .sniff = HC_SNIFF_FTP},
    {"MySQL", V(MYSQL, SERVER), NOTHING_TLS, .sniff = HC_SNIFF_MYSQL},
    {"Redis", V(REDIS, SERVER), NOTHING_TLS, .sniff = HC_SNIFF_REDIS},
    {"LDAP says goodbye", V(WANTS_STARTTLS_LDAP, SERVER), NOTHING_TLS, .sniff = HC_SNIFF_LDAP},
    {"PostgreSQL says an error", V(WANTS_STARTTLS_POSTGRES, SERVER), NOTHING_TLS, .sniff = HC_SNIFF_POSTGRES},
    {"something else", V(NOT_TLS, SERVER), NOTHING_TLS, .sniff = HC_SNIFF_OTHER, .first = "hello\x1b[2J\n"},
    {"libssl calls it no TLS", V(NOT_TLS, SERVER), HELLO, .end = HC_END_OURS, .error = HC_E_TLS_NOT_TLS},
    {"TLS, and then something else", V(SERVER_BREAKS_TLS, SERVER), NOTHING_TLS, .sniff = HC_SNIFF_TLS},
    {"a banner, and the end", V(SSH, SERVER), HELLO, .end = HC_END_EOF, .sniff = HC_SNIFF_SSH},
    {"it talks for ever", V(TALKS_TOO_MUCH, SERVER), HELLO, .end = HC_END_FLOOD},

    {"reset at the hello", V(RESET_AT_HELLO, NETWORK), .other = OTHER(CLOSED_AT_HELLO), .trial = TRIAL(PROXY), HELLO,
     .end = HC_END_RESET},
    {"reset at the hello, trials not wanted", V(RESET_AT_HELLO, NETWORK), .other = OTHER(CLOSED_AT_HELLO), HELLO,
     .end = HC_END_RESET, .no_trials = true},
    {"reset, and answered after a PROXY header", V(WANTS_PROXY_HEADER, SERVER), HELLO, .end = HC_END_RESET,
     .trials = {FOUND(PROXY)}},
    {"reset, and answered without a name", V(RESET_AT_HELLO, NETWORK), .other = OTHER(SNI_UNKNOWN), HELLO,
     .end = HC_END_RESET, .trials = {DEAF(PROXY), FOUND(NO_NAME)}},
    {"reset, next question", V(RESET_AT_HELLO, NETWORK), .other = OTHER(CLOSED_AT_HELLO), .trial = TRIAL(LISTEN), HELLO,
     .end = HC_END_RESET, .trials = {DEAF(PROXY), DEAF(NO_NAME)}},
    {"an address has no name to leave out", V(RESET_AT_HELLO, NETWORK), .other = OTHER(CLOSED_AT_HELLO),
     .trial = TRIAL(LISTEN), HELLO, .end = HC_END_RESET, .host = "192.0.2.1", .trials = {DEAF(PROXY)}},
    {"reset, and a banner for who listens", V(WANTS_STARTTLS_SMTP, SERVER), HELLO, .end = HC_END_RESET,
     .trials = {DEAF(PROXY),
                DEAF(NO_NAME),
                {.kind = TRIAL(LISTEN), .stage = HC_STAGE_SERVED, .end = HC_END_OPEN, .sniff = HC_SNIFF_SMTP}}},
    {"closed at the hello", V(CLOSED_AT_HELLO, SERVER), .other = OTHER(RESET_AT_HELLO), .trial = TRIAL(LISTEN), HELLO,
     .end = HC_END_EOF},
    {"closed whatever is said", V(CLOSED_AT_ONCE, SERVER), HELLO, .end = HC_END_EOF, .trials = {DEAF(LISTEN)}},
    {"closed, and closed to who says nothing, in the end", V(CLOSED_AT_HELLO, SERVER), .other = OTHER(RESET_AT_HELLO),
     .trial = TRIAL(POSTGRES), HELLO, .end = HC_END_EOF,
     .trials = {{.kind = TRIAL(LISTEN), .stage = HC_STAGE_CONNECTED, .end = HC_END_EOF, .us_end = 500000}}},
    {"an alert behind a PROXY header", V(WANTS_PROXY_HEADER, SERVER), HELLO, .end = HC_END_RESET,
     .trials = {{.kind = TRIAL(PROXY), .stage = HC_STAGE_HELLO, ALERTED(70)}}},
    {"closed, and PostgreSQL", V(WANTS_STARTTLS_POSTGRES, SERVER), HELLO, .end = HC_END_EOF,
     .trials = {QUIET(LISTEN), {.kind = TRIAL(POSTGRES), .stage = HC_STAGE_SHOWN, .starttls = HC_STARTTLS_AGREED}}},
    {"closed, and PostgreSQL without TLS", V(WANTS_STARTTLS_POSTGRES, SERVER), HELLO, .end = HC_END_EOF,
     .trials = {QUIET(LISTEN),
                {.kind = TRIAL(POSTGRES), .stage = HC_STAGE_CONNECTED, .starttls = HC_STARTTLS_NOT_OFFERED}}},
    {"closed, and answered without a name", V(SNI_UNKNOWN, SERVER), .other = OTHER(RESET_AT_HELLO), HELLO,
     .end = HC_END_EOF, .trials = {QUIET(LISTEN), DEAF(POSTGRES), DEAF(PROXY), DEAF(LDAP), FOUND(NO_NAME)}},
    {"closed, and nothing helps", V(CLOSED_AT_HELLO, SERVER), .other = OTHER(RESET_AT_HELLO), HELLO, .end = HC_END_EOF,
     .trials = {QUIET(LISTEN), DEAF(POSTGRES), DEAF(PROXY), DEAF(LDAP), DEAF(NO_NAME), QUIET(HTTP)}},
    {"silent", V(SILENT_AT_HELLO, SERVER), .other = OTHER(SWALLOWED), .trial = TRIAL(HTTP), HELLO,
     .end = HC_END_TIMEOUT},
    {"silent for the name alone", V(SWALLOWED, NETWORK), .other = OTHER(SNI_UNKNOWN), HELLO, .end = HC_END_TIMEOUT,
     .trials = {QUIET(HTTP), QUIET(POSTGRES), QUIET(PROXY), QUIET(LDAP), FOUND(NO_NAME)}},
    {"silent, and HTTP", V(PLAIN_HTTP, SERVER), HELLO, .end = HC_END_TIMEOUT,
     .trials = {{.kind = TRIAL(HTTP), .stage = HC_STAGE_SERVED, .sniff = HC_SNIFF_HTTP}}},
    {"silent, and LDAP", V(WANTS_STARTTLS_LDAP, SERVER), HELLO, .end = HC_END_TIMEOUT,
     .trials = {QUIET(HTTP),
                QUIET(POSTGRES),
                QUIET(PROXY),
                {.kind = TRIAL(LDAP), .stage = HC_STAGE_SHOWN, .starttls = HC_STARTTLS_AGREED}}},

    {"no TLS in the protocol", V(STARTTLS_NOT_OFFERED, SERVER), PRELUDE, .starttls = HC_STARTTLS_NOT_OFFERED},
    {"TLS is refused in the protocol", V(STARTTLS_REFUSED, SERVER), PRELUDE, .starttls = HC_STARTTLS_DENIED},
    {"another protocol than said", V(STARTTLS_WRONG, CLIENT), PRELUDE, .starttls = HC_STARTTLS_OTHER,
     .sniff = HC_SNIFF_IMAP},
    {"TLS where STARTTLS was said", V(STARTTLS_WRONG, CLIENT), PRELUDE, .starttls = HC_STARTTLS_OTHER,
     .sniff = HC_SNIFF_TLS},
    {"silence where STARTTLS was said", V(STARTTLS_WRONG, CLIENT), .other = OTHER(SILENT_AT_HELLO),
     .stage = HC_STAGE_CONNECTED, .end = HC_END_TIMEOUT, .with_starttls = HC_STARTTLS_SMTP},
    {"words behind STARTTLS", V(STARTTLS_INJECTED, NETWORK), .stage = HC_STAGE_SERVED, .end = HC_END_OPEN,
     .with_starttls = HC_STARTTLS_SMTP, .starttls = HC_STARTTLS_AGREED, .injected = 12, .shown = GOOD, .bundle = true},

    {"reset in the middle", V(RESET_IN_HANDSHAKE, NETWORK), .other = OTHER(CLOSED_IN_HANDSHAKE),
     .stage = HC_STAGE_ANSWERED, .end = HC_END_RESET},
    {"closed in the middle", V(CLOSED_IN_HANDSHAKE, SERVER), .stage = HC_STAGE_ANSWERED, .end = HC_END_EOF},
    {"libssl calls it closed", V(CLOSED_IN_HANDSHAKE, SERVER), .stage = HC_STAGE_ANSWERED, .end = HC_END_OURS,
     .error = HC_E_TLS_CLOSED},
    {"it stops in the middle", V(STALLED, SERVER), .stage = HC_STAGE_SHOWN, .end = HC_END_TIMEOUT, .unasked = true},
    {0},
};
