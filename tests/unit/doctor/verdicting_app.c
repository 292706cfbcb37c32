/* verdicting_app.c - rows: TLS went well. */
#include "verdicting.h"

#define V(c, s) .cause = HC_CAUSE_##c, .side = HC_SIDE_##s
#define SERVED .stage = HC_STAGE_SERVED, .end = HC_END_OPEN, .shown = GOOD, .bundle = true
#define HTTP(n) SERVED, .ask = HC_ASK_HTTP, .status = (n)
#define SAID(how, words) SERVED, .ask = HC_ASK_##how, .said = (words)
#define SAID_N(how, words) SERVED, .ask = HC_ASK_##how, .said = (words), .n_said = sizeof(words) - 1

const struct row verdicting_app[] = {
    {"accepted", V(ACCEPTED, NOBODY), HTTP(200), .own = GOOD},
    {"accepted, and then the end", V(ACCEPTED, NOBODY), .stage = HC_STAGE_SERVED, .end = HC_END_RESET, .shown = GOOD,
     .bundle = true, .own = GOOD},
    {"accepted, and much was said", V(ACCEPTED, NOBODY), .stage = HC_STAGE_SERVED, .end = HC_END_FLOOD, .shown = GOOD,
     .bundle = true, .own = GOOD},
    {"nobody asked", V(ACCEPTED_ONE_SIDED, NOBODY), HTTP(404), .unasked = true},
    {"anonymous", V(ACCEPTED_OPTIONAL, NOBODY), HTTP(200)},
    {"nginx accepts no key of that kind", V(YOUR_SIGNATURE_ALGORITHM, BOTH), HTTP(400), .own = GOOD, .unsent = true},
    {"anonymous, the identity was of no use", V(ACCEPTED_OPTIONAL, NOBODY), HTTP(200), .own = GOOD, .unsent = true},
    {"silence", V(NOT_REFUSED, NOBODY), .stage = HC_STAGE_FINISHED, .end = HC_END_OPEN, .shown = GOOD, .bundle = true,
     .own = GOOD},
    {"silence until the end of patience", V(NOT_REFUSED, NOBODY), .stage = HC_STAGE_FINISHED, .end = HC_END_TIMEOUT,
     .shown = GOOD, .bundle = true},
    {"a back end that is down", V(ACCEPTED, NOBODY), HTTP(502), .own = GOOD},

    {"nginx, none was sent", V(HTTP_NO_CERTIFICATE, CLIENT), HTTP(400)},
    {"nginx says so", V(HTTP_NO_CERTIFICATE, CLIENT), HTTP(400),
     .said = "HTTP/1.1 400 Bad Request\r\n\r\n<title>400 No required SSL certificate was sent</title>"},
    {"496", V(HTTP_NO_CERTIFICATE, CLIENT), HTTP(496)},
    {"a gate's rule needs one", V(HTTP_NO_CERTIFICATE, CLIENT), .other = OTHER(HTTP_FORBIDDEN), HTTP(403),
     .ref = "0123456789ab"},
    {"nginx does not take ours", V(HTTP_BAD_CERTIFICATE, UNDECIDED), .other = OTHER(YOUR_REVOKED), HTTP(400),
     .own = GOOD, .list = LISTS_ROOT},
    {"nginx says that it does not take ours", V(HTTP_BAD_CERTIFICATE, UNDECIDED), .other = OTHER(YOUR_REVOKED),
     HTTP(400), .own = GOOD, .list = LISTS_ROOT,
     .said = "HTTP/1.1 400 Bad Request\r\n\r\n<title>400 The SSL certificate error</title>"},
    {"495", V(HTTP_BAD_CERTIFICATE, UNDECIDED), .other = OTHER(YOUR_REVOKED), HTTP(495), .own = GOOD,
     .list = LISTS_ROOT},
    {"nginx names another authority", V(YOUR_NOT_ACCEPTABLE, CLIENT), .other = OTHER(YOUR_CHAIN_INCOMPLETE), HTTP(400),
     .own = FOREIGN, .list = LISTS_ROOT},
    {"nginx got a leaf alone", V(YOUR_CHAIN_INCOMPLETE, CLIENT), HTTP(400), .own = LEAF_ONLY, .list = LISTS_ROOT},
    {"400, and nobody asked", V(ACCEPTED_ONE_SIDED, NOBODY), HTTP(400), .unasked = true},
    {"403 of a gate", V(HTTP_FORBIDDEN, SERVER), HTTP(403), .own = GOOD, .ref = "0123456789ab"},
    {"403, and nobody asked", V(HTTP_FORBIDDEN, SERVER), HTTP(403), .unasked = true},
    {"401", V(HTTP_FORBIDDEN, SERVER), HTTP(401)},
    {"421", V(HTTP_MISDIRECTED, BOTH), HTTP(421), .own = GOOD},
    {"a bad chain comes before a 403", V(SERVER_REVOKED, SERVER), HTTP(403), .own = GOOD, .server = {HC_E_REVOKED}},
    {"a 403 comes before no authority", V(HTTP_FORBIDDEN, SERVER), .stage = HC_STAGE_SERVED, .shown = GOOD,
     .ask = HC_ASK_HTTP, .status = 403, .own = GOOD},

    {"SMTP welcomes", V(ACCEPTED, NOBODY), SAID(SMTP, "220 mail.example\r\n250-mail.example\r\n250 OK\r\n"),
     .own = GOOD},
    {"SMTP refuses", V(APPLICATION_REFUSED, SERVER), SAID(SMTP, "220 hi\r\n554 5.7.1 no \x1b[2J access\r\n"),
     .own = GOOD},
    {"SMTP wants one", V(IDENTITY_NEEDED, CLIENT), SAID(SMTP, "530 5.7.0 client certificate required\r\n")},
    {"IMAP welcomes", V(ACCEPTED, NOBODY), SAID(IMAP, "* OK ready\r\na OK NOOP done\r\n"), .own = GOOD},
    {"IMAP says goodbye", V(APPLICATION_REFUSED, SERVER), SAID(IMAP, "* BYE go away\r\n"), .own = GOOD},
    {"IMAP says no", V(APPLICATION_REFUSED, SERVER), SAID(IMAP, "* OK hi\r\na NO no\r\n"), .own = GOOD},
    {"PostgreSQL knows no such user", V(ACCEPTED, NOBODY),
     SAID_N(POSTGRES, "E\0\0\0\x30"
                      "SFATAL\0C28000\0Mrole \"x\" does not exist\0\0"),
     .own = GOOD},
    {"PostgreSQL wants one", V(IDENTITY_NEEDED, CLIENT),
     SAID_N(POSTGRES, "E\0\0\0\x30"
                      "SFATAL\0C28000\0Mconnection requires a valid client certificate\0\0")},
    {"PostgreSQL has no rule", V(APPLICATION_REFUSED, SERVER),
     SAID_N(POSTGRES, "E\0\0\0\x30"
                      "SFATAL\0C28000\0Mno pg_hba.conf entry for host\0\0"),
     .own = GOOD},
    {"PostgreSQL is cut off", V(ACCEPTED, NOBODY),
     SAID_N(POSTGRES, "E\0\0\0\x30"
                      "SFATAL\0Mcer"),
     .own = GOOD},
    {"LDAP answers", V(ACCEPTED, NOBODY), SAID_N(LDAP, "\x30\x0c\x02\x01\x01\x65\x07\x0a\x01\x00\x04\x00\x04\x00"),
     .own = GOOD},
    {"LDAP refuses", V(APPLICATION_REFUSED, SERVER),
     SAID_N(LDAP, "\x30\x0c\x02\x01\x01\x65\x07\x0a\x01\x32\x04\x00\x04\x00"), .own = GOOD},
    {"LDAP is cut off", V(ACCEPTED, NOBODY), SAID_N(LDAP, "\x30\x0c\x02\x04\x01\x65\x07\x0a\x01\x32"), .own = GOOD},
    {0},
};
