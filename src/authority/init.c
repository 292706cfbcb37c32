/*
 * init.c - an authority from nothing.
 *
 * Everything is made in HOME/.handclasp-new-XXXXXX, which is laid out like a home itself, and two renames put it in
 * place: first authority/, which is the moment from which the authority exists, then publish/. A crash between the two
 * leaves an authority whose next `publish` makes the rest; a failure takes the first one back.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "authority/detail.h"
#include "authority/home.h"
#include "authority/init.h"
#include "authority/init_check.h"
#include "authority/init_root.h"
#include "authority/inside.h"
#include "authority/issue.h"
#include "authority/issuer_inside.h"
#include "authority/mint.h"
#include "authority/move.h"
#include "authority/publish.h"
#include "base/clock.h"
#include "crypto/digest.h"

struct plan {
    const struct hc_crypto *crypto;
    const struct hc_init_options *o;
    int64_t now, root_s, issuer_s;
    char temp[HC_PATH]; /* a home in the making */
    struct hc_ledger *ledger;
    struct hc_ca root, issuing; /* issuing.cert is NULL where there is none yet */
    bool stick_written;
};

static void plan_fini(struct plan *p)
{
    hc_cert_free(p->root.cert);
    hc_cert_free(p->issuing.cert);
    hc_key_free(p->root.key);
    hc_key_free(p->issuing.key);
    hc_ledger_free(p->ledger);
}

/* ---- before anything is made ---- */

static struct hc_rc check_lifetimes(struct plan *p, struct hc_err *e)
{
    p->root_s = p->o->root_seconds ? p->o->root_seconds : HC_INIT_ROOT_S;
    p->issuer_s = p->o->issuer_seconds ? p->o->issuer_seconds : HC_INIT_ISSUER_S;
    if (p->root_s < 1 || p->issuer_s < 1 || p->root_s > HC_INIT_LIFETIME_MAX)
        return HC_FAIL(e, HC_E_LIFETIME, "a CA lives for a second at least and for 100 years at most");
    if (p->issuer_s > p->root_s)
        p->issuer_s = p->root_s;
    return HC_OK;
}

static struct hc_rc check_times(struct plan *p, struct hc_err *e)
{
    char when[HC_TIME_TEXT];

    HC_TRY(e, check_lifetimes(p, e));
    p->now = p->o->now ? p->o->now : hc_time_now();
    if (p->now < HC_INIT_TIME_MIN)
        return HC_FAIL(e, HC_E_CLOCK, "it is %s here, which cannot be", hc_time_text(p->now, when));
    return HC_OK;
}

/* Removes what killed runs left, CA keys among it, unless another run is at it: then, as before, the move into place
 * decides. The descriptor keeps the next run from sweeping while this one works; -1 when it cannot. */
static int hold(const char *home)
{
    struct hc_err ignored = {0};
    char path[HC_PATH];
    HC_FD fd = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int held = -1;

    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0)
        return -1;
    if (hc_ok(hc_home_path(home, HC_HOME_AUTHORITY, path, &ignored)))
        hc_move_sweep(path);
    held = fd;
    fd = -1;
    return held;
}

/* ---- the CAs ---- */

static struct hc_rc write_key(const struct plan *p, const struct hc_ca *ca, struct hc_err *e)
{
    HC_BUF_SECRET(key, HC_KEY_PEM_MAX);
    char path[HC_PATH];

    HC_TRY(e, hc_key_to_pem(ca->key, p->o->passphrase, &key, e));
    HC_TRY(e, hc_home_issuer_path(p->temp, ca->name, HC_HOME_ISSUER_KEY, path, e));
    return hc_file_write_atomic(path, hc_buf_view(&key), 0600, e);
}

static struct hc_rc record_ca(const struct plan *p, const struct hc_ca *ca, const struct hc_cert *cert,
                              struct hc_err *e)
{
    struct hc_ledger_issuer row = {
        .name = hc_bytes_str(ca->name),
        .parent = hc_bytes_str(ca->parent ? ca->parent->name : ""),
        .der = cert->der,
        .key_file = hc_bytes_str(ca->key_file),
        .not_after = cert->not_after,
        .public_url = hc_bytes_str(ca->public_url),
    };

    return hc_ledger_put_issuer(p->ledger, &row, e);
}

struct telling {
    const struct plan *p;
    const struct hc_ca *ca;
};

