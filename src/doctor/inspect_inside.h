/*
 * inspect_inside.h - what the files of `inspect` share; for inspect*.c and their tests only.
 *
 *   inspect.c          collects: files, things found in them, what could not be read
 *   inspect_kind.c     recognises what bytes are
 *   inspect_pem.c      finds the blocks of PEM text
 *   inspect_read.c     reads one thing of each kind;  inspect_boxes.c: files that hold several
 *   inspect_facts.c    reads what can be read of a thing that the strict parsers refuse
 *   inspect_words.c    says what a thing is, in a sentence;  inspect_fields.c: in fields
 *   inspect_links.c    who issued whom;  inspect_match.c: what belongs together
 *   inspect_out.c      puts it on paper
 */
#ifndef HC_DOCTOR_INSPECT_INSIDE_H
#define HC_DOCTOR_INSPECT_INSIDE_H

#include "crypto/digest.h"
#include "doctor/inspect.h"
#include "pki/cert.h"
#include "pki/crl.h"
#include "pki/csr.h"
#include "pki/ocsp.h"

#define HC_INSPECT_FILES 1000 /* as many as a command line gives */
#define HC_INSPECT_NOTES 512  /* things said about files */
#define HC_INSPECT_NAME 255   /* bytes of what a file calls a thing */
#define HC_INSPECT_NONE SIZE_MAX

/* ---- what was found ---- */

enum hc_inspect_kind {
    HC_INSPECT_CERTIFICATE,
    HC_INSPECT_REQUEST,
    HC_INSPECT_CRL,
    HC_INSPECT_OCSP,
    HC_INSPECT_PRIVATE_KEY,
    HC_INSPECT_PUBLIC_KEY,
};

enum hc_inspect_form {
    HC_INSPECT_FORM_UNKNOWN,
    HC_INSPECT_FORM_PEM,
    HC_INSPECT_FORM_DER,
    HC_INSPECT_FORM_P12,
    HC_INSPECT_FORM_P7,
    HC_INSPECT_FORM_JWKS,
};

/* What can be read of a thing whose parser refuses it. Views into the thing's own DER; empty: could not be read. */
struct hc_inspect_facts {
    struct hc_bytes serial, issuer, subject, spki;
    bool has_dates;
    int64_t from, until;
};

struct hc_inspect_item {
    enum hc_inspect_kind kind;
    size_t file;
    size_t number;         /* in its file, from 1 */
    size_t line;           /* where its PEM block begins; 0: it is no PEM */
    struct hc_buf name;    /* what the file calls it: friendly name, kid; a stranger's bytes */
    struct hc_buf der;     /* never of a private key */
    struct hc_buf spki;    /* of keys, where it could be read */
    struct hc_err refused; /* the rule that it breaks; HC_OK_CODE: none */
    /* One of these; none when it is refused, or is a key. */
    struct hc_cert *cert;
    struct hc_csr *csr;
    struct hc_crl *crl;
    struct hc_ocsp *ocsp;
    struct hc_inspect_facts facts;
    bool bare;      /* a private key that lay there without encryption */
    bool published; /* a private key in a set of keys that is made to be published */
    bool symmetric; /* a secret without a public half */
};

/* About a file: what could not be read (code), or what is worth knowing (HC_OK_CODE). */
struct hc_inspect_note {
    size_t file;
    struct hc_err about;
};

struct hc_inspect_file {
    char *label;
    enum hc_inspect_form form;
    size_t n_items;
};

struct hc_inspection {
    const struct hc_crypto *c; /* borrowed */
    int64_t now;
    struct hc_inspect_file *file;
    struct hc_inspect_item **item;
    struct hc_inspect_note **note;
    size_t n_files, n_items, n_notes;
    size_t lost_notes;
};

/* ---- collecting ---- */

/* Where things are found, while one file is read. */
struct hc_inspect_place {
    struct hc_inspection *in;
    size_t file;
    const struct hc_secret *passphrase; /* may be NULL */
    size_t line;                        /* of the PEM block; 0 */
    size_t block;                       /* its number, from 1; 0 */
    const char *label;                  /* of the PEM block; NULL */
    struct hc_bytes name;               /* what the file calls the thing */
    bool sealed;                        /* it comes out of something encrypted */
    uint64_t rounds;                    /* of key derivation, spent on this file */
    struct hc_err first;                /* the first thing that could not be read */
};

