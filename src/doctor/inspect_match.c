/* inspect_match.c - what belongs together, and what does not although it looks like it. */
#include "base/clock.h"
#include "crypto/spki.h"
#include "doctor/inspect_inside.h"
#include "pki/ocsp_answers.h"

/* ---- sentences ---- */

static struct hc_buf *begin(struct hc_inspect_ties *t)
{
    hc_buf_clear(&t->text);
    return &t->text;
}

static void where(struct hc_inspect_ties *t, size_t at)
{
    hc_inspect_words_where(t->in, t->in->item[at], &t->text);
}

/* "the certificate of shop.example.com (chain.pem no. 1)" */
static void whose(struct hc_inspect_ties *t, size_t at)
{
    static const char *const NOUN[] = {
        [HC_INSPECT_CERTIFICATE] = "the certificate of ",
        [HC_INSPECT_REQUEST] = "the request for ",
        [HC_INSPECT_CRL] = "the CRL of ",
        [HC_INSPECT_OCSP] = "the OCSP response",
        [HC_INSPECT_PRIVATE_KEY] = "the private key",
        [HC_INSPECT_PUBLIC_KEY] = "the public key",
    };
    const struct hc_inspect_item *item = t->in->item[at];
    hc_buf_add_str(&t->text, NOUN[item->kind]);
    if (item->kind <= HC_INSPECT_CRL)
        hc_inspect_words_who(item, &t->text);
    hc_buf_add_str(&t->text, " (");
    where(t, at);
    hc_buf_add_str(&t->text, ")");
}

/* "Example CA (chain.pem no. 2)" */
static void named(struct hc_inspect_ties *t, size_t at)
{
    hc_inspect_words_who(t->in->item[at], &t->text);
    hc_buf_add_str(&t->text, " (");
    where(t, at);
    hc_buf_add_str(&t->text, ")");
}

static void tell(struct hc_inspect_ties *t, const char *kind, bool trouble, size_t a, size_t b)
{
    struct hc_inspect_tie tie = {.kind = kind, .trouble = trouble, .a = a, .b = b};
    if (t->text.n > 0 && t->text.p[0] >= 'a' && t->text.p[0] <= 'z')
        t->text.p[0] = (uint8_t)(t->text.p[0] - 32); /* a sentence begins */
    hc_buf_add_str(&t->text, ".");
    if (t->text.failed != HC_OK_CODE)
        t->failed = t->text.failed;
    tie.text = hc_buf_cstr(&t->text);
    t->tell(t->ctx, &tie);
}

/* ---- keys ---- */

static bool is_key(const struct hc_inspect_item *item)
{
    return item->kind == HC_INSPECT_PRIVATE_KEY || item->kind == HC_INSPECT_PUBLIC_KEY;
}

static bool same_key(const struct hc_inspect_item *a, const struct hc_inspect_item *b)
{
    struct hc_bytes x = hc_inspect_item_spki(a);
    return x.n > 0 && hc_bytes_eq(x, hc_inspect_item_spki(b));
}

static bool same_thing(const struct hc_inspect_item *a, const struct hc_inspect_item *b)
{
    if (a->kind != b->kind)
        return false;
    if (is_key(a))
        return same_key(a, b);
    return hc_bytes_eq(hc_buf_view(&a->der), hc_buf_view(&b->der));
}

/* The first of the same things; the others are told to be that, and nothing else. */
static size_t first_of(const struct hc_inspect_ties *t, size_t at)
{
    size_t i = 0;
    while (i < at && !same_thing(t->in->item[i], t->in->item[at]))
        i++;
    return i;
}

static bool is_copy(const struct hc_inspect_ties *t, size_t at)
{
    return t->copy[at];
}

static void tell_key_of(struct hc_inspect_ties *t, size_t key, size_t other)
{
    const struct hc_inspect_item *item = t->in->item[other];
    begin(t);
    whose(t, key);
    if (t->in->item[key]->published) /* nobody tried whether its secret is the other half */
        hc_buf_add_str(&t->text, " carries the public key of ");
    else
        hc_buf_add_str(&t->text, item->kind == HC_INSPECT_PRIVATE_KEY ? " is the other half of " : " belongs to ");
    whose(t, other);
    tell(t,
         item->kind == HC_INSPECT_CERTIFICATE ? "key-of-certificate"
         : item->kind == HC_INSPECT_REQUEST   ? "key-of-request"
                                              : "same-key",
         false, key, other);
}

