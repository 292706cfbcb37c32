/*
 * gateconf_trust.c - whom each gate trusts and how it judges: what the file says, what the gate says, and what is then
 * in force.
 */
#include "config/near.h"
#include "config/scalar.h"
#include "gate/gateconf_internal.h"

static struct hc_rc no_memory(struct hc_err *e)
{
    return HC_FAIL(e, HC_E_NOMEM, "no memory for the configuration");
}

/* --- bundles ------------------------------------------------------------------------------------------------------ */

static struct hc_rc check_asserts(const struct hc_gateconf_work *w, struct hc_anchors_conf *anchors, struct hc_err *e)
{
    if (anchors->asserts.n == 0)
        return HC_OK;
    anchors->subtrees = hc_arena_take(w->arena, anchors->asserts.n * sizeof anchors->subtrees[0]);
    if (anchors->subtrees == NULL)
        return no_memory(e);
    for (size_t i = 0; i < anchors->asserts.n; i++) {
        const struct hc_conf_string *text = &anchors->asserts.v[i];
        struct hc_rc rc = hc_subtree_parse(hc_bytes_str(text->s), &anchors->subtrees[i], e);

        if (rc.code == HC_E_USAGE)
            HC_GATECONF_ADD(w, text->mark, HC_E_CONFIG_VALUE, "%s", e->text);
        else
            HC_TRY(e, rc);
    }
    return HC_OK;
}

static void check_entry_name(const struct hc_gateconf_work *w, const struct hc_bundle_conf *bundle,
                             const struct hc_anchors_conf *anchors)
{
    const char *name = anchors->name.s;
    char where[HC_MARK_TEXT];

    if (name == NULL)
        return;
    if (!hc_issuers_is_name(name))
        HC_GATECONF_ADD(
            w, anchors->name.mark, HC_E_CONFIG_VALUE,
            "the name of an entry has 1 to %d lower-case letters, digits and hyphens, which '%.*s' does not",
            HC_ISSUED_BY_NAME_MAX, HC_CONFIG_SHOWN, name);
    for (const struct hc_anchors_conf *other = bundle->entries.v; other < anchors; other++) {
        if (other->name.s == NULL || strcmp(other->name.s, name) != 0)
            continue;
        HC_GATECONF_ADD(w, anchors->name.mark, HC_E_CONFIG_CONTRADICTION, "the name '%.*s' is taken already (%s)",
                        HC_CONFIG_SHOWN, name, hc_mark_text(other->name.mark, where));
        return;
    }
}

static struct hc_rc check_bundle(const struct hc_gateconf_work *w, struct hc_bundle_conf *bundle, struct hc_err *e)
{
    hc_gateconf_check_path(w, &bundle->file, "bundle");
    for (size_t i = 0; i < bundle->entries.n; i++) {
        struct hc_anchors_conf *anchors = &bundle->entries.v[i];

        hc_gateconf_check_path(w, &anchors->file, "file");
        check_entry_name(w, bundle, anchors);
        HC_TRY(e, check_asserts(w, anchors, e));
    }
    return HC_OK;
}

/* --- revocation --------------------------------------------------------------------------------------------------- */

/* "refuse", or "allow-for 6h". */
static bool parse_stale(struct hc_bytes text, int64_t *seconds)
{
    static const char word[] = "allow-for ";

    *seconds = 0;
    if (hc_bytes_eq_str(text, "refuse"))
        return true;
    return hc_bytes_starts(text, hc_bytes_str(word)) &&
           hc_scalar_duration(hc_bytes_skip(text, sizeof word - 1), seconds) && *seconds > 0 &&
           *seconds <= HC_GATECONF_STALE_MAX;
}

