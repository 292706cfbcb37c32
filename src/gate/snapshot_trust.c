/* snapshot_trust.c - whom gates trust: bundles and CRLs, each source read once, and the auth domain of a judgement. */
#include <assert.h>
#include <stdlib.h>

#include "base/file.h"
#include "crypto/digest.h"
#include "gate/place.h"
#include "gate/snapshot_parts.h"

#define ISSUERS_MAX 64 /* issuing CAs whose CRLs are verified before a peer presents them */

void hc_snapshot_drop_trusts(struct hc_snapshot *s)
{
    for (size_t i = 0; i < s->n_trusts; i++) {
        hc_bundle_free(s->trusts[i].bundle);
        s->trusts[i].bundle = NULL;
        hc_revocation_free(s->trusts[i].revocation);
        s->trusts[i].revocation = NULL;
    }
}

/* The trust that this one was before. The same configuration has it at the same place; in another one, it is that of
 * the same gate. */
static const struct hc_trust *previous_of(const struct hc_snapshot_input *in, size_t i)
{
    if (!in->previous)
        return NULL;
    if (i == 0 || in->keep_broken)
        return i < in->previous->n_trusts ? &in->previous->trusts[i] : NULL;
    for (size_t g = 0; g < in->conf->gates.n; g++)
        if (in->conf->gates.v[g].trust_index == i)
            return hc_snapshot_trust(in->previous, in->conf->gates.v[g].name.s);
    return NULL;
}

/* --- bundles ------------------------------------------------------------------------------------------------------ */

static struct hc_rc load_file(const struct hc_snapshot_input *in, const char *path, struct hc_bundle **out,
                              struct hc_err *e)
{
    HC_TRY(e, hc_file_check_not_shared(path, e));
    return hc_bundle_load(in->crypto, path, in->now, out, e);
}

static struct hc_rc load_entries(const struct hc_snapshot_input *in, const struct hc_bundle_conf *conf,
                                 struct hc_bundle **out, struct hc_err *e)
{
    struct hc_bundle_entry entry[HC_BUNDLE_ENTRIES];
    size_t n = 0;

    for (; n < conf->entries.n && n < HC_BUNDLE_ENTRIES; n++) {
        const struct hc_anchors_conf *anchors = &conf->entries.v[n];

        HC_TRY(e, hc_file_check_not_shared(anchors->file.s, e));
        entry[n] = (struct hc_bundle_entry){.name = anchors->name.s,
                                            .path = anchors->file.s,
                                            .asserts = anchors->subtrees,
                                            .n_asserts = anchors->asserts.n};
    }
    return hc_bundle_load_entries(in->crypto, entry, n, in->now, out, e);
}

/* The home has one bundle, and so has a file. */
static bool same_bundle(const struct hc_trust_use *a, const struct hc_trust_use *b)
{
    if (a->bundle->file.s && b->bundle->file.s)
        return strcmp(a->bundle->file.s, b->bundle->file.s) == 0;
    return a->bundle == b->bundle && (a->bundle->entries.n > 0 || a->home == b->home);
}

static struct hc_rc set_bundle(const struct hc_snapshot_input *in, struct hc_snapshot *s, size_t i, struct hc_err *e)
{
    const struct hc_trust_use *use = &in->conf->trusts[i];
    const struct hc_trust *old = previous_of(in, i);
    struct hc_trust *trust = &s->trusts[i];
    bool list = use->bundle->entries.n > 0;
    char path[HC_PATH];
    struct hc_rc rc;

    for (size_t k = 0; k < i; k++) {
        if (!same_bundle(&in->conf->trusts[k], use) || !s->trusts[k].bundle)
            continue;
        trust->bundle = hc_bundle_ref(s->trusts[k].bundle);
        return HC_OK;
    }
    HC_TRY(e, hc_place_bundle(in->home, use, path, e));
    if (!path[0] && !list)
        return HC_OK;
    rc = list ? load_entries(in, use->bundle, &trust->bundle, e) : load_file(in, path, &trust->bundle, e);
    if (hc_failed(rc) && old && old->bundle && hc_snapshot_keep_old(in, list ? "bundle" : path, e)) {
        trust->bundle = hc_bundle_ref(old->bundle);
        return HC_OK;
    }
    return rc;
}

static enum hc_revocation_mode mode_of(const struct hc_revocation_conf *conf)
{
    if (conf->none.v)
        return HC_REVOCATION_NONE;
    return conf->check.v == HC_CONF_CHECK_LEAF ? HC_REVOCATION_LEAF : HC_REVOCATION_CHAIN;
}