static struct hc_rc tell(void *ctx, const struct hc_cert *cert, struct hc_err *e)
{
    const struct telling *t = ctx;

    return record_ca(t->p, t->ca, cert, e);
}

/* The key's kind, and everything of the request that does not depend on which CA it is. */
static struct hc_rc make_ca(const struct plan *p, struct hc_ca *ca, enum hc_key_kind kind,
                            struct hc_tbs_request *request, struct hc_err *e)
{
    struct hc_mint mint = {.crypto = p->crypto, .ledger = p->ledger};
    struct hc_ledger_request asked = {.at = p->now, .door = HC_BYTES("init"), .who = HC_BYTES("init")};
    __attribute__((cleanup(hc_minting_fini))) struct hc_minting minting = {0};
    struct hc_minting *one = &minting;
    struct telling telling = {.p = p, .ca = ca};
    HC_BUF_AUTO(spki, HC_CERT_MAX);

    HC_TRY(e, hc_key_generate(p->crypto, kind, &ca->key, e));
    HC_TRY(e, hc_key_spki(ca->key, &spki, e));
    request->spki = hc_buf_view(&spki);
    request->organisation = p->o->name;
    request->not_before = p->now - HC_ISSUE_BACKDATE_S;
    mint.signer = ca->parent ? ca->parent->key : ca->key;
    if (ca->parent)
        mint.issuers[mint.n_issuers++] = ca->parent->cert;
    asked.issuer = hc_bytes_str(ca->parent ? ca->parent->name : ca->name);
    asked.identity = hc_bytes_str(ca->name);
    HC_TRY(e, hc_mint_prepare(&mint, request, &asked, &minting, e));
    minting.tell = tell;
    minting.ctx = &telling;
    HC_TRY(e, hc_mint_run(&one, 1, e));
    ca->cert = HC_GIVE(minting.cert);
    return hc_issuer_write_cert(p->temp, ca->name, ca->cert, e);
}

static void name_ca(const struct plan *p, struct hc_ca *ca, const char *name, const struct hc_ca *parent)
{
    (void)snprintf(ca->name, sizeof ca->name, "%s", name);
    (void)snprintf(ca->key_file, sizeof ca->key_file, "%s.key.pem", name);
    (void)snprintf(ca->public_url, sizeof ca->public_url, "%s", p->o->public_url ? p->o->public_url : "");
    ca->parent = parent;
}

/* Its key goes to the stick and nowhere else, or into the home. */
static struct hc_rc keep_root_key(struct plan *p, struct hc_err *e)
{
    const struct hc_secret *own = p->o->root_passphrase ? p->o->root_passphrase : p->o->passphrase;

    if (!p->o->root_out)
        return write_key(p, &p->root, e);
    HC_TRY(e, hc_init_stick_write(p->crypto, p->o->root_out, p->root.key, own, p->root.cert, e));
    p->stick_written = true;
    return HC_OK;
}

static struct hc_rc make_root(struct plan *p, struct hc_err *e)
{
    char common_name[HC_INIT_NAME_MAX + 16];
    struct hc_tbs_request request = {
        .profile = HC_PROFILE_ROOT_CA,
        .common_name = common_name,
        .not_after = p->now + p->root_s,
        .permitted = p->o->permitted,
        .excluded = p->o->excluded,
    };

    if (p->o->root_out)
        p->root.key_file[0] = '\0';
    (void)snprintf(common_name, sizeof common_name, "%s Root CA", p->o->name);
    HC_TRY(e, make_ca(p, &p->root, p->o->has_root_key ? p->o->root_key : HC_INIT_ROOT_KEY, &request, e));
    return keep_root_key(p, e);
}

static struct hc_rc adopt_root(struct plan *p, struct hc_err *e)
{
    HC_TRY(e, hc_init_adopt(p->crypto, p->o->root_certificate, p->now, &p->root.cert, e));
    p->root.key_file[0] = '\0';
    HC_TRY(e, record_ca(p, &p->root, p->root.cert, e));
    return hc_issuer_write_cert(p->temp, p->root.name, p->root.cert, e);
}