static void check_revocation(const struct hc_gateconf_work *w, struct hc_revocation_conf *revocation)
{
    const struct hc_conf_string *stale = &revocation->stale;

    for (size_t i = 0; i < revocation->crl.n; i++)
        hc_gateconf_check_path(w, &revocation->crl.v[i], "crl");
    if (!hc_mark_said(revocation->check.mark))
        revocation->check.v = HC_CONF_CHECK_CHAIN;
    if (stale->s != NULL && !parse_stale(hc_bytes_str(stale->s), &revocation->allow_stale)) {
        revocation->allow_stale = 0;
        HC_GATECONF_ADD(w, stale->mark, HC_E_CONFIG_VALUE,
                        "'stale' must be refuse, or allow-for and a duration from 1s to 30d, not '%.*s'; for instance "
                        "stale: allow-for 6h",
                        HC_CONFIG_SHOWN, stale->s);
    }
}

static struct hc_rc check_said(const struct hc_gateconf_work *w, struct hc_trust_conf *trust, struct hc_err *e)
{
    if (!hc_mark_said(trust->profile.mark))
        trust->profile.v = HC_VERIFY_GATE;
    check_revocation(w, &trust->revocation);
    return check_bundle(w, &trust->bundle, e);
}

/* --- what is in force --------------------------------------------------------------------------------------------- */

static bool says_own(const struct hc_trust_conf *trust)
{
    return hc_mark_said(trust->bundle.mark) || hc_mark_said(trust->revocation.mark) ||
           hc_mark_said(trust->profile.mark);
}

static struct hc_trust_use use_of(const struct hc_trust_conf *top, const struct hc_trust_conf *own)
{
    return (struct hc_trust_use){
        .bundle = hc_mark_said(own->bundle.mark) ? &own->bundle : &top->bundle,
        .revocation = hc_mark_said(own->revocation.mark) ? &own->revocation : &top->revocation,
        .profile = hc_mark_said(own->profile.mark) ? own->profile.v : top->profile.v,
    };
}

static struct hc_rc settle_trusts(const struct hc_gateconf_work *w, struct hc_err *e)
{
    struct hc_gateconf *conf = w->conf;

    conf->trusts = hc_arena_take(w->arena, (1 + conf->gates.n) * sizeof conf->trusts[0]);
    if (conf->trusts == NULL)
        return no_memory(e);
    conf->trusts[0] = use_of(&conf->trust, &conf->trust);
    conf->n_trusts = 1;
    for (size_t i = 0; i < conf->gates.n; i++) {
        struct hc_gate_conf *gate = &conf->gates.v[i];

        if (says_own(&gate->trust)) {
            gate->trust_index = conf->n_trusts++;
            conf->trusts[gate->trust_index] = use_of(&conf->trust, &gate->trust);
        }
        if (gate->identity.name.s != NULL)
            conf->trusts[gate->trust_index].home = true;
    }
    return HC_OK;
}

/* --- what has to be said ------------------------------------------------------------------------------------------ */

/* Whether the gate judges certificates although no home is known that has the bundle and the CRLs. */
static bool judges_without_home(const struct hc_gate_conf *gate)
{
    bool files = hc_mark_said(gate->identity.certificate.mark) || hc_mark_said(gate->identity.key.mark);
    bool clients = hc_mark_said(gate->clients.mark) && gate->clients.v != HC_CLIENTS_NONE;

    return files && (clients || hc_forward_is_tls(gate->forward.kind));
}

static void miss_bundle(const struct hc_gateconf_work *w, const char *where)
{
    bool flags = w->conf->mark.option != NULL;

    HC_GATECONF_ADD(
        w, flags ? (struct hc_mark){.option = "--bundle"} : w->conf->mark, HC_E_CONFIG_MISSING,
        "%s is missing: the identity of a gate is given by files (%s), so no home tells which authority to trust; for "
        "instance %s/var/lib/handclasp/publish/bundle.pem",
        flags ? "it" : "'bundle'", where, flags ? "--bundle " : "bundle: ");
}