static void match_key(struct hc_inspect_ties *t, size_t at)
{
    const struct hc_inspection *in = t->in;
    const struct hc_inspect_item *key = in->item[at];
    size_t others = 0, fits = 0;
    for (size_t i = 0; i < in->n_items; i++) {
        const struct hc_inspect_item *other = in->item[i];
        bool half = other->kind == HC_INSPECT_PRIVATE_KEY && key->kind == HC_INSPECT_PUBLIC_KEY;
        if (i == at || is_copy(t, i) || (is_key(other) && !half))
            continue;
        others += other->kind == HC_INSPECT_CERTIFICATE;
        if (!same_key(key, other))
            continue;
        fits += other->kind == HC_INSPECT_CERTIFICATE;
        tell_key_of(t, at, i);
    }
    if (fits > 0 || others == 0 || hc_inspect_item_spki(key).n == 0)
        return;
    begin(t);
    whose(t, at);
    hc_buf_add_str(&t->text, " fits none of the certificates that were given");
    tell(t, "key-fits-none", key->kind == HC_INSPECT_PRIVATE_KEY, at, HC_INSPECT_NONE);
}

static void match_request(struct hc_inspect_ties *t, size_t at)
{
    for (size_t i = 0; i < t->in->n_items; i++) {
        if (t->in->item[i]->kind != HC_INSPECT_CERTIFICATE || is_copy(t, i) ||
            !same_key(t->in->item[at], t->in->item[i]))
            continue;
        begin(t);
        whose(t, i);
        hc_buf_add_str(&t->text, " has the key of ");
        whose(t, at);
        tell(t, "certificate-of-request", false, at, i);
    }
}

/* ---- chains ---- */

static void match_issuer(struct hc_inspect_ties *t, size_t at)
{
    const struct hc_cert *cert = t->in->item[at]->cert;
    size_t issuer = t->links->issuer[at], namesake = t->links->namesake[at];
    if (issuer == at)
        return;
    begin(t);
    whose(t, at);
    if (issuer != HC_INSPECT_NONE) {
        bool ca = t->in->item[issuer]->cert->is_ca;
        hc_buf_add_str(&t->text, ca ? " was issued by " : " was signed by ");
        named(t, issuer);
        hc_buf_add_str(&t->text, ca ? "" : ", which is no CA: nobody accepts that");
        tell(t, "issued-by", !ca, at, issuer);
    } else if (t->links->untried[at]) {
        hc_buf_add_str(&t->text, " has more possible issuers, all of one name, than are tried here; give fewer files");
        tell(t, "issuer-not-tried", true, at, HC_INSPECT_NONE);
    } else if (namesake != HC_INSPECT_NONE) {
        hc_buf_add_str(&t->text, " names ");
        named(t, namesake);
        hc_buf_add_str(&t->text,
                       " as its issuer, but was not signed by its key: another CA of the same name did it, or "
                       "it was changed");
        tell(t, "signed-by-another", true, at, namesake);
    } else if (!hc_cert_self_issued(cert)) {
        hc_buf_add_str(&t->text, " was issued by ");
        hc_inspect_words_dn(cert->issuer, &t->text);
        hc_buf_add_str(&t->text, ", whose certificate is not among these files");
        tell(t, "issuer-not-given", false, at, HC_INSPECT_NONE);
    } else {
        hc_buf_add_str(&t->text,
                       " names itself as its issuer, but was not signed by its own key: another CA of the same "
                       "name did it, or it was changed");
        tell(t, "signed-by-another", true, at, HC_INSPECT_NONE);
    }
}

static bool issued_somebody(const struct hc_inspect_ties *t, size_t at)
{
    for (size_t i = 0; i < t->in->n_items; i++)
        if (i != at && t->links->issuer[i] == at)
            return true;
    return false;
}

