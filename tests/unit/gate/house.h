/* house.h - for the tests of snapshots: two authorities, some gates' certificates, and their files in a directory. */
#ifndef HC_TEST_GATE_HOUSE_H
#define HC_TEST_GATE_HOUSE_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../pki/testpki.h"
#include "base/file.h"
#include "gate/snapshot.h"

#define HOUSE_TEXT 8192

struct house {
    char dir[64];
    unsigned port; /* that nobody uses */
    struct hc_crypto *crypto;
    struct testpki root, partner; /* root.pem, partner.pem, both.pem; root.crl, partner.crl */
    struct testpki shop;          /* dns:shop.example.com */
    struct testpki blog;          /* dns:blog.example.com dns:*.example.com */
    struct testpki mail;          /* email only */
    struct hc_gateconf *conf;
    struct hc_config_problems problems;
    struct hc_snapshot_input in;
    enum hc_code told; /* the last alarm but "issuer not known yet" */
    unsigned alarms;
    char source[HC_PATH];
};

static inline void house_hear(void *ctx, enum hc_code code, const char *source, const char *text)
{
    struct house *h = ctx;

    (void)text;
    if (code == HC_E_CRL_UNKNOWN_ISSUER)
        return;
    h->told = code;
    h->alarms++;
    snprintf(h->source, sizeof h->source, "%s", source);
}

static inline void house_put(const struct house *h, const char *name, struct hc_bytes contents, mode_t mode)
{
    char path[HC_PATH];
    struct hc_err e;

    expect_ok(&e, hc_path_join(path, h->dir, name, &e));
    expect_ok(&e, hc_file_write_atomic(path, contents, mode, &e));
}

static inline void house_put_certs(const struct house *h, const char *name, const struct testpki *a,
                                   const struct testpki *b)
{
    HC_BUF_AUTO(pem, HOUSE_TEXT);

    testpki_pem(a, &pem);
    if (b)
        testpki_pem(b, &pem);
    house_put(h, name, hc_buf_view(&pem), 0644);
}

static inline void house_put_crl(const struct house *h, const char *name, const struct testpki *issuer, uint64_t number,
                                 const struct hc_cert *revoked)
{
    HC_BUF_AUTO(der, HOUSE_TEXT);

    testpki_crl(&(struct testpki_crl){.number = number, .revoked = {revoked}}, issuer, &der);
    house_put(h, name, hc_buf_view(&der), 0644);
}

static inline void house_put_identity(const struct house *h, const char *name, const struct testpki *who)
{
    HC_BUF_AUTO(pem, HOUSE_TEXT);
    char file[64];
    struct hc_err e;

    snprintf(file, sizeof file, "%s.pem", name);
    house_put_certs(h, file, who, NULL);
    expect_ok(&e, hc_key_to_pem(who->key, NULL, &pem, &e));
    snprintf(file, sizeof file, "%s.key", name);
    house_put(h, file, hc_buf_view(&pem), 0600);
}

/* A port that was free a moment ago. */
static inline unsigned house_port(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, n), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
    close(fd);
    return ntohs(a.sin_port);
}