static void miss_revocation(const struct hc_gateconf_work *w, const char *where)
{
    bool flags = w->conf->mark.option != NULL;

    HC_GATECONF_ADD(
        w, flags ? (struct hc_mark){.option = "--crl"} : w->conf->mark, HC_E_REVOCATION_UNSAID,
        "nothing says how revocation is checked, and the identity of a gate is given by files (%s), so no home tells; "
        "write %s",
        where,
        flags ? "--crl DIRECTORY, or --no-revocation"
              : "revocation: {crl: [DIRECTORY], stale: refuse}, or revocation: none");
}

/* Each is missed once, for the first gate that needs it. */
static void check_needed(const struct hc_gateconf_work *w)
{
    bool bundle = false;
    bool revocation = false;

    for (size_t i = 0; i < w->conf->gates.n; i++) {
        const struct hc_gate_conf *gate = &w->conf->gates.v[i];
        const struct hc_trust_use *use = &w->conf->trusts[gate->trust_index];
        char where[HC_MARK_TEXT];

        if (!judges_without_home(gate))
            continue;
        hc_mark_text(gate->identity.mark, where);
        if (!hc_mark_said(use->bundle->mark) && !bundle)
            miss_bundle(w, where);
        if (!hc_mark_said(use->revocation->mark) && !revocation)
            miss_revocation(w, where);
        bundle = bundle || !hc_mark_said(use->bundle->mark);
        revocation = revocation || !hc_mark_said(use->revocation->mark);
    }
}

/* A block without `crl` means those of the home, for gates that have one. */
static void check_crls(const struct hc_gateconf_work *w, const struct hc_revocation_conf *revocation)
{
    bool flags = w->conf->mark.option != NULL;
    bool home = false;

    if (!hc_mark_said(revocation->mark) || revocation->none.v || hc_mark_said(revocation->crl.mark))
        return;
    if (!hc_mark_said(revocation->check.mark) && !hc_mark_said(revocation->stale.mark) && !flags &&
        w->problems->n > 0) /* `revocation: nonee` is bound as nothing, and was reported */
        return;
    for (size_t i = 0; i < w->conf->gates.n; i++) {
        const struct hc_gate_conf *gate = &w->conf->gates.v[i];

        if (w->conf->trusts[gate->trust_index].revocation != revocation)
            continue;
        home = home || gate->identity.name.s != NULL;
        if (judges_without_home(gate)) {
            home = false;
            break;
        }
    }
    if (!home)
        HC_GATECONF_ADD(w, flags ? (struct hc_mark){.option = "--crl"} : revocation->mark, HC_E_CONFIG_MISSING,
                        "%s is missing%s: files of CRLs, or directories that hold them, as no home tells; for instance "
                        "%s/var/lib/handclasp/publish/crl%s",
                        flags ? "it" : "'crl'", flags ? "" : " here", flags ? "--crl " : "crl: [", flags ? "" : "]");
}

/* --- issued-by ---------------------------------------------------------------------------------------------------- */

static bool is_entry(const struct hc_bundle_conf *bundle, const char *name, struct hc_near *near)
{
    for (size_t i = 0; i < bundle->entries.n; i++) {
        const char *entry = bundle->entries.v[i].name.s;

        if (entry != NULL && strcmp(entry, name) == 0)
            return true;
        if (entry != NULL)
            hc_near_try(near, entry);
    }
    return false;
}

