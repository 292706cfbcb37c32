/*
 * inspect_facts.c - what can be read of a thing that its strict parser refuses: whatever stands before the place where
 * it stops being readable, and no judgement about it.
 */
#include "asn1/der.h"
#include "doctor/inspect_inside.h"

/* The next element, if nothing has gone wrong so far. */
static void take(struct hc_der *d, uint8_t tag, struct hc_bytes *out)
{
    struct hc_bytes element = hc_der_tlv(d, tag);
    if (!d->failed)
        *out = element;
}

static void take_dates(struct hc_der *d, struct hc_inspect_facts *f)
{
    int64_t from = hc_der_time(d, NULL), until = hc_der_time(d, NULL);
    if (d->failed)
        return;
    f->has_dates = true;
    f->from = from;
    f->until = until;
}

/* [RFC 5280 4.1] */
static void read_certificate(struct hc_der tbs, struct hc_inspect_facts *f)
{
    uint8_t tag = 0;
    hc_der_skip_optional(&tbs, HC_DER_CONTEXT_CONSTRUCTED(0));
    struct hc_bytes serial = hc_der_value(&tbs, &tag);
    if (tag == HC_DER_INTEGER)
        f->serial = serial;
    hc_der_any(&tbs, NULL);
    take(&tbs, HC_DER_SEQUENCE, &f->issuer);
    struct hc_der validity = hc_der_enter(&tbs, HC_DER_SEQUENCE);
    take_dates(&validity, f);
    take(&tbs, HC_DER_SEQUENCE, &f->subject);
    take(&tbs, HC_DER_SEQUENCE, &f->spki);
}

/* [RFC 2986 4.1] */
static void read_request(struct hc_der info, struct hc_inspect_facts *f)
{
    hc_der_any(&info, NULL);
    take(&info, HC_DER_SEQUENCE, &f->subject);
    take(&info, HC_DER_SEQUENCE, &f->spki);
}

/* [RFC 5280 5.1]; thisUpdate and, when it has one, nextUpdate */
static void read_crl(struct hc_der tbs, struct hc_inspect_facts *f)
{
    hc_der_skip_optional(&tbs, HC_DER_INTEGER);
    hc_der_any(&tbs, NULL);
    take(&tbs, HC_DER_SEQUENCE, &f->issuer);
    take_dates(&tbs, f);
}

void hc_inspect_facts_read(struct hc_inspect_item *item)
{
    struct hc_der d = hc_der_init(hc_buf_view(&item->der));
    struct hc_der whole = hc_der_enter(&d, HC_DER_SEQUENCE);
    struct hc_der body = hc_der_enter(&whole, HC_DER_SEQUENCE);
    if (whole.failed || body.failed)
        return;
    switch (item->kind) {
    case HC_INSPECT_CERTIFICATE:
        read_certificate(body, &item->facts);
        break;
    case HC_INSPECT_REQUEST:
        read_request(body, &item->facts);
        break;
    case HC_INSPECT_CRL:
        read_crl(body, &item->facts);
        break;
    case HC_INSPECT_OCSP:
    case HC_INSPECT_PRIVATE_KEY:
    case HC_INSPECT_PUBLIC_KEY:
        break;
    }
}
