/* oid.c - object identifiers for people. */
#include "pki/oid.h"

/* The next arc of the contents; false when it is incomplete or beyond 63 bits. */
static bool next_arc(struct hc_bytes *in, uint64_t *arc)
{
    *arc = 0;
    while (in->n > 0 && *arc < UINT64_C(1) << 56) {
        uint8_t c = in->p[0];

        *in = hc_bytes_skip(*in, 1);
        *arc = *arc << 7 | (c & 0x7f);
        if (c < 0x80)
            return true;
    }
    return false;
}

void hc_oid_text(struct hc_bytes oid, struct hc_buf *out)
{
    HC_BUF_AUTO(text, 4096); /* an identifier in a certificate has some twenty arcs */
    uint64_t arc;
    bool ok = next_arc(&oid, &arc);

    if (ok) {
        uint64_t first = arc < 80 ? arc / 40 : 2; /* [X.690 8.19.4] */

        hc_buf_addf(&text, "%llu.%llu", (unsigned long long)first, (unsigned long long)(arc - 40 * first));
    }
    while (ok && oid.n > 0) {
        ok = next_arc(&oid, &arc);
        hc_buf_addf(&text, ".%llu", (unsigned long long)arc);
    }
    if (text.failed == HC_E_NOMEM)
        hc_buf_fail(out, HC_E_NOMEM);
    hc_buf_add(out, ok && text.failed == HC_OK_CODE ? hc_buf_view(&text) : HC_BYTES("?"));
}

const char *hc_oid_attribute(struct hc_bytes oid)
{
    const struct {
        struct hc_bytes oid;
        const char *name;
    } known[] = {
        {HC_OID_AT_COMMON_NAME, "CN"},     {HC_OID_AT_COUNTRY, "C"},
        {HC_OID_AT_LOCALITY, "L"},         {HC_OID_AT_STATE, "ST"},
        {HC_OID_AT_STREET, "street"},      {HC_OID_AT_ORGANIZATION, "O"},
        {HC_OID_AT_TITLE, "title"},        {HC_OID_AT_ORGANIZATIONAL_UNIT, "OU"},
        {HC_OID_AT_SURNAME, "SN"},         {HC_OID_AT_GIVEN_NAME, "GN"},
        {HC_OID_AT_USER_ID, "UID"},        {HC_OID_AT_SERIAL_NUMBER, "serialNumber"},
        {HC_OID_AT_EMAIL, "emailAddress"}, {HC_OID_AT_DOMAIN_COMPONENT, "DC"},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (hc_bytes_eq(known[i].oid, oid))
            return known[i].name;
    return NULL;
}