/* In which order a server or client sends them [RFC 8446 4.4.2]; the root stays out. */
static void match_chain(struct hc_inspect_ties *t, size_t at)
{
    size_t chain[HC_INSPECT_CHAIN], n = hc_inspect_links_chain(t->in, t->links, at, chain);
    if (n < 2 || issued_somebody(t, at))
        return;
    bool root = hc_cert_self_issued(t->in->item[chain[n - 1]]->cert);
    begin(t);
    hc_buf_add_str(&t->text, "The order for the chain file of ");
    hc_inspect_words_who(t->in->item[at], &t->text);
    hc_buf_add_str(&t->text, ": ");
    for (size_t i = 0; i < n - root; i++) {
        hc_buf_add_str(&t->text, i > 0 ? ", then " : "");
        where(t, chain[i]);
    }
    if (root) {
        hc_buf_add_str(&t->text, "; the root (");
        where(t, chain[n - 1]);
        hc_buf_add_str(&t->text, ") stays out, whoever checks has it already");
    }
    tell(t, "chain-order", false, at, chain[n - 1]);
}

/* The issuer in the same file, which may be another copy of it; HC_INSPECT_NONE. */
static size_t issuer_in_file(const struct hc_inspect_ties *t, size_t at)
{
    const struct hc_inspection *in = t->in;
    size_t issuer = t->links->issuer[at];
    if (issuer == HC_INSPECT_NONE || issuer == at || in->file[in->item[at]->file].form != HC_INSPECT_FORM_PEM)
        return HC_INSPECT_NONE;
    for (size_t i = 0; i < in->n_items; i++)
        if (in->item[i]->file == in->item[at]->file && in->item[i]->cert &&
            hc_cert_eq(in->item[i]->cert, in->item[issuer]->cert))
            return i;
    return HC_INSPECT_NONE;
}

/* A certificate behind its issuer in one file: most programs send a file as it stands. */
static bool match_order(struct hc_inspect_ties *t, size_t at)
{
    size_t issuer = issuer_in_file(t, at);
    if (issuer == HC_INSPECT_NONE || issuer >= at)
        return false;
    begin(t);
    whose(t, at);
    hc_buf_add_str(&t->text, " stands behind its issuer, ");
    named(t, issuer);
    hc_buf_add_str(&t->text, ": wrong order for a chain file, in which each certificate is followed by its issuer");
    tell(t, "wrong-order", true, at, issuer);
    return true;
}

/* ---- revocation ---- */

/* The CRL's signature, and *by whom; when that is not proven, by whom it should be. */
static enum hc_inspect_proof prove_crl(struct hc_inspect_ties *t, size_t crl, size_t *by)
{
    const struct hc_crl *list = t->in->item[crl]->crl;
    struct hc_signed what = {.algorithm = list->sig_alg, .message = list->tbs, .signature = list->signature};
    enum hc_inspect_proof all = HC_INSPECT_REFUTED;
    for (size_t i = 0; i < t->in->n_items; i++) {
        const struct hc_cert *cert = t->in->item[i]->cert;
        if (!cert || !hc_dn_eq(cert->subject, list->issuer))
            continue;
        *by = i;
        enum hc_inspect_proof proof = hc_inspect_links_signed(t->in, t->links, cert, &what);
        if (proof == HC_INSPECT_PROVEN)
            return proof;
        if (proof == HC_INSPECT_UNTRIED)
            all = proof;
    }
    return *by == HC_INSPECT_NONE ? HC_INSPECT_UNTRIED : all;
}

static void tell_signer(struct hc_inspect_ties *t, size_t crl, size_t by, enum hc_inspect_proof proof)
{
    begin(t);
    whose(t, crl);
    if (by == HC_INSPECT_NONE) {
        hc_buf_add_str(&t->text, " cannot be checked: its issuer's certificate is not among these files");
        tell(t, "crl-issuer-not-given", false, crl, by);
        return;
    }
    if (proof == HC_INSPECT_UNTRIED) {
        hc_buf_add_str(&t->text, " has more possible issuers, all of one name, than are tried here; give fewer files");
        tell(t, "crl-issuer-not-tried", true, crl, HC_INSPECT_NONE);
        return;
    }
    hc_buf_add_str(&t->text, proof == HC_INSPECT_PROVEN ? " was signed by " : " was NOT signed by the key of ");
    named(t, by);
    hc_buf_add_str(&t->text, proof == HC_INSPECT_PROVEN ? "" : ": it says nothing about anybody");
    tell(t, proof == HC_INSPECT_PROVEN ? "crl-of-issuer" : "crl-not-of-issuer", proof == HC_INSPECT_REFUTED, crl, by);
}