static inline int house_setup(void **state)
{
    struct house *h = calloc(1, sizeof *h);
    struct hc_err e;

    *state = h;
    strcpy(h->dir, "/tmp/handclasp-house-XXXXXX");
    assert_non_null(mkdtemp(h->dir));
    h->port = house_port();
    expect_ok(&e, hc_crypto_new(&h->crypto, &e));
    testpki_issue(h->crypto, &(struct testpki_spec){.subject = "Root", .ca = true}, NULL, &h->root);
    testpki_issue(h->crypto, &(struct testpki_spec){.subject = "Partner", .ca = true}, NULL, &h->partner);
    testpki_issue(h->crypto, &(struct testpki_spec){.subject = "shop", .serial = 1, .san = {"dns:shop.example.com"}},
                  &h->root, &h->shop);
    testpki_issue(
        h->crypto,
        &(struct testpki_spec){.subject = "blog", .serial = 2, .san = {"dns:blog.example.com", "dns:*.example.com"}},
        &h->root, &h->blog);
    testpki_issue(h->crypto, &(struct testpki_spec){.subject = "mail", .serial = 3, .san = {"email:m@example.com"}},
                  &h->root, &h->mail);
    house_put_certs(h, "root.pem", &h->root, NULL);
    house_put_certs(h, "partner.pem", &h->partner, NULL);
    house_put_certs(h, "both.pem", &h->root, &h->partner);
    house_put_crl(h, "root.crl", &h->root, 1, NULL);
    house_put_crl(h, "partner.crl", &h->partner, 1, NULL);
    house_put_identity(h, "shop", &h->shop);
    house_put_identity(h, "blog", &h->blog);
    house_put_identity(h, "mail", &h->mail);
    h->in = (struct hc_snapshot_input){.crypto = h->crypto, .now = TESTPKI_NOW, .alarm = house_hear, .alarm_ctx = h};
    return 0;
}

static inline int house_teardown(void **state)
{
    struct house *h = *state;
    struct hc_err e;

    hc_gateconf_free(h->conf);
    testpki_fini(&h->root);
    testpki_fini(&h->partner);
    testpki_fini(&h->shop);
    testpki_fini(&h->blog);
    testpki_fini(&h->mail);
    hc_crypto_free(h->crypto);
    expect_ok(&e, hc_dir_remove(h->dir, &e));
    free(h);
    return 0;
}

/* The configuration, with the directory for every @ and the port for every #. Takes the place of the one before. */
static inline void house_conf(struct house *h, const char *yaml)
{
    HC_BUF_AUTO(text, HOUSE_TEXT);
    struct hc_err e = {0};

    for (; *yaml; yaml++) {
        if (*yaml == '@')
            hc_buf_add_str(&text, h->dir);
        else if (*yaml == '#')
            hc_buf_addf(&text, "%u", h->port);
        else
            hc_buf_add_byte(&text, (uint8_t)*yaml);
    }
    hc_gateconf_free(h->conf);
    h->conf = NULL;
    expect_ok(&e, hc_gateconf_parse(hc_buf_view(&text), "f", &h->conf, &h->problems, &e));
    h->in.conf = h->conf;
}

/* The snapshot of the configuration, after `previous`; *h tells of alarms since. */
static inline struct hc_snapshot *house_build(struct house *h, const struct hc_snapshot *previous, bool same_conf)
{
    struct hc_snapshot *s = NULL;
    struct hc_err e = {0};

    h->told = HC_OK_CODE;
    h->alarms = 0;
    h->in.previous = previous;
    h->in.keep_broken = same_conf;
    expect_ok(&e, hc_snapshot_build(&h->in, &s, &e));
    return s;
}

static inline void house_refuse(struct house *h, const struct hc_snapshot *previous, bool same_conf, enum hc_code code,
                                const char *words)
{
    struct hc_snapshot *s = NULL;
    struct hc_err e = {0};

    h->in.previous = previous;
    h->in.keep_broken = same_conf;
    expect_fail(&e, hc_snapshot_build(&h->in, &s, &e), code);
    assert_null(s);
    if (!strstr(e.text, words))
        fail_msg("'%s' is not in: %s", words, e.text);
}

/* A gate in one line: its name, whose certificate, and more keys. All listen at one address. */
#define HOUSE_GATE(name, who, more)                                                                                    \
    "- {name: " name ", listen: \"127.0.0.1:#\", identity: {certificate: \"@/" who ".pem\", key: \"@/" who ".key\"}, " \
    "clients: required, forward: \"http://127.0.0.1:9\", routes: [{path: /**, allow: [authenticated]}]" more "}\n"
#define HOUSE_TOP "bundle: \"@/root.pem\"\nrevocation: {crl: [\"@/root.crl\"]}\n"

#define HOUSE_TEST(f) cmocka_unit_test_setup_teardown(f, house_setup, house_teardown)

#endif