static void check_issuer(const struct hc_gateconf_work *w, const struct hc_bundle_conf *bundle,
                         const struct hc_conf_string *issuer)
{
    struct hc_near near = hc_near_start(hc_bytes_str(issuer->s));
    bool broken = hc_mark_said(bundle->mark) && bundle->file.s == NULL && bundle->entries.n == 0;

    if (hc_issuers_is_fingerprint(issuer->s) || broken || is_entry(bundle, issuer->s, &near))
        return;
    if (hc_bytes_starts(hc_bytes_str(issuer->s), HC_BYTES("sha256:")))
        HC_GATECONF_ADD(w, issuer->mark, HC_E_CONFIG_VALUE,
                        "after 'sha256:' come 64 hexadecimal digits, the fingerprint of a CA certificate");
    else if (near.best != NULL)
        HC_GATECONF_ADD(w, issuer->mark, HC_E_CONFIG_VALUE,
                        "no entry of this gate's bundle is called '%.*s'; did you mean '%s'?", HC_CONFIG_SHOWN,
                        issuer->s, near.best);
    else
        HC_GATECONF_ADD(w, issuer->mark, HC_E_CONFIG_VALUE,
                        "no entry of this gate's bundle is called '%.*s'; name one so under 'bundle', or write sha256: "
                        "and the fingerprint of a CA certificate",
                        HC_CONFIG_SHOWN, issuer->s);
}

static void check_issued_by(const struct hc_gateconf_work *w, const struct hc_gate_conf *gate,
                            const struct hc_route_conf *route)
{
    char where[HC_MARK_TEXT];

    for (size_t i = 0; i < route->issued_by.n; i++)
        check_issuer(w, w->conf->trusts[gate->trust_index].bundle, &route->issued_by.v[i]);
    if (hc_mark_said(route->issued_by.mark) && hc_mark_said(gate->clients.mark) && gate->clients.v == HC_CLIENTS_NONE)
        HC_GATECONF_ADD(w, route->issued_by.mark, HC_E_CONFIG_CONTRADICTION,
                        "'issued-by' can never match, because this gate asks clients for no certificate: 'none' (%s); "
                        "write 'optional' or 'required' there",
                        hc_mark_text(gate->clients.mark, where));
}

/* --- what is said in vain ----------------------------------------------------------------------------------------- */

/* Whoever gives a gate a bundle believes that it judges somebody (T11). */
static void check_vain(const struct hc_gateconf_work *w, const struct hc_gate_conf *gate)
{
    const struct {
        const char *key;
        struct hc_mark mark;
    } said[] = {{"bundle", gate->trust.bundle.mark},
                {"revocation", gate->trust.revocation.mark},
                {"profile", gate->trust.profile.mark}};
    bool behind = hc_mark_said(gate->serve.mark) || gate->forward.kind != HC_FORWARD_NONE;
    char where[HC_MARK_TEXT];

    if (!behind || !hc_mark_said(gate->clients.mark) || gate->clients.v != HC_CLIENTS_NONE ||
        hc_forward_is_tls(gate->forward.kind))
        return;
    for (size_t i = 0; i < HC_COUNT(said); i++)
        if (hc_mark_said(said[i].mark))
            HC_GATECONF_ADD(w, said[i].mark, HC_E_CONFIG_CONTRADICTION,
                            "'%s' is said for a gate that judges no certificate, because it asks clients for none: "
                            "'none' (%s); write 'optional' or 'required' there, or remove it here",
                            said[i].key, hc_mark_text(gate->clients.mark, where));
}

struct hc_rc hc_gateconf_check_trusts(const struct hc_gateconf_work *w, struct hc_err *e)
{
    struct hc_gateconf *conf = w->conf;

    HC_TRY(e, check_said(w, &conf->trust, e));
    for (size_t i = 0; i < conf->gates.n; i++)
        HC_TRY(e, check_said(w, &conf->gates.v[i].trust, e));
    HC_TRY(e, settle_trusts(w, e));
    check_needed(w);
    check_crls(w, &conf->trust.revocation);
    for (size_t i = 0; i < conf->gates.n; i++) {
        const struct hc_gate_conf *gate = &conf->gates.v[i];

        check_crls(w, &gate->trust.revocation);
        check_vain(w, gate);
        for (size_t r = 0; r < gate->routes.n; r++)
            check_issued_by(w, gate, &gate->routes.v[r]);
    }
    return HC_OK;
}
