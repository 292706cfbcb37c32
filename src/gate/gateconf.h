/*
 * gateconf.h - what gates are told to do: read from YAML or made from flags, checked as far as the words alone allow.
 *
 * Nothing here opens a file that the configuration names, resolves a name or touches a key: a struct hc_gateconf that
 * exists is consistent in itself. Every field keeps the place where it was written, for later checks that can say
 * where.
 *
 *     struct hc_config_problems *problems = ...zeroed...;
 *     HC_AUTO(hc_gateconf) conf = NULL;
 *     rc = hc_gateconf_load("/etc/handclasp/gate.yaml", &conf, problems, e);
 *     if (rc.code == HC_E_CONFIG_INVALID)
 *         hc_config_problems_print(problems, "/etc/handclasp/gate.yaml", &out);
 */
#ifndef HC_GATE_GATECONF_H
#define HC_GATE_GATECONF_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/err.h"
#include "config/problem.h"
#include "config/value.h"
#include "gate/endpoint.h"
#include "gate/hosts.h"
#include "pki/subtree.h"
#include "pki/verify.h"
#include "policy/route.h"

/* Bounds: generous for people, small for the machine. */
#define HC_GATECONF_GATES_MAX 256
#define HC_GATECONF_CRLS_MAX 64
#define HC_GATE_NAME_MAX 32                 /* goes into file names and log lines */
#define HC_GATECONF_STALE_MAX (30 * HC_DAY) /* who knows no CRL for longer than that does not check at all */

/* No word is 0, so that a forgotten field is not a permission (and 0 of enum hc_clients is `required`). */
enum hc_conf_check { HC_CONF_CHECK_LEAF = 1, HC_CONF_CHECK_CHAIN };

/* An organisation that is trusted, and what its anchors may assert. */
struct hc_anchors_conf {
    struct hc_mark mark;
    struct hc_conf_string name;     /* [a-z0-9-]{1,32}, unique in its bundle; .s NULL: no rule can name it */
    struct hc_conf_string file;     /* absolute */
    struct hc_conf_strings asserts; /* not written: every name; never empty when written */
    struct hc_subtree *subtrees;    /* parsed from it, as many */
};

struct hc_bundle_conf {
    struct hc_mark mark;                            /* said at all? otherwise the bundle of the home */
    struct hc_conf_string file;                     /* absolute; .s NULL when it is a list: */
    HC_CONF_BLOCKS(struct hc_anchors_conf) entries; /* at least one then */
};

struct hc_revocation_conf {
    struct hc_mark mark;        /* said at all? otherwise it comes from the home, with check: chain and stale: refuse */
    struct hc_conf_word none;   /* v is 1 for `revocation: none`; then the rest is empty */
    struct hc_conf_strings crl; /* files or directories, absolute; none: those of the home */
    struct hc_conf_word check;  /* enum hc_conf_check; always set, HC_CONF_CHECK_CHAIN when not written */
    struct hc_conf_string stale; /* as it is written */
    int64_t allow_stale;         /* parsed from it: seconds; 0: refuse, also when not written */
};

/* Whom to trust and how to judge, as one block says it: the whole file, or one gate. */
struct hc_trust_conf {
    struct hc_bundle_conf bundle;
    struct hc_revocation_conf revocation;
    struct hc_conf_word profile; /* enum hc_verify_profile; always set, HC_VERIFY_GATE when not written */
};

/* What is in force for a gate: each key of its own, or else the top one. Points into the configuration. */
struct hc_trust_use {
    const struct hc_bundle_conf *bundle;
    const struct hc_revocation_conf *revocation;
    int profile; /* enum hc_verify_profile */
    bool home;   /* the identity of a gate with it is of the home: so is the bundle that is not said */
};

struct hc_gate_identity {
    struct hc_mark mark;
    struct hc_conf_string name;        /* an identity of the home, or .s NULL and both of: */
    struct hc_conf_string certificate; /* chain file, absolute */
    struct hc_conf_string key;         /* absolute */
};

struct hc_route_conf {
    struct hc_mark mark;
    struct hc_conf_string path;     /* begins with "/"; .s NULL for a relay, which has exactly one route */
    struct hc_conf_strings methods; /* not written: every method; never empty when written */
    struct hc_conf_strings allow;   /* always written; empty admits nobody */
    struct hc_conf_strings deny;
    struct hc_conf_strings issued_by; /* names of entries of the gate's bundle, and fingerprints */
};

