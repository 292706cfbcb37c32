/*
 * snapshot.h - the immutable compiled configuration that a gate runs on.
 *
 * Made by one thread, then only read, by any number of threads, until its last owner lets go. A change of any file
 * makes a new snapshot; connections keep the gate they began with: its rules, identity and back end. What only the
 * newest snapshot is asked for (ports, bundle, revocation) goes with its last owner, however long a connection lasts,
 * so that nothing piles up under reloads.
 */
#ifndef HC_GATE_SNAPSHOT_H
#define HC_GATE_SNAPSHOT_H

#include <stdatomic.h>

#include "base/auto.h"
#include "base/err.h"
#include "crypto/key.h"
#include "crypto/lib.h"
#include "gate/gateconf.h"
#include "gate/hosts.h"
#include "gate/port.h"
#include "net/sock.h"
#include "net/tls.h"
#include "pki/bundle.h"
#include "pki/cert.h"
#include "pki/revocation.h"
#include "pki/verify.h"
#include "policy/route.h"

/* What a gate presents; shared by the snapshots that present it. */
struct hc_own {
    atomic_uint refs;
    struct hc_cert_list chain; /* the leaf first, without the root */
    struct hc_key *key;
};

/* Whom gates trust, and how they judge. Gates that say nothing of their own share the first. */
struct hc_trust {
    struct hc_bundle *bundle; /* NULL: no gate with it judges a certificate */
    enum hc_verify_profile profile;
    enum hc_revocation_mode mode;
    int64_t allow_stale;              /* seconds; `stale: allow-for` */
    struct hc_revocation *revocation; /* NULL with HC_REVOCATION_NONE */
};

/* One gate. Everything is owned by its snapshot. */
struct hc_snapshot_gate {
    char name[HC_GATE_NAME_MAX + 1];
    enum hc_clients clients;
    size_t trust; /* index into the snapshot's trusts */
    /*
     * The auth domain: SHA-256 over everything that the judgement of a client rests on but the client, its name and the
     * state of the CRLs: the anchors with what they may assert, `clients`, the profile, `check`, `stale`, and where the
     * CRLs are. What was judged in one domain (a session, a checked chain, a coalesced request) counts in no other.
     */
    uint8_t domain[HC_TLS_DOMAIN];
    struct hc_hosts *hosts;  /* the server names that it answers to */
    struct hc_listen listen; /* where it listens; two gates have the same one or do not clash */
    bool shares;             /* other gates listen at the same address: the server name decides between them */
    struct hc_port *port;    /* NULL when built without ports; shared by the gates of one address */
    struct hc_policy *policy;
    struct hc_own *own;
    struct hc_forward forward; /* kind HC_FORWARD_NONE: files */
    struct hc_addr upstream;   /* of forward */
    int serve;                 /* the directory that is served; -1: none */
};

struct hc_snapshot {
    uint64_t generation;      /* 1, 2, 3 ... */
    struct hc_crypto *crypto; /* borrowed */
    size_t n_trusts;
    struct hc_trust *trusts; /* what is in them is gone once a newer snapshot was taken over */
    int64_t not_after;       /* of the gates' own certificates, the earliest; seconds */
    size_t n_gates;
    struct hc_snapshot_gate *gates;
};

/* Something that is broken while the last good state of it is kept. */
typedef void hc_gate_alarm(void *ctx, enum hc_code code, const char *source, const char *text);

/* All borrowed for the call, but crypto for the life of the snapshot. */
struct hc_snapshot_input {
    struct hc_crypto *crypto;
    const struct hc_gateconf *conf;
    const char *home;                   /* NULL: none; then identities by name are an error */
    unsigned workers;                   /* sockets for each port; 0: open none, only check the rest */
    const struct hc_snapshot *previous; /* NULL at the start */
    /* The configuration is the same as that of `previous`: what cannot be read now is taken from there. */
    bool keep_broken;
    /* Is a CRL older than one that was accepted in an earlier life? NULL: nothing is remembered. */
    bool (*older_than_known)(void *ctx, const struct hc_revocation_mark *mark);
    void *known_ctx;
    int64_t now; /* never below the time floor */
    hc_gate_alarm *alarm;
    void *alarm_ctx;
};

/*
 * Reads every file that the configuration names, resolves back ends, opens ports. Refuses keys that others can read,
 * and bundles, CRL directories and files that others can write (T44), and any certificate of its own that is expired.
 * Fails with the code of whatever is wrong; the sentence names the gate and the file. Blocks.
 */
struct hc_rc hc_snapshot_build(const struct hc_snapshot_input *input, struct hc_snapshot **out, struct hc_err *e);

/* An owner more. */
struct hc_snapshot *hc_snapshot_ref(struct hc_snapshot *s);
/* An owner less. The last one closes the ports. NULL-safe; any thread. */
void hc_snapshot_free(struct hc_snapshot *s);
HC_DEFINE_AUTO(hc_snapshot)

/* Keeps the gates (all but their ports) in memory beyond the last owner. */
struct hc_snapshot *hc_snapshot_keep(struct hc_snapshot *s);
/* NULL-safe; any thread. */
void hc_snapshot_let_go(struct hc_snapshot *s);

/* The gate of that name, or NULL; a snapshot that is NULL has none. Valid as long as the snapshot is kept. */
const struct hc_snapshot_gate *hc_snapshot_gate(const struct hc_snapshot *s, const char *name);

/* The trust of the gate of that name, or NULL. Borrowed from the snapshot. */
const struct hc_trust *hc_snapshot_trust(const struct hc_snapshot *s, const char *name);

/*
 * Which gate on the address of `near` answers to `name` (canonical, see hosts.h; empty: none was given)? With one gate
 * there: that one, whatever the name. With several: the one that has the name, an exact one before a wildcard; NULL
 * when none has it or none was given (T7: there is no default), or none listens there any more. `near` may be of an
 * older snapshot. Borrowed from `s`.
 */
const struct hc_snapshot_gate *hc_snapshot_at(const struct hc_snapshot *s, const struct hc_snapshot_gate *near,
                                              struct hc_bytes name);

/* How a chain is judged under this trust; fields that the trust does not say are zero. Borrows from it. */
struct hc_verify_policy hc_trust_policy(const struct hc_trust *trust, enum hc_verify_purpose purpose, int64_t now);

/* The files and directories that a configuration depends on, for a watcher: calls `each` for every path. Fails with
 * HC_E_TOO_BIG. */
struct hc_rc hc_snapshot_paths(const struct hc_gateconf *conf, const char *home,
                               void (*each)(void *ctx, const char *path), void *ctx, struct hc_err *e);

#endif