struct hc_rc hc_snapshot_set_trusts(const struct hc_snapshot_input *in, struct hc_snapshot *s, struct hc_err *e)
{
    s->trusts = calloc(in->conf->n_trusts, sizeof *s->trusts);
    if (!s->trusts)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for what gates trust");
    s->n_trusts = in->conf->n_trusts;
    for (size_t i = 0; i < s->n_trusts; i++) {
        const struct hc_trust_use *use = &in->conf->trusts[i];

        s->trusts[i].profile = (enum hc_verify_profile)use->profile;
        s->trusts[i].mode = mode_of(use->revocation);
        s->trusts[i].allow_stale = s->trusts[i].mode == HC_REVOCATION_NONE ? 0 : use->revocation->allow_stale;
        HC_TRY(e, set_bundle(in, s, i, e));
    }
    return HC_OK;
}

/* --- CRLs --------------------------------------------------------------------------------------------------------- */

/* The CRLs in a directory. What is gone by now or cannot be read is for the loader to tell: the others count all the
 * same. */
static struct hc_rc check_crl_directory(const char *dir, struct hc_err *e)
{
    __attribute__((cleanup(hc_names_fini))) struct hc_names names = {0};
    struct hc_rc rc = hc_dir_list(dir, "", HC_REVOCATION_NAMES, &names, e);
    char path[HC_PATH];

    if (rc.code == HC_E_NOMEM)
        return rc;
    for (size_t i = 0; i < names.n; i++) {
        if (!hc_revocation_load_takes(names.name[i]))
            continue;
        HC_TRY(e, hc_path_join(path, dir, names.name[i], e));
        rc = hc_file_check_not_shared(path, e);
        if (hc_failed(rc) && rc.code != HC_E_FILE_MISSING && rc.code != HC_E_FILE_UNREADABLE)
            return rc;
    }
    return HC_OK;
}

static struct hc_rc check_crl_paths(const char *const *paths, size_t n, struct hc_err *e)
{
    for (size_t i = 0; i < n; i++) {
        HC_TRY(e, hc_file_check_not_shared(paths[i], e));
        HC_TRY(e, check_crl_directory(paths[i], e));
    }
    return HC_OK;
}

/* The issuing CAs of the gates' own chains: their CRLs can then be verified at once, not only when a peer presents
 * them. */
struct issuers {
    const struct hc_cert *cert[ISSUERS_MAX];
    size_t n;
};

static void own_issuers(const struct hc_snapshot *s, struct issuers *out)
{
    out->n = 0;
    for (size_t i = 0; i < s->n_gates; i++)
        for (size_t d = 1; d < s->gates[i].own->chain.n && out->n < ISSUERS_MAX; d++)
            out->cert[out->n++] = s->gates[i].own->chain.cert[d];
}

static bool same_crls(const struct hc_conf_strings *a, const struct hc_conf_strings *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->v[i].s, b->v[i].s) != 0)
            return false;
    return true;
}

/* The set of an earlier trust that was made of the same; a million serials are held once. */
static struct hc_revocation *find_set(const struct hc_snapshot_input *in, const struct hc_snapshot *s, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (s->trusts[k].revocation && s->trusts[k].bundle == s->trusts[i].bundle &&
            same_crls(&in->conf->trusts[k].revocation->crl, &in->conf->trusts[i].revocation->crl))
            return s->trusts[k].revocation;
    return NULL;
}

static struct hc_rc load_set(const struct hc_snapshot_input *in, const struct hc_snapshot *s, size_t i,
                             struct hc_revocation **out, struct hc_err *e)
{
    const struct hc_trust *old = previous_of(in, i);
    struct hc_place_crls crls;
    struct issuers issuers;
    struct hc_revocation_input input = {
        .previous = old ? old->revocation : NULL,
        .bundle = s->trusts[i].bundle,
        .now = in->now,
        .older_than_known = in->older_than_known,
        .known_ctx = in->known_ctx,
        .alarm = in->alarm,
        .alarm_ctx = in->alarm_ctx,
    };

    own_issuers(s, &issuers);
    input.issuer = issuers.cert;
    input.n_issuers = issuers.n;
    HC_TRY(e, hc_place_crls(in->home, &in->conf->trusts[i], &crls, e));
    HC_TRY(e, check_crl_paths(crls.path, crls.n, e));
    return hc_revocation_load(in->crypto, crls.path, crls.n, &input, out, e);
}