static struct hc_rc make_issuing(struct plan *p, struct hc_err *e)
{
    char common_name[HC_INIT_NAME_MAX + 16];
    char crl_url[HC_CA_URL_MAX + HC_CA_NAME_MAX + 16], ca_url[HC_CA_URL_MAX + HC_CA_NAME_MAX + 16];
    struct hc_tbs_request request = {
        .profile = HC_PROFILE_ISSUING_CA,
        .common_name = common_name,
        .not_after = p->now + p->issuer_s,
        .crl_url = crl_url,
        .ca_url = ca_url,
    };

    hc_authority_crl_url(&p->root, crl_url);
    hc_authority_ca_url(&p->root, ca_url);
    name_ca(p, &p->issuing, HC_HOME_ISSUER, &p->root);
    (void)snprintf(common_name, sizeof common_name, "%s Issuing CA", p->o->name);
    HC_TRY(e, make_ca(p, &p->issuing, p->o->has_issuer_key ? p->o->issuer_key : HC_INIT_ISSUER_KEY, &request, e));
    return write_key(p, &p->issuing, e);
}

static struct hc_rc make_cas(struct plan *p, struct hc_err *e)
{
    name_ca(p, &p->root, HC_HOME_ROOT, NULL);
    if (p->o->root_certificate.n > 0)
        return adopt_root(p, e);
    HC_TRY(e, make_root(p, e));
    return p->o->root_only ? HC_OK : make_issuing(p, e);
}

/* ---- the rest of the home ---- */

static struct hc_rc make_dirs(const struct plan *p, struct hc_err *e)
{
    static const struct {
        enum hc_home_place place;
        mode_t mode;
    } dirs[] = {{HC_HOME_AUTHORITY, 0700}, {HC_HOME_PUBLISH, 0755}, {HC_HOME_CRLS, 0755}};
    char path[HC_PATH];

    for (size_t i = 0; i < HC_COUNT(dirs); i++) {
        HC_TRY(e, hc_home_path(p->temp, dirs[i].place, path, e));
        HC_TRY(e, hc_dir_make(path, dirs[i].mode, e));
        if (chmod(path, dirs[i].mode) != 0) /* whatever the umask */
            return HC_FAIL_SYS(e, HC_E_FILE_UNWRITABLE, errno, "cannot set the mode of %s", path);
    }
    return HC_OK;
}

static struct hc_rc record_init(const struct plan *p, struct hc_err *e)
{
    HC_BUF_AUTO(detail, HC_DETAIL_MAX);

    hc_detail_str(&detail, "name", hc_bytes_str(p->o->name));
    hc_detail_serial(&detail, "root", p->root.cert->serial);
    if (p->issuing.cert)
        hc_detail_serial(&detail, "issuing", p->issuing.cert->serial);
    hc_detail_end(&detail);
    HC_TRY(e, hc_buf_check(&detail, e));
    return hc_ledger_put_event(p->ledger, p->now, "init", hc_buf_view(&detail), e);
}

static struct hc_rc write_marker(const struct plan *p, struct hc_err *e)
{
    HC_BUF_AUTO(text, 32);
    char path[HC_PATH];

    hc_buf_addf(&text, "%d\n", HC_HOME_VERSION);
    HC_TRY(e, hc_buf_check(&text, e));
    HC_TRY(e, hc_home_path(p->temp, HC_HOME_MARKER, path, e));
    return hc_file_write_atomic(path, hc_buf_view(&text), 0600, e);
}

/*
 * The first CRLs and the bundle are made as all later ones are. The keys are lent: opening them again would take a
 * second each, and the root's may be on its stick already. Where no key ever was, the ceremony brings the root's first
 * CRL, and the first issuer signs the first head.
 */
static struct hc_rc publish_first(struct plan *p, struct hc_err *e)
{
    HC_AUTO(hc_authority) a = NULL;
    struct hc_published done = {0};
    struct hc_rc rc;

    HC_TRY(e, hc_authority_open(p->crypto, p->temp, &a, e));
    hc_authority_set_time(a, p->now);
    a->ca[0].key = HC_GIVE(p->root.key);
    if (a->n_ca > 1)
        a->ca[1].key = HC_GIVE(p->issuing.key);
    rc = hc_authority_publish(a, true, &done, e);
    if (p->o->root_certificate.n > 0 && rc.code == HC_E_ROOT_OFFLINE)
        return HC_OK;
    return rc;
}

static struct hc_rc build(struct plan *p, struct hc_err *e)
{
    char path[HC_PATH];
    struct hc_ledger_options ledger = {.path = path, .create = true, .sha256 = hc_sha256};

