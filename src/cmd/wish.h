/* wish.h - the names that a certificate request asks for: taken as they are, or not at all. */
#ifndef HC_CMD_WISH_H
#define HC_CMD_WISH_H

#include "pki/csr.h"
#include "pki/profile.h"

/* The names for a certificate. They are the request's; the array is owned. */
struct hc_wish {
    const struct hc_name *name;         /* the NAME: the first that the profile needs */
    const struct hc_name *const *extra; /* all others, each once */
    size_t n_extra;
    const struct hc_name **own; /* private */
};
void hc_wish_fini(struct hc_wish *wish);

/*
 * --accept-names. All of the request's names or none: a certificate with some of them would be one that nobody asked
 * for.
 *
 *   csr   borrowed for as long as *out lives
 *
 * Fails with HC_E_REQUEST_NAMES: no name, a name that is refused by name.h, names of other types than dns, email, uri
 * and ip or of a type that the profile does not take, none that it needs, more than a certificate carries; with
 * HC_E_NOMEM.
 */
struct hc_rc hc_wish_accept(const struct hc_csr *csr, enum hc_profile profile, struct hc_wish *out, struct hc_err *e);

/* Appends "dns:a.example, dns:b.example and 3 more", or "no name", below 400 bytes, for a message: it is escaped when
 * that is printed. */
void hc_wish_text(const struct hc_csr *csr, struct hc_buf *out);

/* How many extensions it asks for besides names and being a CA: none of them is ever granted. */
size_t hc_wish_extensions(const struct hc_csr *csr);

#endif