struct hc_gate_conf {
    struct hc_mark mark;
    struct hc_conf_string name; /* [a-z0-9-]{1,32}, unique */
    struct hc_conf_string listen_text;
    struct hc_listen listen;      /* parsed from it; two gates have the same or do not clash */
    struct hc_conf_strings hosts; /* not written: the DNS names of its certificate; never empty when written */
    struct hc_host *host;         /* parsed from it, as many */
    struct hc_gate_identity identity;
    struct hc_conf_word clients;                 /* enum hc_clients; always set */
    struct hc_conf_string forward_text;          /* exactly one of forward and serve */
    struct hc_forward forward;                   /* parsed from it; kind HC_FORWARD_NONE when the gate serves files */
    struct hc_conf_string serve;                 /* absolute directory, or .s NULL */
    HC_CONF_BLOCKS(struct hc_route_conf) routes; /* at least one */
    struct hc_trust_conf trust;                  /* what it says of its own */
    size_t trust_index;                          /* which of the configuration's trusts is in force */
};

struct hc_arena;

struct hc_gateconf {
    struct hc_mark mark;
    /*
     * Both bundle and revocation are always said, here or there, for a gate whose identity is given by files and that
     * must judge a certificate: a client's (clients other than none) or its back end's (https, tls).
     */
    struct hc_trust_conf trust;
    /* The first is that of every gate that says nothing of its own; then one for each gate that does. */
    struct hc_trust_use *trusts;
    size_t n_trusts;
    HC_CONF_BLOCKS(struct hc_gate_conf) gates; /* at least one */
    struct hc_arena *arena;                    /* owns every byte of this, the struct included */
};

/* Releases all of it. NULL-safe. */
void hc_gateconf_free(struct hc_gateconf *conf);
HC_DEFINE_AUTO(hc_gateconf)

/*
 * Reads a configuration from text. `file_name` is only for messages. `problems` must be empty; it gets every mistake,
 * sorted. `out` is given to the caller on success and untouched on failure.
 *
 * Fails with HC_E_CONFIG_INVALID when there is any problem (the error says how many, and the first), HC_E_NOMEM.
 */
struct hc_rc hc_gateconf_parse(struct hc_bytes yaml, const char *file_name, struct hc_gateconf **out,
                               struct hc_config_problems *problems, struct hc_err *e);

/*
 * The same from a file, which nobody but its owner or root may be able to write (T44).
 * Fails also with HC_E_PERMISSIONS, HC_E_FILE_MISSING, HC_E_FILE_UNREADABLE, HC_E_FILE_EMPTY, HC_E_TOO_BIG. Blocks.
 */
struct hc_rc hc_gateconf_load(const char *path, struct hc_gateconf **out, struct hc_config_problems *problems,
                              struct hc_err *e);

/* The options of `handclasp gate`, as they were given; NULL or 0 for one that was not. Borrowed for the call. */
struct hc_gate_flags {
    const char *name; /* "gate" when not given */
    const char *listen;
    const char *identity; /* or certificate and key */
    const char *certificate;
    const char *key;
    const char *clients; /* "required" when not given */
    const char *forward; /* or serve */
    const char *serve;
    const char *bundle;
    const char *const *crl;
    size_t n_crl;
    bool no_revocation;  /* the option that says `revocation: none` */
    const char *stale;   /* "refuse", "allow-for 6h" */
    const char *profile; /* "gate", "rfc5280", "webpki", "spiffe" */
    const char *const *allow;
    size_t n_allow;
    const char *const *deny;
    size_t n_deny;
};

/*
 * One gate from flags, with the same checks; places in problems are options ("--listen"), and paths may be relative.
 * The gate has one route: for HTTP and files its path is "/" and two stars, for a relay it has none. Fails like
 * hc_gateconf_parse.
 */
struct hc_rc hc_gateconf_from_flags(const struct hc_gate_flags *flags, struct hc_gateconf **out,
                                    struct hc_config_problems *problems, struct hc_err *e);

/* Appends the manual of every key, made from the tables that the parser uses. */
void hc_gateconf_manual(struct hc_buf *out);

#endif