/* A new thing in the file; the inspection's. Fails with HC_E_TOO_BIG (too many), HC_E_NOMEM. */
struct hc_rc hc_inspection_item(struct hc_inspect_place *at, enum hc_inspect_kind kind, struct hc_inspect_item **out,
                                struct hc_err *e);

/* Something could not be read: remembered, and reading goes on. Fails only with HC_E_NOMEM and HC_E_TOO_BIG, which end
 * it. */
struct hc_rc hc_inspection_problem(struct hc_inspect_place *at, struct hc_err *what, struct hc_err *e);

/* Something worth knowing about the file. Fails with HC_E_NOMEM. */
struct hc_rc hc_inspection_note(struct hc_inspect_place *at, struct hc_err *e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- recognising ---- */

enum hc_inspect_shape {
    HC_INSPECT_SHAPE_UNKNOWN,
    HC_INSPECT_SHAPE_CERTIFICATE,
    HC_INSPECT_SHAPE_REQUEST,
    HC_INSPECT_SHAPE_CRL,
    HC_INSPECT_SHAPE_OCSP,
    HC_INSPECT_SHAPE_OCSP_REQUEST,
    HC_INSPECT_SHAPE_PKCS8,
    HC_INSPECT_SHAPE_PKCS8_SEALED,
    HC_INSPECT_SHAPE_SEC1,
    HC_INSPECT_SHAPE_PKCS1,
    HC_INSPECT_SHAPE_PKCS1_PUBLIC,
    HC_INSPECT_SHAPE_DSA,
    HC_INSPECT_SHAPE_SPKI,
    HC_INSPECT_SHAPE_PARAMETERS,
    HC_INSPECT_SHAPE_P12,
    HC_INSPECT_SHAPE_P7,
};

/* By the outline of one DER element; for BER with an indefinite length only P12 and P7 are told. */
enum hc_inspect_shape hc_inspect_kind_of(struct hc_bytes der);

/* "a certificate", "a request for a certificate". Static storage. */
const char *hc_inspect_kind_text(enum hc_inspect_shape shape);

/* What a file is that is of no kind known here: "this is an OpenSSH public key; ...". Static storage, never NULL. */
const char *hc_inspect_kind_foreign(struct hc_bytes contents);

/* The same for the label of a PEM block; NULL: it is not known either. */
const char *hc_inspect_kind_foreign_label(struct hc_bytes label);

/* ---- reading; each records problems and fails only as hc_inspection_problem does ---- */

/* One DER element, of any kind. */
struct hc_rc hc_inspect_read_element(struct hc_inspect_place *at, struct hc_bytes der, struct hc_err *e);
/* A private key as one PEM block with its boundaries. `sealed`: it is encrypted. */
struct hc_rc hc_inspect_read_key(struct hc_inspect_place *at, struct hc_bytes pem, bool sealed, struct hc_err *e);
/* A private key that was read; `bare` as in the item. */
struct hc_key;
struct hc_rc hc_inspect_read_held_key(struct hc_inspect_place *at, const struct hc_key *key, bool bare,
                                      struct hc_err *e);
/* Whatever follows from another one's refusal: an item without contents. */
struct hc_rc hc_inspect_read_refused(struct hc_inspect_place *at, enum hc_inspect_kind kind, const struct hc_err *why,
                                     struct hc_err *e);
/* May so many rounds of key derivation be spent on this file as well? Otherwise false, and *why says so. */
bool hc_inspect_read_afford(struct hc_inspect_place *at, uint64_t rounds, struct hc_err *why);
struct hc_rc hc_inspect_read_public(struct hc_inspect_place *at, struct hc_bytes spki, struct hc_err *e);

struct hc_rc hc_inspect_boxes_p12(struct hc_inspect_place *at, struct hc_bytes file, struct hc_err *e);
struct hc_rc hc_inspect_boxes_p7(struct hc_inspect_place *at, struct hc_bytes file, struct hc_err *e);
struct hc_rc hc_inspect_boxes_jwks(struct hc_inspect_place *at, struct hc_bytes text, struct hc_err *e);

/* All blocks of PEM text. *n gets how many boundaries there were: none means that it is no PEM. */
struct hc_rc hc_inspect_pem_read(struct hc_inspect_place *at, struct hc_bytes text, size_t *n, struct hc_err *e);

/* Fills item->facts from item->der. */
void hc_inspect_facts_read(struct hc_inspect_item *item);

/* ---- telling ---- */

/* The certificate's, request's or key's public key; empty when it could not be read. */
struct hc_bytes hc_inspect_item_spki(const struct hc_inspect_item *item);

/* The sentence about a thing; escaped. */
void hc_inspect_words_item(const struct hc_inspection *in, const struct hc_inspect_item *item, struct hc_buf *out);
/* Whose it is: "shop.example.com"; escaped. */
void hc_inspect_words_who(const struct hc_inspect_item *item, struct hc_buf *out);
/* Where it is: "key.pem", "chain.pem no. 2"; escaped. */
void hc_inspect_words_where(const struct hc_inspection *in, const struct hc_inspect_item *item, struct hc_buf *out);
/* A distinguished name in one word, its common name if it has one; escaped. */
void hc_inspect_words_dn(struct hc_bytes dn, struct hc_buf *out);
/* "P-256", "RSA of 2048 bits"; escaped. */
void hc_inspect_words_key(struct hc_bytes spki, struct hc_buf *out);

/* Who issued whom. */
struct hc_inspect_links {
    size_t issuer[HC_INSPECT_ITEMS];   /* the item whose key signed this certificate; HC_INSPECT_NONE */
    size_t namesake[HC_INSPECT_ITEMS]; /* one of the issuer's name whose key did not sign it; HC_INSPECT_NONE */
    bool untried[HC_INSPECT_ITEMS];    /* no issuer was found, and not every candidate was tried */
    size_t toil;                       /* signatures that may still be verified */
};
void hc_inspect_links_find(const struct hc_inspection *in, struct hc_inspect_links *out);
/* Is `signer` the certificate whose key made this signature? Spends toil; untried when none is left, and then nobody is
 * to be told that it is forged. */
enum hc_inspect_proof {
    HC_INSPECT_REFUTED,
    HC_INSPECT_PROVEN,
    HC_INSPECT_UNTRIED,
};
struct hc_signed;
enum hc_inspect_proof hc_inspect_links_signed(const struct hc_inspection *in, struct hc_inspect_links *links,
                                              const struct hc_cert *signer, const struct hc_signed *what);
/* Spends the toil of one signature over so many bytes; false when too little is left. */
bool hc_inspect_links_afford(struct hc_inspect_links *links, size_t bytes);
/* Certificate, issuer, its issuer, ...; returns how many. */
#define HC_INSPECT_CHAIN 16
size_t hc_inspect_links_chain(const struct hc_inspection *in, const struct hc_inspect_links *links, size_t from,
                              size_t chain[HC_INSPECT_CHAIN]);

/* Fields, as text or as members of a JSON object: json is NULL for text. */
struct hc_inspect_sink {
    struct hc_buf *out;
    struct hc_json *json;
};
void hc_inspect_fields_item(const struct hc_inspection *in, const struct hc_inspect_item *item,
                            struct hc_inspect_sink *sink);

/* One relation between things, or one thing to look at. */
struct hc_inspect_tie {
    const char *kind; /* "key-of-certificate"; stable */
    bool trouble;     /* something to look at */
    size_t a, b;      /* items; b may be HC_INSPECT_NONE */
    const char *text; /* a sentence; escaped */
};
struct hc_inspect_ties {
    const struct hc_inspection *in;
    struct hc_inspect_links *links;
    void (*tell)(void *ctx, const struct hc_inspect_tie *tie);
    void *ctx;
    struct hc_buf text;          /* the sentence while it is made */
    bool copy[HC_INSPECT_ITEMS]; /* it is the same as one before it */
    enum hc_code failed;         /* a sentence that could not be made */
};
void hc_inspect_match_all(struct hc_inspect_ties *t);

#endif
