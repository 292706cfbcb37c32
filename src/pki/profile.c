/* profile.c - the table of profiles, and whether names fit one. */
#include "pki/profile.h"

#include <assert.h>

#include "base/clock.h"

#define DNS HC_NAME_BIT(HC_NAME_DNS)
#define EMAIL HC_NAME_BIT(HC_NAME_EMAIL)
#define URI HC_NAME_BIT(HC_NAME_URI)
#define IP HC_NAME_BIT(HC_NAME_IP)

/* A CA signs certificates and CRLs and nothing else, so that its key never meets a handshake. */
#define CA_USAGE (HC_KU_CERT_SIGN | HC_KU_CRL_SIGN)

/* Long enough for a machine that was off over a holiday; beyond it whoever holds the old key has to be looked at
 * again. */
#define RENEW (30 * HC_DAY)

static const struct hc_profile_row ROWS[] = {
    {
        .profile = HC_PROFILE_ROOT_CA,
        .word = "root-ca",
        .ca = true,
        .pathlen = -1,
        .lifetime_s = INT64_C(3650) * HC_DAY,
        .usage = CA_USAGE,
        .key = HC_KEY_P384,
    },
    {
        .profile = HC_PROFILE_ISSUING_CA,
        .word = "issuing-ca",
        .ca = true,
        .pathlen = 0,
        .lifetime_s = INT64_C(365) * HC_DAY,
        .usage = CA_USAGE,
        .key = HC_KEY_P256,
    },
    {
        .profile = HC_PROFILE_SERVER,
        .word = "server",
        .pathlen = -1,
        .lifetime_s = 30 * HC_DAY,
        .renew_s = RENEW,
        .usage = HC_KU_DIGITAL_SIGNATURE,
        .purposes = HC_EKU_SERVER,
        .takes = DNS | URI | IP,
        .needs = DNS | URI | IP,
        .wildcard = true,
        .key = HC_KEY_P256,
    },
    {
        .profile = HC_PROFILE_CLIENT,
        .word = "client",
        .pathlen = -1,
        .lifetime_s = 7 * HC_DAY,
        .renew_s = RENEW,
        .usage = HC_KU_DIGITAL_SIGNATURE,
        .purposes = HC_EKU_CLIENT,
        .takes = DNS | EMAIL | URI | IP,
        .needs = DNS | EMAIL | URI | IP,
        .key = HC_KEY_P256,
    },
    {
        .profile = HC_PROFILE_PEER,
        .word = "peer",
        .pathlen = -1,
        .lifetime_s = 7 * HC_DAY,
        .renew_s = RENEW,
        .usage = HC_KU_DIGITAL_SIGNATURE,
        .purposes = HC_EKU_SERVER | HC_EKU_CLIENT,
        .takes = DNS | URI | IP,
        .needs = DNS | URI | IP,
        .key = HC_KEY_P256,
    },
    {
        .profile = HC_PROFILE_PERSON,
        .word = "person",
        .pathlen = -1,
        .lifetime_s = 90 * HC_DAY,
        .renew_s = RENEW,
        .usage = HC_KU_DIGITAL_SIGNATURE,
        .purposes = HC_EKU_CLIENT,
        .takes = EMAIL | URI,
        .needs = EMAIL | URI,
        .key = HC_KEY_P256,
    },
};

const struct hc_profile_row *hc_profile_row(enum hc_profile profile)
{
    assert((size_t)profile < HC_COUNT(ROWS) && ROWS[profile].profile == profile);
    return &ROWS[profile];
}

static const struct hc_profile_row *find(struct hc_bytes word)
{
    for (size_t i = 0; i < HC_COUNT(ROWS); i++)
        if (hc_bytes_eq_str(word, ROWS[i].word))
            return &ROWS[i];
    return NULL;
}

/* At most 40 bytes of what was typed are quoted back. */
static int quoted(struct hc_bytes word)
{
    return (int)(word.n < 40 ? word.n : 40);
}

struct hc_rc hc_profile_parse(struct hc_bytes word, enum hc_profile *out, struct hc_err *e)
{
    const struct hc_profile_row *row = find(word);
    if (!row || row->ca)
        return HC_FAIL(e, HC_E_USAGE, "'%.*s' is not a profile: write server, client, peer or person", quoted(word),
                       (const char *)word.p);
    *out = row->profile;
    return HC_OK;
}