static void tell_revoked(struct hc_inspect_ties *t, size_t cert, size_t crl, bool is_signed)
{
    struct hc_crl_entry entry;
    char at[HC_TIME_TEXT];
    bool revoked = hc_crl_find(t->in->item[crl]->crl, t->in->item[cert]->cert->serial, &entry);
    begin(t);
    whose(t, cert);
    if (revoked)
        hc_buf_addf(&t->text, " is REVOKED since %s (%s) by ", hc_time_text(entry.time, at),
                    hc_crl_reason_text(entry.reason));
    else
        hc_buf_add_str(&t->text, " is not revoked by ");
    whose(t, crl);
    if (!is_signed)
        hc_buf_add_str(&t->text, ", whose signature could not be confirmed");
    tell(t, revoked ? "revoked" : "not-revoked", revoked, cert, crl);
}

/* Another CA of the same name says nothing about it: the CRL's signer has to be its issuer, as far as both are known. */
static bool is_of_same_issuer(const struct hc_inspect_ties *t, size_t cert, size_t by)
{
    size_t issuer = t->links->issuer[cert];
    if (issuer == HC_INSPECT_NONE)
        return t->links->untried[cert];
    return same_key(t->in->item[issuer], t->in->item[by]);
}

static void match_crl(struct hc_inspect_ties *t, size_t at)
{
    size_t by = HC_INSPECT_NONE;
    enum hc_inspect_proof proof = prove_crl(t, at, &by);
    tell_signer(t, at, by, proof);
    if (proof == HC_INSPECT_REFUTED)
        return;
    for (size_t i = 0; i < t->in->n_items; i++) {
        const struct hc_cert *cert = t->in->item[i]->cert;
        if (!cert || is_copy(t, i) || hc_cert_self_issued(cert) ||
            !hc_dn_eq(cert->issuer, t->in->item[at]->crl->issuer))
            continue;
        if (proof == HC_INSPECT_PROVEN && !is_of_same_issuer(t, i, by))
            continue;
        tell_revoked(t, i, at, proof == HC_INSPECT_PROVEN && !t->links->untried[i]);
    }
}

/* An answer with this certificate's serial, when its issuer is not there to be sure. */
static bool has_serial(const struct hc_ocsp *o, const struct hc_cert *cert)
{
    for (size_t i = 0; i < hc_ocsp_answers_count(o); i++)
        if (hc_bytes_eq(hc_ocsp_answers_at(o, i).serial, cert->serial))
            return true;
    return false;
}

static void tell_untried(struct hc_inspect_ties *t, size_t at, size_t cert)
{
    begin(t);
    whose(t, at);
    hc_buf_add_str(&t->text, " is about ");
    whose(t, cert);
    hc_buf_add_str(&t->text,
                   "; whether it is rightly signed is not tried, so many signatures are here: give fewer files");
    tell(t, "ocsp-not-tried", true, cert, at);
}

static void tell_ocsp(struct hc_inspect_ties *t, size_t at, size_t cert, size_t issuer)
{
    const struct hc_inspect_item *item = t->in->item[cert];
    struct hc_err why;
    if (!hc_inspect_links_afford(t->links, t->in->item[at]->der.n)) {
        tell_untried(t, at, cert);
        return;
    }
    struct hc_rc rc =
        hc_ocsp_check(t->in->c, t->in->item[at]->ocsp, item->cert, t->in->item[issuer]->cert, t->in->now, &why);
    begin(t);
    whose(t, at);
    hc_buf_add_str(&t->text, hc_ok(rc) ? " says that " : " is about ");
    whose(t, cert);
    hc_buf_add_str(&t->text, hc_ok(rc)                 ? " is good, and is rightly signed and current"
                             : rc.code == HC_E_REVOKED ? ", which is REVOKED"
                                                       : ", and does not count: ");
    if (hc_failed(rc) && rc.code != HC_E_REVOKED)
        hc_buf_add_str(&t->text, hc_row(rc.code)->sentence);
    while (t->text.n > 0 && t->text.p[t->text.n - 1] == '.')
        t->text.n--;
    tell(t,
         hc_ok(rc)                 ? "ocsp-good"
         : rc.code == HC_E_REVOKED ? "revoked"
                                   : "ocsp-does-not-count",
         hc_failed(rc), cert, at);
}

