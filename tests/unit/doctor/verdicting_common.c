/* verdicting_common.c - rows: versions, suites, groups, names, application protocols. */
#include "verdicting.h"

#define V(c, s) .cause = HC_CAUSE_##c, .side = HC_SIDE_##s
#define HELLO .stage = HC_STAGE_HELLO
#define ONLY(v) .min = (v), .max = (v)
#define YES(k, ...)                                                                                                    \
    {                                                                                                                  \
        .kind = TRIAL(k), .stage = HC_STAGE_SHOWN, __VA_ARGS__                                                         \
    }
#define NO(k, n)                                                                                                       \
    {                                                                                                                  \
        .kind = TRIAL(k), .stage = HC_STAGE_HELLO, ALERTED(n)                                                          \
    }

const struct row verdicting_common[] = {
    {"no version", V(NO_COMMON_VERSION, BOTH), .trial = TRIAL(OLD), HELLO, ALERTED(70)},
    {"no version at all", V(NO_COMMON_VERSION, BOTH), HELLO, ALERTED(70), .trials = {NO(OLD, 70)}},
    {"old versions only", V(SERVER_TOO_OLD, SERVER), HELLO, ALERTED(70), .trials = {YES(OLD, .version = 0x0301)}},
    {"TLS 1.3 was asked for", V(NO_COMMON_VERSION, BOTH), .trial = TRIAL(TLS12), HELLO, ALERTED(70), ONLY(0x0304)},
    {"TLS 1.2 only", V(SERVER_ONLY_TLS12, BOTH), HELLO, ALERTED(70), ONLY(0x0304),
     .trials = {YES(TLS12, .version = 0x0303)}},
    {"GnuTLS with TLS 1.2 only says handshake_failure", V(SERVER_ONLY_TLS12, BOTH), HELLO, ALERTED(40), ONLY(0x0304),
     .trials = {YES(TLS12, .version = 0x0303)}},
    {"TLS 1.3 only", V(SERVER_ONLY_TLS13, BOTH), HELLO, ALERTED(70), ONLY(0x0303),
     .trials = {YES(TLS13, .version = 0x0304)}},
    {"nginx rejects the name in TLS 1.2", V(SNI_UNKNOWN, SERVER), HELLO, ALERTED(70), ONLY(0x0304),
     .trials = {NO(TLS12, 112)}},
    {"OpenSSL without a certificate, asked in TLS 1.3", V(NO_COMMON_SUITE, BOTH), .other = OTHER(SERVER_NO_CERTIFICATE),
     .trial = TRIAL(ANYTHING), HELLO, ALERTED(70), ONLY(0x0304), .trials = {NO(TLS12, 40)}},
    {"our library does not take TLS 1.0", V(SERVER_TOO_OLD, SERVER), .stage = HC_STAGE_ANSWERED, .end = HC_END_OURS,
     .error = HC_E_TLS_VERSION, .version = 0x0301},
    {"our library does not take SHA-1 in TLS 1.0", V(SERVER_TOO_OLD, SERVER), .stage = HC_STAGE_SHOWN,
     .end = HC_END_OURS, .error = HC_E_TLS_HANDSHAKE, .version = 0x0301},
    {"our library, asked for TLS 1.3, does not take 1.2", V(SERVER_ONLY_TLS12, BOTH), .trial = TRIAL(TLS12), HELLO,
     .end = HC_END_OURS, .error = HC_E_TLS_VERSION, ONLY(0x0304)},
    {"our library does not take a version", V(SERVER_TOO_OLD, SERVER), .trial = TRIAL(OLD), HELLO, .end = HC_END_OURS,
     .error = HC_E_TLS_VERSION},

    {"no suite", V(NO_COMMON_SUITE, BOTH), .other = OTHER(SERVER_NO_CERTIFICATE), .trial = TRIAL(ANYTHING), HELLO,
     ALERTED(40)},
    {"RSA key exchange only", V(ONLY_RSA_KEY_EXCHANGE, SERVER), HELLO, ALERTED(40),
     .trials = {YES(ANYTHING, .version = 0x0303, .suite = 0x002f)}},
    {"RC4 only", V(ONLY_WEAK_SUITES, SERVER), HELLO, ALERTED(40),
     .trials = {YES(ANYTHING, .version = 0x0303, .suite = 0xc011, .group = 0x17)}},
    {"finite fields only", V(NO_COMMON_SUITE, BOTH), HELLO, ALERTED(40),
     .trials = {YES(ANYTHING, .version = 0x0303, .suite = 0x009e)}},
    {"finite fields only, of a short prime", V(WEAK_DH, SERVER), HELLO, ALERTED(40),
     .trials = {YES(ANYTHING, .version = 0x0303, .suite = 0x009e, .dh_bits = 2047)}},
    {"finite fields only, of a good prime", V(NO_COMMON_SUITE, BOTH), HELLO, ALERTED(40),
     .trials = {YES(ANYTHING, .version = 0x0303, .suite = 0x009e, .dh_bits = 2048)}},
    {"brainpool only", V(NO_COMMON_GROUP, BOTH), HELLO, ALERTED(40),
     .trials = {YES(ANYTHING, .version = 0x0303, .suite = 0xc02b, .group = 0x001a)}},
    {"P-521 only", V(NO_COMMON_GROUP, BOTH), HELLO, ALERTED(40),
     .trials = {YES(ANYTHING, .version = 0x0304, .suite = 0x1301, .group = 0x0019)}},
    {"CBC with SHA-256 only", V(NO_COMMON_SUITE, BOTH), HELLO, ALERTED(40),
     .trials = {YES(ANYTHING, .version = 0x0303, .suite = 0xc023, .group = 0x001d)}},
    {"CCM only", V(NO_COMMON_SUITE, BOTH), HELLO, ALERTED(40),
     .trials = {YES(ANYTHING, .version = 0x0304, .suite = 0x1304, .group = 0x001d)}},
    {"SHA-1 signatures only", V(NO_COMMON_SIGNATURE, BOTH), HELLO, ALERTED(40),
     .trials = {YES(ANYTHING, .version = 0x0303, .suite = 0xc02b, .group = 0x001d)}},
    {"no suite, next question", V(NO_COMMON_SUITE, BOTH), .other = OTHER(SERVER_NO_CERTIFICATE), .trial = TRIAL(OLD),
     HELLO, ALERTED(40), .trials = {NO(ANYTHING, 40)}},
    {"handshake_failure to the name", V(SNI_UNKNOWN, SERVER), HELLO, ALERTED(40),
     .trials = {NO(ANYTHING, 40), NO(OLD, 70), YES(NO_NAME, .version = 0x0304)}},
    {"handshake_failure to ALPN", V(ALPN, BOTH), HELLO, ALERTED(40), .alpn = "h2",
     .trials = {NO(ANYTHING, 40), NO(OLD, 70), NO(NO_NAME, 40), YES(NO_ALPN, .version = 0x0304)}},
    {"RSA key exchange, told apart", V(ONLY_RSA_KEY_EXCHANGE, SERVER), HELLO, ALERTED(40),
     .trials = {NO(ANYTHING, 40), NO(OLD, 70), NO(NO_NAME, 40), YES(ANYTHING12, .version = 0x0303, .suite = 0x009c)}},
    {"nothing is good enough", V(SERVER_NO_CERTIFICATE, SERVER), .other = OTHER(NO_COMMON_SUITE), HELLO, ALERTED(40),
     .trials = {NO(ANYTHING, 40), NO(OLD, 70), NO(NO_NAME, 40), NO(ANYTHING12, 40)}},
    {"insufficient_security", V(NO_COMMON_SUITE, BOTH), .trial = TRIAL(ANYTHING), HELLO, ALERTED(71)},
    {"our library finds the group wrong", V(NO_COMMON_GROUP, BOTH), .stage = HC_STAGE_SHOWN, .unasked = true,
     .end = HC_END_OURS, .error = HC_E_TLS_HANDSHAKE, .error_text = "wrong curve"},
    {"our library finds no signature algorithm", V(NO_COMMON_SIGNATURE, BOTH), .stage = HC_STAGE_SHOWN, .unasked = true,
     .end = HC_END_OURS, .error = HC_E_TLS_NO_COMMON},
    {"our library finds no suite", V(NO_COMMON_SUITE, BOTH), .stage = HC_STAGE_ANSWERED, .end = HC_END_OURS,
     .error = HC_E_TLS_NO_COMMON},
    {"a short prime", V(WEAK_DH, SERVER), .stage = HC_STAGE_SHOWN, .unasked = true, .end = HC_END_OURS,
     .error = HC_E_TLS_HANDSHAKE, .error_text = "dh key too small"},

    {"the name is unknown", V(SNI_UNKNOWN, SERVER), HELLO, ALERTED(112)},
    {"a name is needed", V(SNI_NEEDED, CLIENT), HELLO, ALERTED(112), .host = "2001:db8::1"},
    {"no application protocol", V(ALPN, BOTH), .trial = TRIAL(NO_ALPN), HELLO, ALERTED(120), .alpn = "h2"},
    {"no application protocol, after the ServerHello", V(ALPN, BOTH), .stage = HC_STAGE_ANSWERED, ALERTED(120),
     .ask = HC_ASK_HTTP, .trials = {YES(NO_ALPN, .version = 0x0304)}},
    {0},
};