static struct hc_rc set_revocation(const struct hc_snapshot_input *in, struct hc_snapshot *s, size_t i,
                                   struct hc_err *e)
{
    const struct hc_trust *old = previous_of(in, i);
    struct hc_trust *trust = &s->trusts[i];
    struct hc_revocation *shared = find_set(in, s, i);
    struct hc_rc rc;

    if (trust->mode == HC_REVOCATION_NONE || !trust->bundle)
        return HC_OK;
    if (shared) {
        trust->revocation = hc_revocation_ref(shared);
        return HC_OK;
    }
    rc = load_set(in, s, i, &trust->revocation, e);
    if (hc_failed(rc) && old && old->revocation && hc_snapshot_keep_old(in, "revocation", e)) {
        trust->revocation = hc_revocation_ref(old->revocation);
        return HC_OK;
    }
    return rc;
}

struct hc_rc hc_snapshot_set_revocation(const struct hc_snapshot_input *in, struct hc_snapshot *s, struct hc_err *e)
{
    for (size_t i = 0; i < s->n_trusts; i++)
        HC_TRY(e, set_revocation(in, s, i, e));
    return HC_OK;
}

/* --- judging ------------------------------------------------------------------------------------------------------ */

struct hc_verify_policy hc_trust_policy(const struct hc_trust *trust, enum hc_verify_purpose purpose, int64_t now)
{
    return (struct hc_verify_policy){
        .bundle = trust->bundle,
        .purpose = purpose,
        .profile = trust->profile,
        .revocation = trust->mode,
        .allow_stale = trust->allow_stale,
        .crls = trust->revocation,
        .now = now,
    };
}

/* Tag, length and contents, so that no two lists of fields have the same bytes. */
#define DOMAIN_TITLE HC_BYTES("handclasp auth domain 1")
#define DOMAIN_MAX 256
static_assert(HC_TLS_DOMAIN == HC_SHA256_SIZE, "a domain is a digest");
enum domain_tag { DOMAIN_CLIENTS = 1, DOMAIN_PROFILE, DOMAIN_MODE, DOMAIN_STALE, DOMAIN_ANCHORS, DOMAIN_CRLS };

static void add_number(struct hc_buf *out, uint64_t v)
{
    for (int shift = 56; shift >= 0; shift -= 8)
        hc_buf_add_byte(out, (uint8_t)(v >> shift));
}

static void add_field(struct hc_buf *out, enum domain_tag tag, struct hc_bytes contents)
{
    hc_buf_add_byte(out, (uint8_t)tag);
    add_number(out, contents.n);
    hc_buf_add(out, contents);
}

static void add_number_field(struct hc_buf *out, enum domain_tag tag, uint64_t v)
{
    HC_BUF_AUTO(number, sizeof v);

    add_number(&number, v);
    add_field(out, tag, hc_buf_view(&number));
}

/* Where the CRLs are, each hashed together with those before it; none: those of the home. What is in them may change
 * within a domain, but one gate's CRLs say nothing about who may come to a gate that reads others. */
static void hash_places(const struct hc_conf_strings *crl, uint8_t out[HC_SHA256_SIZE])
{
    uint8_t both[2 * HC_SHA256_SIZE] = {0};

    for (size_t i = 0; i < crl->n; i++) {
        hc_sha256(hc_bytes_str(crl->v[i].s), both + HC_SHA256_SIZE);
        hc_sha256(hc_bytes_of(both, sizeof both), out);
        memcpy(both, out, HC_SHA256_SIZE);
    }
    memcpy(out, both, HC_SHA256_SIZE);
}

void hc_snapshot_domain(enum hc_clients clients, const struct hc_trust *trust, const struct hc_revocation_conf *conf,
                        uint8_t out[HC_TLS_DOMAIN])
{
    struct hc_bytes anchors = trust->bundle ? hc_bundle_hash(trust->bundle) : HC_BYTES("");
    uint8_t places[HC_SHA256_SIZE] = {0};
    HC_BUF_AUTO(text, DOMAIN_MAX);

    if (trust->mode != HC_REVOCATION_NONE)
        hash_places(&conf->crl, places);

    hc_buf_add(&text, DOMAIN_TITLE);
    add_number_field(&text, DOMAIN_CLIENTS, clients);
    add_number_field(&text, DOMAIN_PROFILE, trust->profile);
    add_number_field(&text, DOMAIN_MODE, trust->mode);
    add_number_field(&text, DOMAIN_STALE, (uint64_t)trust->allow_stale);
    add_field(&text, DOMAIN_ANCHORS, anchors);
    add_field(&text, DOMAIN_CRLS, hc_bytes_of(places, sizeof places));
    hc_sha256(hc_buf_view(&text), out);
}