static void match_ocsp(struct hc_inspect_ties *t, size_t at)
{
    const struct hc_ocsp *o = t->in->item[at]->ocsp;
    for (size_t i = 0; i < t->in->n_items; i++) {
        const struct hc_cert *cert = t->in->item[i]->cert;
        size_t issuer = t->links->issuer[i];
        if (!cert || issuer == i || is_copy(t, i))
            continue;
        if (issuer != HC_INSPECT_NONE) {
            if (hc_ocsp_is_about(o, cert, t->in->item[issuer]->cert))
                tell_ocsp(t, at, i, issuer);
        } else if (has_serial(o, cert)) {
            begin(t);
            whose(t, at);
            hc_buf_add_str(&t->text, " seems to be about ");
            whose(t, i);
            hc_buf_add_str(&t->text, "; give the issuer's certificate too, to be sure");
            tell(t, "ocsp-perhaps", false, i, at);
        }
    }
}

/* ---- things to look at ---- */

static void match_duplicate(struct hc_inspect_ties *t, size_t at)
{
    size_t first = first_of(t, at);
    if (first == at)
        return;
    begin(t);
    whose(t, at);
    hc_buf_add_str(&t->text, " is the same as ");
    where(t, first);
    tell(t, "duplicate", t->in->item[first]->file == t->in->item[at]->file, at, first);
}

static void match_dates(struct hc_inspect_ties *t, size_t at)
{
    const struct hc_cert *cert = t->in->item[at]->cert;
    char text[HC_TIME_TEXT];
    bool early = cert && t->in->now < cert->not_before;
    if (!cert || (!early && t->in->now <= cert->not_after))
        return;
    begin(t);
    whose(t, at);
    if (early)
        hc_buf_addf(&t->text, " is not valid before %s", hc_time_text(cert->not_before, text));
    else
        hc_buf_addf(&t->text, " expired at %s: nobody accepts it any more", hc_time_text(cert->not_after, text));
    tell(t, early ? "not-yet-valid" : "expired", true, at, HC_INSPECT_NONE);
}

/* A private key beside certificates: some servers want that, and then the file must not be handed out. */
static void match_exposed(struct hc_inspect_ties *t, size_t at)
{
    const struct hc_inspection *in = t->in;
    const struct hc_inspect_item *key = in->item[at];
    bool beside = false;
    for (size_t i = 0; i < in->n_items; i++)
        beside |= in->item[i]->file == key->file && in->item[i]->kind == HC_INSPECT_CERTIFICATE;
    if (!key->published && (!key->bare || !beside))
        return;
    begin(t);
    whose(t, at);
    hc_buf_add_str(&t->text,
                   key->published
                       ? " lies in a set of keys, which is made to be published. Take it out of the set"
                       : " lies beside certificates in one file. Never hand this file out as the chain, and let "
                         "nobody else read it");
    tell(t, key->published ? "secret-published" : "key-beside-certificates", true, at, HC_INSPECT_NONE);
}

/* ---- all ---- */

static void match_item(struct hc_inspect_ties *t, size_t at)
{
    const struct hc_inspect_item *item = t->in->item[at];
    if (is_key(item))
        match_key(t, at);
    if (item->kind == HC_INSPECT_REQUEST)
        match_request(t, at);
    if (item->cert) {
        match_issuer(t, at);
        match_chain(t, at);
    }
    if (item->crl)
        match_crl(t, at);
    if (item->ocsp)
        match_ocsp(t, at);
}

void hc_inspect_match_all(struct hc_inspect_ties *t)
{
    size_t told = HC_INSPECT_NONE; /* once a file is enough for its order */
    for (size_t i = 0; i < t->in->n_items; i++)
        t->copy[i] = first_of(t, i) != i;
    for (size_t i = 0; i < t->in->n_items; i++)
        if (!is_copy(t, i))
            match_item(t, i);
    for (size_t i = 0; i < t->in->n_items; i++) {
        match_duplicate(t, i);
        if (!is_copy(t, i))
            match_dates(t, i);
        if (t->in->item[i]->kind == HC_INSPECT_PRIVATE_KEY)
            match_exposed(t, i);
        if (t->in->item[i]->file != told && match_order(t, i))
            told = t->in->item[i]->file;
    }
}
