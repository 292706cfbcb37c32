/*
 * crl_read.h - the one reader of CRLs [RFC 5280 5]: strict DER, fed in pieces of any size, in constant memory.
 *
 * Bytes go in, what they say is called back in the order of the file: the head, each revoked entry, the tail. Nothing
 * of it may be believed before the end was reached and the signature was verified, so a caller collects and judges
 * afterwards. hc_crl_parse and the gate's table are both made by it: what one of them takes for a CRL, the other does.
 *
 * Required of every CRL: version 2, nextUpdate [RFC 5280 5.1.2.5] and a CRL number that is not critical [RFC 5280
 * 5.2.3]. A CRL without nextUpdate would never be stale, and one without a number could be replaced by an older one
 * unnoticed (T16); no issuer that keeps to RFC 5280 makes one. Refused: version 1, unknown critical extensions of the
 * CRL or an entry, removeFromCRL outside a delta CRL, a BaseCRLNumber above the CRL's own number. Read, and told to the
 * caller: delta, partial and indirect CRLs.
 */
#ifndef HC_PKI_CRL_READ_H
#define HC_PKI_CRL_READ_H

#include "base/auto.h"
#include "base/buf.h"
#include "crypto/digest.h"
#include "crypto/hash.h"
#include "pki/crl.h"

struct hc_crl_read;

/* How much of one element is ever held. Each is far above what real CRLs have. */
#define HC_CRL_READ_NAME (64 * 1024)
#define HC_CRL_READ_ENTRY (16 * 1024)
#define HC_CRL_READ_EXTENSIONS (64 * 1024)
#define HC_CRL_READ_SIGNATURE 2048 /* RSA of 8192 bits needs 1024 */

/* Ed25519 signs the message itself, so it must be kept until its issuer is known: some 200,000 entries. */
#define HC_CRL_READ_MESSAGE (8 * 1024 * 1024)

/* A view that is called back points into the piece that was fed when the element lies in it whole, and into the
 * reader otherwise: then it ends with the call. Whoever feeds everything in one piece may keep the views. */
struct hc_crl_head {
    struct hc_bytes sig_alg; /* the AlgorithmIdentifier element */
    struct hc_bytes issuer;  /* the Name element, not empty, clean */
    int64_t this_update;
    int64_t next_update; /* not before this_update */
};

struct hc_crl_read_entry {
    struct hc_bytes serial; /* contents of the INTEGER, 1 to 20 bytes */
    int64_t time;
    enum hc_crl_reason reason; /* HC_CRL_REMOVE_FROM_CRL too */
};

struct hc_crl_tail {
    struct hc_bytes number; /* contents of the INTEGER, not negative, 1 to 20 bytes */
    struct hc_bytes aki;    /* key identifier; empty when absent */
    struct hc_bytes base;   /* BaseCRLNumber of a delta CRL; empty: it is none */
    struct hc_bytes idp;    /* value of issuingDistributionPoint; empty when absent; hc_crl_scope_parse takes it */
};

/* What the caller wants to hear. Each may fail, which ends the reading with that error. None is NULL. */
struct hc_crl_read_sink {
    struct hc_rc (*head)(void *ctx, const struct hc_crl_head *head, struct hc_err *e);
    struct hc_rc (*entry)(void *ctx, const struct hc_crl_read_entry *entry, struct hc_err *e);
    struct hc_rc (*tail)(void *ctx, const struct hc_crl_tail *tail, struct hc_err *e);
    void *ctx;
    bool verify; /* make what is needed to verify the signature, and the hash of the whole; otherwise neither is made */
};

/* Fails with HC_E_NOMEM. */
struct hc_rc hc_crl_read_new(const struct hc_crl_read_sink *sink, struct hc_crl_read **out, struct hc_err *e);

/* NULL-safe. */
void hc_crl_read_free(struct hc_crl_read *r);
HC_DEFINE_AUTO(hc_crl_read)

/*
 * Takes the next piece. After a failure nothing more may be fed.
 * Fails with HC_E_CRL_MALFORMED, HC_E_CRL_UNSUPPORTED (an unknown critical extension; with `verify` also an algorithm
 * that is not accepted, and Ed25519 over more than HC_CRL_READ_MESSAGE), HC_E_TOO_BIG (more than HC_CRL_MAX, told at
 * the first bytes), HC_E_NOMEM, and what the sink fails with. Does not block.
 */
struct hc_rc hc_crl_read_feed(struct hc_crl_read *r, struct hc_bytes piece, struct hc_err *e);

/* What is known at the end. */
struct hc_crl_read_end {
    size_t tbs_at, tbs_n;      /* where in the whole what is signed lies */
    struct hc_bytes signature; /* as with the views above; of the reader's own until it is freed */
    bool indirect; /* an entry names an issuer of its own [RFC 5280 5.3.3], or the distribution point says so */
    /* with `verify`: */
    uint8_t hash[HC_SHA256_SIZE]; /* of the whole */
    uint8_t digest[HC_HASH_MAX];  /* of what is signed, by the hash of the algorithm; hc_spki_verify_digest takes it */
    size_t n_digest;              /* 0: the algorithm wants the message */
    struct hc_buf *message;       /* what is signed, when n_digest is 0; the caller may take it out */
};

/* The input is over: was it one whole CRL? Fails with HC_E_CRL_MALFORMED. `out` is valid until the reader is freed. */
struct hc_rc hc_crl_read_end(struct hc_crl_read *r, struct hc_crl_read_end *out, struct hc_err *e);

#endif