struct hc_rc hc_profile_from_ledger(struct hc_bytes word, enum hc_profile *out, struct hc_err *e)
{
    const struct hc_profile_row *row = find(word);
    if (!row)
        return HC_FAIL(e, HC_E_LEDGER_DAMAGED, "the ledger names the profile '%.*s', which does not exist",
                       quoted(word), (const char *)word.p);
    *out = row->profile;
    return HC_OK;
}

static bool is_separator(uint8_t c)
{
    return c == ' ' || c == ',';
}

/* The next word of a list; false at its end. */
static bool next_word(struct hc_bytes *list, struct hc_bytes *word)
{
    size_t n = 0;
    while (list->n > 0 && is_separator(list->p[0]))
        *list = hc_bytes_skip(*list, 1);
    while (n < list->n && !is_separator(list->p[n]))
        n++;
    *word = hc_bytes_head(*list, n);
    *list = hc_bytes_skip(*list, n);
    return n > 0;
}

static unsigned all_leaves(void)
{
    unsigned set = 0;
    for (size_t i = 0; i < HC_COUNT(ROWS); i++)
        set |= ROWS[i].ca ? 0 : 1u << ROWS[i].profile;
    return set;
}

struct hc_rc hc_profile_set_parse(struct hc_bytes words, unsigned *out, struct hc_err *e)
{
    unsigned set = 0;
    struct hc_bytes word;
    while (next_word(&words, &word)) {
        enum hc_profile profile;
        HC_TRY(e, hc_profile_parse(word, &profile, e));
        set |= 1u << profile;
    }
    *out = set ? set : all_leaves();
    return HC_OK;
}

void hc_profile_set_text(unsigned set, struct hc_buf *out)
{
    bool first = true;
    if ((set & all_leaves()) == all_leaves())
        return;
    for (size_t i = 0; i < HC_COUNT(ROWS); i++) {
        if (ROWS[i].ca || !(set & 1u << ROWS[i].profile))
            continue;
        hc_buf_add_str(out, first ? "" : " ");
        hc_buf_add_str(out, ROWS[i].word);
        first = false;
    }
}

static void list_types(unsigned set, struct hc_buf *out)
{
    for (unsigned t = HC_NAME_DNS; t <= HC_NAME_IP; t++) {
        if (!(set & HC_NAME_BIT(t)))
            continue;
        hc_buf_add_str(out, out->n ? ", " : "");
        hc_buf_add_str(out, hc_name_type_text((enum hc_name_type)t));
    }
}

static struct hc_rc refuse_name(const struct hc_profile_row *row, const struct hc_name *name, const char *why,
                                struct hc_err *e)
{
    HC_BUF_AUTO(text, HC_NAME_TEXT_MAX);
    hc_name_text(name, &text);
    return HC_FAIL(e, HC_E_PROFILE_NAME, "%s: %s %s", hc_buf_cstr(&text), row->word, why);
}

static struct hc_rc check_name(const struct hc_profile_row *row, const struct hc_name *name, struct hc_err *e)
{
    if (!(row->takes & HC_NAME_BIT(name->type))) {
        HC_BUF_AUTO(types, 64);
        HC_BUF_AUTO(why, 128);
        list_types(row->takes, &types);
        hc_buf_addf(&why, "certificates carry only names of these types: %s", hc_buf_cstr(&types));
        return refuse_name(row, name, hc_buf_cstr(&why), e);
    }
    if (name->type == HC_NAME_DNS && !row->wildcard && hc_bytes_starts(name->text, HC_BYTES("*")))
        return refuse_name(row, name, "certificates carry no wildcard, which proves nobody's identity", e);
    return HC_OK;
}

struct hc_rc hc_profile_check_names(enum hc_profile profile, const struct hc_name *names, size_t n, struct hc_err *e)
{
    const struct hc_profile_row *row = hc_profile_row(profile);
    bool enough = row->needs == 0;
    for (size_t i = 0; i < n; i++) {
        HC_TRY(e, check_name(row, &names[i], e));
        enough = enough || (row->needs & HC_NAME_BIT(names[i].type));
        for (size_t j = 0; j < i; j++)
            if (hc_name_eq(&names[i], &names[j]))
                return refuse_name(row, &names[i], "certificates carry a name once, and it is given twice", e);
    }
    if (enough)
        return HC_OK;
    HC_BUF_AUTO(types, 64);
    list_types(row->needs, &types);
    return HC_FAIL(e, HC_E_PROFILE_NAME, "a %s certificate needs at least one name of these types: %s", row->word,
                   hc_buf_cstr(&types));
}