    HC_TRY(e, make_dirs(p, e));
    HC_TRY(e, hc_home_path(p->temp, HC_HOME_LEDGER, path, e));
    HC_TRY(e, hc_ledger_open(&ledger, &p->ledger, e));
    HC_TRY(e, make_cas(p, e));
    HC_TRY(e, record_init(p, e));
    hc_ledger_free(HC_GIVE(p->ledger)); /* closed, it is one file without a journal beside it */
    HC_TRY(e, write_marker(p, e));
    return publish_first(p, e);
}

static struct hc_rc move_one(const struct plan *p, enum hc_home_place place, struct hc_err *e)
{
    char from[HC_PATH], to[HC_PATH];

    HC_TRY(e, hc_home_path(p->temp, place, from, e));
    HC_TRY(e, hc_home_path(p->o->home, place, to, e));
    return hc_move_into_place(from, to, false, NULL, e);
}

/* Moves one back that was moved. Where the failure came after the move, as when it could not be made durable, it was:
 * then it lies no longer here. */
static bool take_back(const struct plan *p, enum hc_home_place place)
{
    char from[HC_PATH], to[HC_PATH];
    struct hc_err ignored = {0};

    return hc_failed(hc_home_path(p->temp, place, from, &ignored)) || hc_file_exists(from) ||
           hc_failed(hc_home_path(p->o->home, place, to, &ignored)) || rename(to, from) == 0;
}

static void take_all_back(struct plan *p)
{
    bool publish = take_back(p, HC_HOME_PUBLISH);

    if (!take_back(p, HC_HOME_AUTHORITY) || !publish)
        p->stick_written = false; /* the authority stays, and so must its root's key */
}

static struct hc_rc move_all(struct plan *p, struct hc_err *e)
{
    char identities[HC_PATH];
    struct hc_rc rc;

    HC_TRY(e, hc_home_path(p->o->home, HC_HOME_IDENTITIES, identities, e));
    HC_TRY(e, hc_dir_make(identities, 0755, e));
    rc = move_one(p, HC_HOME_AUTHORITY, e);
    if (hc_ok(rc))
        rc = move_one(p, HC_HOME_PUBLISH, e);
    if (hc_failed(rc))
        take_all_back(p);
    return rc;
}

static struct hc_rc build_and_move(struct plan *p, struct hc_err *e)
{
    struct hc_err ignored = {0};
    char authority[HC_PATH];
    struct hc_rc rc;

    HC_TRY(e, hc_home_path(p->o->home, HC_HOME_AUTHORITY, authority, e));
    HC_TRY(e, hc_move_temporary(authority, 0700, p->temp, e));
    rc = build(p, e);
    if (hc_ok(rc))
        rc = move_all(p, e);
    if (hc_failed(rc) && p->stick_written)
        hc_init_stick_remove(p->o->root_out); /* the key of a root that never was */
    hc_ledger_free(HC_GIVE(p->ledger));
    hc_ignore(hc_dir_remove(p->temp, &ignored)); /* an empty shell after success */
    return rc;
}

struct hc_rc hc_authority_init(const struct hc_crypto *crypto, const struct hc_init_options *o, struct hc_err *e)
{
    __attribute__((cleanup(plan_fini))) struct plan p = {.crypto = crypto, .o = o};
    char identities[HC_PATH];
    bool was_there = hc_file_exists(o->home);
    HC_FD held = -1;
    struct hc_rc rc;

    HC_TRY(e, hc_init_check_options(o, e));
    HC_TRY(e, check_times(&p, e));
    HC_TRY(e, hc_init_check_free(o->home, e));
    if (o->root_out)
        HC_TRY(e, hc_init_stick_check(o->root_out, e));
    HC_TRY(e, hc_home_path(o->home, HC_HOME_IDENTITIES, identities, e));
    HC_TRY(e, hc_dir_make(o->home, 0755, e));   /* gates of other users read publish/ */
    HC_TRY(e, hc_init_check_owner(o->home, e)); /* not before: somebody else may be making it just now */
    held = hold(o->home);
    rc = build_and_move(&p, e);
    if (hc_failed(rc) && !was_there) {
        (void)rmdir(identities); /* both only when empty */
        (void)rmdir(o->home);
    }
    return rc;
}
