/* cause.c - the table of verdicts. */
#include "doctor/cause.h"

static const struct hc_cause_row rows[HC_CAUSES] = {
#define HC_CAUSE(name, slug, side, code, sentence, fix)                                                                \
    [HC_CAUSE_##name] = {HC_CAUSE_##name, slug, HC_SIDE_##side, code, sentence, fix},
#include "doctor/causes.def"
#undef HC_CAUSE
};

const struct hc_cause_row *hc_cause_row(enum hc_cause cause)
{
    return &rows[cause];
}

const struct hc_cause_row *hc_cause_find(struct hc_bytes slug)
{
    for (size_t i = 0; i < HC_CAUSES; i++)
        if (hc_bytes_eq_str(slug, rows[i].slug))
            return &rows[i];
    return NULL;
}

const char *hc_side_text(enum hc_side side)
{
    static const char *const texts[] = {
        [HC_SIDE_NOBODY] = "nobody",   [HC_SIDE_SERVER] = "server", [HC_SIDE_CLIENT] = "client",
        [HC_SIDE_NETWORK] = "network", [HC_SIDE_BOTH] = "both",     [HC_SIDE_UNDECIDED] = "undecided",
    };
    return texts[side];
}
