/*
 * names.h - what issue, sign, renew, export and list read from a command line in the same way: names, lifetimes,
 * labels, kinds of keys, platforms, passphrases of .p12 files.
 *
 * Strings are those of argv. What a function fills is untouched when its option was not given.
 */
#ifndef HC_CMD_NAMES_H
#define HC_CMD_NAMES_H

#include "base/secret.h"
#include "cmd/opts.h"
#include "crypto/key.h"
#include "crypto/p12.h"
#include "pki/name.h"
#include "pki/profile.h"

/* The longest lifetime that is not certainly a slip; the issuer's own end comes long before. */
#define HC_NAMES_DAYS_MAX 36500

/* For the tables of options. */
#define HC_OPTIONS_NAMES                                                                                               \
    {"dns", "NAME", "a further DNS name", true}, {"ip", "ADDRESS", "a further IP address", true},                      \
        {"email", "ADDRESS", "a further e-mail address", true},                                                        \
    {                                                                                                                  \
        "uri", "URI", "a further URI", true                                                                            \
    }
#define HC_OPTION_ISSUER                                                                                               \
    {                                                                                                                  \
        "issuer", "NAME", "the CA that signs (the newest that may)", false                                             \
    }
#define HC_OPTION_KEY                                                                                                  \
    {                                                                                                                  \
        "key", "KIND", "p256, p384, ed25519 or rsa3072", false                                                         \
    }
#define HC_OPTION_FOR                                                                                                  \
    {                                                                                                                  \
        "for", "PLATFORM", "what opens the .p12; see export --help", false                                             \
    }
#define HC_OPTIONS_P12                                                                                                 \
    {"p12-passphrase-file", "FILE", "passphrase of a person's .p12", false},                                           \
    {                                                                                                                  \
        "p12-passphrase-fd", "N", "the same from an open descriptor", false                                            \
    }

/* The names of --dns, --ip, --email and --uri in their order. */
struct hc_names_given {
    struct hc_name **name; /* owned, as the array is */
    size_t n;
};
void hc_names_given_fini(struct hc_names_given *given);
#define HC_NAMES_GIVEN(given) __attribute__((cleanup(hc_names_given_fini))) struct hc_names_given given = {NULL, 0}

/* Fails with HC_E_IDENTITY_NAME, naming the value, HC_E_NOMEM. */
struct hc_rc hc_names_further(const struct hc_opts *opts, struct hc_names_given *out, struct hc_err *e);

/* --days or --hours (where the command has it) in seconds. Fails with HC_E_LIFETIME, HC_E_USAGE (both). */
struct hc_rc hc_names_lifetime(const struct hc_opts *opts, int64_t *seconds, struct hc_err *e);

/* The value of `option` as a time span: "7d", "12h", or days without a unit. Fails with HC_E_USAGE. */
struct hc_rc hc_names_span(const struct hc_opts *opts, const char *option, int64_t *seconds, struct hc_err *e);

/* --as. Fails with HC_E_USAGE when it is empty. */
struct hc_rc hc_names_label(const struct hc_opts *opts, const char **label, struct hc_err *e);

/* --issuer. Fails with HC_E_USAGE when it is empty; whether there is such an issuer is the authority's to say. */
struct hc_rc hc_names_issuer(const struct hc_opts *opts, const char **issuer, struct hc_err *e);

/* --key. Fails with HC_E_USAGE. */
struct hc_rc hc_names_key(const struct hc_opts *opts, bool *given, enum hc_key_kind *kind, struct hc_err *e);

/* --for; *given (may be NULL) tells whether it was there. Fails with HC_E_USAGE. */
struct hc_rc hc_names_for(const struct hc_opts *opts, bool *given, enum hc_p12_for *kind, struct hc_err *e);

/*
 * --p12-passphrase-file or -fd; never asked for, as the CA keys' own may be. NULL stays NULL when neither is given:
 * then one is made. Fails as hc_passphrase_get does.
 */
struct hc_rc hc_names_p12_passphrase(const struct hc_opts *opts, struct hc_secret **out, struct hc_err *e);

#endif
