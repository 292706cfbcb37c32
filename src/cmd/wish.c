/* wish.c - the names that a certificate request asks for. */
#include "cmd/wish.h"

#include <stdlib.h>

#include "authority/issue.h"
#include "pki/dn.h"

#define SHOWN_BYTES 100 /* of one stranger's name in a message */
#define SHOWN_NAMES 3

void hc_wish_fini(struct hc_wish *wish)
{
    free(wish->own);
    *wish = (struct hc_wish){.name = NULL};
}

/* Into a message, which is escaped when it is printed; only a NUL would not come so far. */
static void put_short(struct hc_buf *out, struct hc_bytes text)
{
    struct hc_bytes head = hc_bytes_head(text, SHOWN_BYTES);
    for (size_t i = 0; i < head.n; i++)
        if (head.p[i] == 0)
            hc_buf_add_str(out, "<NUL>");
        else
            hc_buf_add_byte(out, head.p[i]);
    if (text.n > SHOWN_BYTES)
        hc_buf_add_str(out, "...");
}

static void put_name(struct hc_buf *out, const struct hc_name *name)
{
    HC_BUF_AUTO(text, HC_NAME_TEXT_MAX);
    hc_name_text(name, &text);
    put_short(out, hc_buf_view(&text));
}

void hc_wish_text(const struct hc_csr *csr, struct hc_buf *out)
{
    for (size_t i = 0; i < csr->n_names && i < SHOWN_NAMES; i++) {
        hc_buf_add_str(out, i == 0 ? "" : ", ");
        put_name(out, &csr->names[i]);
    }
    if (csr->n_names > SHOWN_NAMES)
        hc_buf_addf(out, " and %zu more", csr->n_names - SHOWN_NAMES);
    if (csr->n_names == 0)
        hc_buf_add_str(out, "no name");
}

size_t hc_wish_extensions(const struct hc_csr *csr)
{
    bool san = csr->n_names + csr->n_other_names > 0;
    size_t known = (size_t)san + (size_t)csr->asks_ca;
    return csr->n_extensions > known ? csr->n_extensions - known : 0;
}

static struct hc_rc no_names(const struct hc_csr *csr, struct hc_err *e)
{
    HC_BUF_AUTO(subject, 65536);
    HC_BUF_AUTO(shown, 1024);
    hc_dn_text(csr->subject, &subject);
    put_short(&shown, hc_buf_view(&subject));
    return HC_FAIL(e, HC_E_REQUEST_NAMES,
                   "it asks for no name: it has no subjectAltName, and its subject '%s' is never taken for one",
                   hc_buf_cstr(&shown));
}

/* What is wrong with the request whatever the profile. */
static struct hc_rc check_all(const struct hc_csr *csr, struct hc_err *e)
{
    HC_BUF_AUTO(shown, 1024);
    if (csr->bad_name.n > 0) {
        put_short(&shown, csr->bad_name);
        return HC_FAIL(e, HC_E_REQUEST_NAMES, "it asks for '%s', which no certificate may carry", hc_buf_cstr(&shown));
    }
    if (csr->n_other_names > 0)
        return HC_FAIL(e, HC_E_REQUEST_NAMES, "it asks for %zu name%s of other types than dns, email, uri and ip",
                       csr->n_other_names, csr->n_other_names == 1 ? "" : "s");
    if (csr->n_names == 0)
        return no_names(csr, e);
    if (csr->n_names > HC_ISSUE_EXTRA_MAX + 1)
        return HC_FAIL(e, HC_E_REQUEST_NAMES, "it asks for %zu names; a certificate carries at most %d", csr->n_names,
                       HC_ISSUE_EXTRA_MAX + 1);
    return HC_OK;
}

/* Every name of a type that the profile does not take is named, as far as there is room. */
static struct hc_rc check_types(const struct hc_csr *csr, const struct hc_profile_row *row, struct hc_err *e)
{
    HC_BUF_AUTO(shown, 1024);
    size_t wrong = 0;
    bool needed = false;
    for (size_t i = 0; i < csr->n_names; i++) {
        unsigned bit = HC_NAME_BIT(csr->names[i].type);
        needed = needed || (row->needs & bit);
        if (row->takes & bit)
            continue;
        if (wrong < SHOWN_NAMES) {
            hc_buf_add_str(&shown, wrong == 0 ? "" : ", ");
            put_name(&shown, &csr->names[i]);
        }
        wrong++;
    }
    if (wrong > SHOWN_NAMES)
        hc_buf_addf(&shown, " and %zu more", wrong - SHOWN_NAMES);
    if (wrong > 0)
        return HC_FAIL(e, HC_E_REQUEST_NAMES, "it asks for %s, and the profile %s does not take names of that type",
                       hc_buf_cstr(&shown), row->word);
    if (needed)
        return HC_OK;
    hc_wish_text(csr, &shown);
    return HC_FAIL(e, HC_E_REQUEST_NAMES, "it asks for %s; the profile %s needs a name of another type",
                   hc_buf_cstr(&shown), row->word);
}

static bool has(const struct hc_name *const *names, size_t n, const struct hc_name *name)
{
    for (size_t i = 0; i < n; i++)
        if (hc_name_eq(names[i], name))
            return true;
    return false;
}

struct hc_rc hc_wish_accept(const struct hc_csr *csr, enum hc_profile profile, struct hc_wish *out, struct hc_err *e)
{
    const struct hc_profile_row *row = hc_profile_row(profile);
    const struct hc_name **own = NULL;
    size_t n = 0, first = 0;
    HC_TRY(e, check_all(csr, e));
    HC_TRY(e, check_types(csr, row, e));
    own = calloc(csr->n_names, sizeof *own);
    if (!own)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for the names");
    while (!(row->needs & HC_NAME_BIT(csr->names[first].type)))
        first++;
    own[n++] = &csr->names[first];
    for (size_t i = 0; i < csr->n_names; i++)
        if (!has(own, n, &csr->names[i]))
            own[n++] = &csr->names[i];
    *out = (struct hc_wish){.name = own[0], .extra = own + 1, .n_extra = n - 1, .own = own};
    return HC_OK;
}
