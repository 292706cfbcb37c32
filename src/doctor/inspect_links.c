/* inspect_links.c - who issued whom: names find the candidates, signatures decide. */
#include "crypto/spki.h"
#include "doctor/inspect_inside.h"

/* Signatures for one output: a second of work. Files in which every certificate has the same name cannot make it more. */
#define TOIL 4000
#define TOIL_BYTES (64u << 10) /* a CRL may have megabytes, and hashing so many takes as long as one signature more */

bool hc_inspect_links_afford(struct hc_inspect_links *links, size_t bytes)
{
    size_t cost = 1 + bytes / TOIL_BYTES;
    if (links->toil < cost) {
        links->toil = 0;
        return false;
    }
    links->toil -= cost;
    return true;
}

enum hc_inspect_proof hc_inspect_links_signed(const struct hc_inspection *in, struct hc_inspect_links *links,
                                              const struct hc_cert *signer, const struct hc_signed *what)
{
    struct hc_err why;
    if (!hc_inspect_links_afford(links, what->message.n))
        return HC_INSPECT_UNTRIED;
    return hc_ok(hc_spki_verify(in->c, signer->spki, what, &why)) ? HC_INSPECT_PROVEN : HC_INSPECT_REFUTED;
}

static void find_issuer(const struct hc_inspection *in, size_t at, struct hc_inspect_links *links)
{
    const struct hc_cert *cert = in->item[at]->cert;
    struct hc_signed what = {.algorithm = cert->sig_alg, .message = cert->tbs, .signature = cert->signature};
    for (size_t i = 0; i < in->n_items && links->issuer[at] == HC_INSPECT_NONE; i++) {
        const struct hc_cert *other = in->item[i]->cert;
        if (!other || !hc_dn_eq(cert->issuer, other->subject) || (i != at && hc_cert_eq(cert, other)))
            continue;
        enum hc_inspect_proof proof = hc_inspect_links_signed(in, links, other, &what);
        links->untried[at] |= proof == HC_INSPECT_UNTRIED;
        if (proof == HC_INSPECT_PROVEN)
            links->issuer[at] = i;
        else if (i != at)
            links->namesake[at] = i;
    }
    if (links->issuer[at] != HC_INSPECT_NONE) {
        links->namesake[at] = HC_INSPECT_NONE;
        links->untried[at] = false;
    }
}

void hc_inspect_links_find(const struct hc_inspection *in, struct hc_inspect_links *out)
{
    out->toil = TOIL;
    for (size_t i = 0; i < HC_INSPECT_ITEMS; i++) {
        out->issuer[i] = out->namesake[i] = HC_INSPECT_NONE;
        out->untried[i] = false;
    }
    for (size_t i = 0; i < in->n_items; i++)
        if (in->item[i]->cert)
            find_issuer(in, i, out);
}

size_t hc_inspect_links_chain(const struct hc_inspection *in, const struct hc_inspect_links *links, size_t from,
                              size_t chain[HC_INSPECT_CHAIN])
{
    size_t n = 0;
    (void)in;
    while (n < HC_INSPECT_CHAIN) {
        chain[n++] = from;
        size_t next = links->issuer[from];
        for (size_t i = 0; next != HC_INSPECT_NONE && i < n; i++)
            if (chain[i] == next)
                next = HC_INSPECT_NONE; /* a root, or certificates that issued each other */
        if (next == HC_INSPECT_NONE)
            break;
        from = next;
    }
    return n;
}
