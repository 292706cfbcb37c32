/* What an OCSP response is worth (T15): whose it is, whom it is about, and when. */
#include "ocsping.h"

struct fixture {
    struct hc_crypto *c;
    struct testpki ca;       /* the issuer of leaf */
    struct testpki other;    /* another CA of the same name */
    struct testpki sibling;  /* a certificate of the same issuer, for anything but OCSP */
    struct testpki leaf;     /* in question */
    struct testpki delegate; /* a responder as it should be */
};

static int setup(void **state)
{
    static struct fixture f;
    struct hc_err e;
    struct testpki_spec ca = {.subject = "Issuer", .ca = true};
    expect_ok(&e, hc_crypto_new(&f.c, &e));
    testpki_issue(f.c, &ca, NULL, &f.ca);
    testpki_issue(f.c, &ca, NULL, &f.other);
    testpki_issue(f.c, &(struct testpki_spec){.subject = "sibling", .serial = 7}, &f.ca, &f.sibling);
    testpki_issue(f.c, &(struct testpki_spec){.subject = "leaf", .san = {"dns:a.example.com"}}, &f.ca, &f.leaf);
    testpki_issue(f.c, &(struct testpki_spec){.subject = "responder", .serial = 8, .ocsp = true}, &f.ca, &f.delegate);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    testpki_fini(&f->delegate);
    testpki_fini(&f->leaf);
    testpki_fini(&f->sibling);
    testpki_fini(&f->other);
    testpki_fini(&f->ca);
    hc_crypto_free(f->c);
    return 0;
}

/* Signed by `signer`, whose certificate comes with it unless it is the issuer. */
static struct ocsping response(struct fixture *f, struct testpki *signer)
{
    return (struct ocsping){
        .answer = {{.cert = f->leaf.cert, .issuer = f->ca.cert}},
        .signer = signer,
        .certs = {signer == &f->ca ? NULL : signer->cert},
    };
}

static struct hc_rc check_at(struct fixture *f, const struct ocsping *s, int64_t now, struct hc_err *e)
{
    HC_BUF_AUTO(der, OCSPING_ROOM);
    HC_AUTO(hc_ocsp) o = NULL;
    ocsping_der(&der, s);
    expect_ok(e, hc_ocsp_parse(hc_buf_view(&der), &o, e));
    return hc_ocsp_check(f->c, o, f->leaf.cert, f->ca.cert, now, e);
}

static struct hc_rc check(struct fixture *f, const struct ocsping *s, struct hc_err *e)
{
    return check_at(f, s, TESTPKI_NOW, e);
}

static void says(const struct hc_err *e, const char *because)
{
    if (strstr(e->text, because) == NULL)
        fail_msg("wanted '%s' in '%s'", because, e->text);
}

/* Whoever signs so is not believed: neither that it is good nor that it is revoked. */
static void signer_refused(struct fixture *f, struct ocsping s, const char *because)
{
    struct hc_err e;
    expect_fail(&e, check(f, &s, &e), HC_E_OCSP_SIGNER);
    says(&e, because);
    s.answer[0].status = OCSPING_REVOKED;
    expect_fail(&e, check(f, &s, &e), HC_E_OCSP_SIGNER);
    says(&e, because);
}

static void ocsp_believes_the_issuer_itself(void **state)
{
    struct fixture *f = *state;
    struct hc_err e;
    struct ocsping s = response(f, &f->ca);
    expect_ok(&e, check(f, &s, &e));
    s.by_key = true;
    expect_ok(&e, check(f, &s, &e));
    s.answer[0].sha256 = true;
    expect_ok(&e, check(f, &s, &e));
}

static void ocsp_believes_a_responder_that_the_issuer_delegated(void **state)
{
    struct fixture *f = *state;
    struct hc_err e;
    struct ocsping s = response(f, &f->delegate);
    expect_ok(&e, check(f, &s, &e));
    s.by_key = true;
    expect_ok(&e, check(f, &s, &e));
    s.certs[0] = f->ca.cert; /* other certificates beside it, in any order */
    s.certs[1] = f->sibling.cert;
    s.certs[2] = f->delegate.cert;
    expect_ok(&e, check(f, &s, &e));
}

static void ocsp_believes_a_delegate_without_a_key_usage(void **state)
{
    struct fixture *f = *state;
    struct hc_err e;
    struct testpki d;
    testpki_issue(f->c, &(struct testpki_spec){.subject = "d", .ocsp = true, .no_usage = true}, &f->ca, &d);
    struct ocsping s = response(f, &d);
    expect_ok(&e, check(f, &s, &e));
    testpki_fini(&d);
}

static void ocsp_condemns_what_the_issuer_revoked(void **state)
{
    struct fixture *f = *state;
    struct hc_err e;
    struct ocsping s = response(f, &f->ca);
    s.answer[0].status = OCSPING_REVOKED_FOR_KEY;
    expect_fail(&e, check(f, &s, &e), HC_E_REVOKED);
    says(&e, "1234567890");
    says(&e, "2026-10-20T10:11:12Z");
    says(&e, "keyCompromise");
    s = response(f, &f->delegate);
    s.answer[0].status = OCSPING_REVOKED;
    expect_fail(&e, check(f, &s, &e), HC_E_REVOKED);
    says(&e, "unspecified");
}

static void ocsp_condemns_by_a_stale_and_by_an_early_response_too(void **state)
{
    struct fixture *f = *state;
    struct hc_err e;
    struct ocsping s = response(f, &f->ca);
    s.answer[0].status = OCSPING_REVOKED;
    expect_fail(&e, check_at(f, &s, TESTPKI_NOW + 300 * HC_DAY, &e), HC_E_REVOKED);
    expect_fail(&e, check_at(f, &s, TESTPKI_NOW - HC_DAY, &e), HC_E_REVOKED);
}

static void ocsp_does_not_clear_what_the_responder_does_not_know(void **state)
{
    struct fixture *f = *state;
    struct hc_err e;
    struct ocsping s = response(f, &f->ca);
    s.answer[0].status = OCSPING_UNKNOWN;
    expect_fail(&e, check(f, &s, &e), HC_E_OCSP_UNKNOWN);
    says(&e, "does not know");
}

static void ocsp_counts_to_the_second(void **state)
{
    struct fixture *f = *state;
    struct hc_err e;
    struct ocsping s = response(f, &f->ca);
    s.answer[0].this_update = TESTPKI_NOW;
    s.answer[0].next_update = TESTPKI_NOW + HC_HOUR;
    expect_ok(&e, check_at(f, &s, TESTPKI_NOW + HC_HOUR, &e));
    expect_fail(&e, check_at(f, &s, TESTPKI_NOW + HC_HOUR + 1, &e), HC_E_OCSP_STALE);
    says(&e, "counted until");
    expect_ok(&e, check_at(f, &s, TESTPKI_NOW - HC_OCSP_SKEW, &e));
    expect_fail(&e, check_at(f, &s, TESTPKI_NOW - HC_OCSP_SKEW - 1, &e), HC_E_OCSP_STALE);
    says(&e, "future");
    s.answer[0].next_update = OCSPING_NONE;
    expect_ok(&e, check_at(f, &s, TESTPKI_NOW + HC_OCSP_AGE, &e));
    expect_fail(&e, check_at(f, &s, TESTPKI_NOW + HC_OCSP_AGE + 1, &e), HC_E_OCSP_STALE);
}

static void about_another(struct fixture *f, const struct hc_cert *cert, const struct hc_cert *issuer, bool sha256)
{
    struct hc_err e;
    struct ocsping s = response(f, &f->ca);
    s.answer[0].cert = cert;
    s.answer[0].issuer = issuer;
    s.answer[0].sha256 = sha256;
    expect_fail(&e, check(f, &s, &e), HC_E_OCSP_UNKNOWN);
    says(&e, "no answer about");
    s.answer[0].status = OCSPING_REVOKED;
    expect_fail(&e, check(f, &s, &e), HC_E_OCSP_UNKNOWN);
}

static void ocsp_does_not_take_one_certificate_for_another(void **state)
{
    struct fixture *f = *state;
    struct testpki twin, stranger, strangers;
    testpki_issue(f->c, &(struct testpki_spec){.subject = "Stranger", .ca = true, .key = f->ca.key}, NULL, &stranger);
    stranger.key = f->ca.key;
    testpki_issue(f->c, &(struct testpki_spec){.subject = "leaf"}, &f->other, &twin);
    testpki_issue(f->c, &(struct testpki_spec){.subject = "leaf"}, &stranger, &strangers);
    for (int sha256 = 0; sha256 < 2; sha256++) {
        about_another(f, f->sibling.cert, f->ca.cert, sha256);   /* another serial */
        about_another(f, twin.cert, f->other.cert, sha256);      /* the same serial, the same name, another key */
        about_another(f, strangers.cert, stranger.cert, sha256); /* the same serial, the same key, another name */
    }
    testpki_fini(&strangers);
    testpki_fini(&twin);
    stranger.key = NULL;
    testpki_fini(&stranger);
}

static void ocsp_does_not_take_an_id_with_another_hash_for_anything(void **state)
{
    struct fixture *f = *state;
    struct hc_err e;
    struct ocsping s = response(f, &f->ca);
    s.answer[0].id = HC_BYTES("\x30\x1c\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x01x\x04\x01y"
                              "\x02\x05\x12\x34\x56\x78\x90");
    expect_fail(&e, check(f, &s, &e), HC_E_OCSP_UNKNOWN);
}

static void ocsp_finds_its_answer_among_several_and_the_worst_one_counts(void **state)
{
    struct fixture *f = *state;
    struct hc_err e;
    struct ocsping s = response(f, &f->ca);
    s.answer[1] = s.answer[0];
    s.answer[0].cert = f->sibling.cert;
    s.answer[0].status = OCSPING_REVOKED;
    expect_ok(&e, check(f, &s, &e));
    s.answer[0] = s.answer[1];
    s.answer[1].sha256 = true;
    expect_ok(&e, check(f, &s, &e));
    s.answer[1].status = OCSPING_UNKNOWN;
    expect_fail(&e, check(f, &s, &e), HC_E_OCSP_UNKNOWN);
    s.answer[1].status = OCSPING_REVOKED;
    s.answer[0].next_update = TESTPKI_NOW - HC_MINUTE; /* the first one alone would be stale */
    expect_fail(&e, check(f, &s, &e), HC_E_REVOKED);
    s.answer[1].status = (struct hc_bytes){0};
    expect_fail(&e, check(f, &s, &e), HC_E_OCSP_STALE);
}

static void ocsp_refuses_a_wrong_signature(void **state)
{
    struct fixture *f = *state;
    struct ocsping s = response(f, &f->ca);
    s.bad_signature = true;
    signer_refused(f, s, "not signed by the responder it names");
    s = response(f, &f->delegate);
    s.bad_signature = true;
    signer_refused(f, s, "not signed by the responder it names");
}

static void ocsp_refuses_another_ca_of_the_same_name(void **state)
{
    struct fixture *f = *state;
    struct ocsping s = response(f, &f->other); /* by name it is the issuer */
    signer_refused(f, s, "not signed by the responder it names");
    s.by_key = true;
    signer_refused(f, s, "id-kp-OCSPSigning"); /* as a delegate, then; its certificate names the right issuer: itself */
}

static void ocsp_refuses_a_key_that_nobody_vouches_for(void **state)
{
    struct fixture *f = *state;
    struct ocsping s = response(f, &f->delegate);
    s.certs[0] = NULL; /* delegated, but its certificate is not there */
    signer_refused(f, s, "neither the issuer nor any certificate");
    s = response(f, &f->sibling);
    s.certs[0] = f->delegate.cert; /* another one's certificate */
    signer_refused(f, s, "neither the issuer nor any certificate");
    s.responder = HC_BYTES("\xa1\x02\x30\x00");
    signer_refused(f, s, "neither the issuer nor any certificate");
}

static void ocsp_refuses_the_key_of_a_sibling(void **state)
{
    struct fixture *f = *state;
    struct ocsping s = response(f, &f->sibling);
    signer_refused(f, s, "id-kp-OCSPSigning");
    s.by_key = true;
    signer_refused(f, s, "id-kp-OCSPSigning");
}

/* A sibling signs in the name of the delegate, whose certificate it brings along. */
static void ocsp_refuses_a_sibling_that_names_the_delegate(void **state)
{
    struct fixture *f = *state;
    struct testpki liar = {.key = f->sibling.key, .cert = f->delegate.cert};
    struct ocsping s = response(f, &liar);
    signer_refused(f, s, "not signed by the responder it names");
    liar.cert = f->ca.cert; /* and in the issuer's */
    signer_refused(f, s, "not signed by the responder it names");
}

static void delegate_refused(struct fixture *f, const struct testpki_spec *spec, const struct testpki *issuer,
                             const char *because)
{
    struct testpki d;
    testpki_issue(f->c, spec, issuer, &d);
    struct ocsping s = response(f, &d);
    signer_refused(f, s, because);
    s.by_key = true;
    signer_refused(f, s, because);
    testpki_fini(&d);
}

static void ocsp_refuses_a_delegate_without_the_purpose(void **state)
{
    struct fixture *f = *state;
    const char *because = "id-kp-OCSPSigning";
    delegate_refused(f, &(struct testpki_spec){.subject = "d"}, &f->ca, because);
    delegate_refused(f, &(struct testpki_spec){.subject = "d", .any = true}, &f->ca, because);
    delegate_refused(f, &(struct testpki_spec){.subject = "d", .no_eku = true}, &f->ca, because);
}

static void ocsp_refuses_a_delegate_that_another_key_issued(void **state)
{
    struct fixture *f = *state;
    struct testpki_spec d = {.subject = "d", .ocsp = true};
    struct testpki stranger;
    delegate_refused(f, &d, &f->other, "not signed by the issuer's key"); /* the same name */
    testpki_issue(f->c, &(struct testpki_spec){.subject = "Stranger", .ca = true}, NULL, &stranger);
    delegate_refused(f, &d, &stranger, "names another issuer");
    testpki_fini(&stranger);
    d.bad_signature = true;
    delegate_refused(f, &d, &f->ca, "not signed by the issuer's key");
}

static void ocsp_refuses_a_delegate_below_a_delegate_or_a_sub_ca(void **state)
{
    struct fixture *f = *state;
    struct testpki sub;
    delegate_refused(f, &(struct testpki_spec){.subject = "d", .ocsp = true}, &f->delegate, "names another issuer");
    testpki_issue(f->c, &(struct testpki_spec){.subject = "Sub", .ca = true}, &f->ca, &sub);
    delegate_refused(f, &(struct testpki_spec){.subject = "d", .ocsp = true}, &sub, "names another issuer");
    testpki_fini(&sub);
}

/* An issuing CA with OCSPSigning among its purposes would speak for all that the CA above it issued. */
static void ocsp_refuses_a_delegate_that_is_a_ca(void **state)
{
    struct fixture *f = *state;
    delegate_refused(f,
                     &(struct testpki_spec){.subject = "Sub",
                                            .ca = true,
                                            .ocsp = true,
                                            .usage = HC_KU_DIGITAL_SIGNATURE | HC_KU_CERT_SIGN | HC_KU_CRL_SIGN},
                     &f->ca, "that of a CA");
}

static void ocsp_refuses_a_delegate_before_and_after_its_time(void **state)
{
    struct fixture *f = *state;
    struct hc_err e;
    struct testpki_spec spec = {.subject = "d", .ocsp = true, .not_after = TESTPKI_NOW - 1};
    struct testpki d;
    delegate_refused(f, &spec, &f->ca, "has expired");
    spec.not_after = TESTPKI_NOW;
    testpki_issue(f->c, &spec, &f->ca, &d);
    struct ocsping s = response(f, &d);
    expect_ok(&e, check(f, &s, &e)); /* the last second counts */
    testpki_fini(&d);
    spec = (struct testpki_spec){.subject = "d", .ocsp = true, .not_before = TESTPKI_NOW + 1};
    delegate_refused(f, &spec, &f->ca, "not valid yet");
}

static void ocsp_refuses_a_delegate_that_may_not_sign(void **state)
{
    struct fixture *f = *state;
    struct testpki_spec spec = {.subject = "d", .ocsp = true, .usage = HC_KU_KEY_ENCIPHERMENT | HC_KU_CRL_SIGN};
    delegate_refused(f, &spec, &f->ca, "digitalSignature");
    spec = (struct testpki_spec){.subject = "d", .ocsp = true, .unknown_critical = true};
    delegate_refused(f, &spec, &f->ca, "unknown critical extension");
}

/* The thief of a responder's key does not clear it. */
static void ocsp_lets_no_key_speak_for_itself(void **state)
{
    struct fixture *f = *state;
    struct hc_err e;
    HC_BUF_AUTO(der, OCSPING_ROOM);
    HC_AUTO(hc_ocsp) o = NULL;
    struct ocsping s = response(f, &f->delegate);
    s.answer[0].cert = f->delegate.cert;
    ocsping_der(&der, &s);
    expect_ok(&e, hc_ocsp_parse(hc_buf_view(&der), &o, &e));
    expect_fail(&e, hc_ocsp_check(f->c, o, f->delegate.cert, f->ca.cert, TESTPKI_NOW, &e), HC_E_OCSP_SIGNER);
    says(&e, "the key of the certificate in question");
}

static void ocsp_tries_the_delegate_that_fits_among_those_of_one_name(void **state)
{
    struct fixture *f = *state;
    struct hc_err e;
    struct testpki expired;
    testpki_issue(f->c,
                  &(struct testpki_spec){.subject = "responder", .ocsp = true, .not_after = TESTPKI_NOW - HC_MINUTE},
                  &f->ca, &expired);
    struct ocsping s = response(f, &f->delegate);
    s.certs[0] = expired.cert;
    s.certs[1] = f->delegate.cert;
    expect_ok(&e, check(f, &s, &e));
    testpki_fini(&expired);
}

static void ocsp_knows_whom_it_is_about(void **state)
{
    struct fixture *f = *state;
    struct hc_err e;
    HC_BUF_AUTO(der, OCSPING_ROOM);
    HC_AUTO(hc_ocsp) o = NULL;
    struct ocsping s = response(f, &f->ca);
    ocsping_der(&der, &s);
    expect_ok(&e, hc_ocsp_parse(hc_buf_view(&der), &o, &e));
    assert_true(hc_ocsp_is_about(o, f->leaf.cert, f->ca.cert));
    assert_false(hc_ocsp_is_about(o, f->sibling.cert, f->ca.cert));
    assert_false(hc_ocsp_is_about(o, f->leaf.cert, f->other.cert));
}

struct again {
    struct fixture *f;
    struct hc_ocsp *o;
};

static struct hc_rc check_again(void *ctx, struct hc_err *e)
{
    struct again *a = ctx;
    return hc_ocsp_check(a->f->c, a->o, a->f->leaf.cert, a->f->ca.cert, TESTPKI_NOW, e);
}

static void ocsp_fails_to_check_without_memory_and_says_so(void **state)
{
    struct fixture *f = *state;
    struct hc_err e;
    HC_BUF_AUTO(der, OCSPING_ROOM);
    struct ocsping s = response(f, &f->delegate);
    ocsping_der(&der, &s);
    struct again a = {.f = f};
    expect_ok(&e, hc_ocsp_parse(hc_buf_view(&der), &a.o, &e));
    fault_sweep(check_again, &a);
    hc_ocsp_free(a.o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ocsp_believes_the_issuer_itself),
        cmocka_unit_test(ocsp_believes_a_responder_that_the_issuer_delegated),
        cmocka_unit_test(ocsp_believes_a_delegate_without_a_key_usage),
        cmocka_unit_test(ocsp_condemns_what_the_issuer_revoked),
        cmocka_unit_test(ocsp_condemns_by_a_stale_and_by_an_early_response_too),
        cmocka_unit_test(ocsp_does_not_clear_what_the_responder_does_not_know),
        cmocka_unit_test(ocsp_counts_to_the_second),
        cmocka_unit_test(ocsp_does_not_take_one_certificate_for_another),
        cmocka_unit_test(ocsp_does_not_take_an_id_with_another_hash_for_anything),
        cmocka_unit_test(ocsp_finds_its_answer_among_several_and_the_worst_one_counts),
        cmocka_unit_test(ocsp_refuses_a_wrong_signature),
        cmocka_unit_test(ocsp_refuses_another_ca_of_the_same_name),
        cmocka_unit_test(ocsp_refuses_a_key_that_nobody_vouches_for),
        cmocka_unit_test(ocsp_refuses_the_key_of_a_sibling),
        cmocka_unit_test(ocsp_refuses_a_sibling_that_names_the_delegate),
        cmocka_unit_test(ocsp_refuses_a_delegate_without_the_purpose),
        cmocka_unit_test(ocsp_refuses_a_delegate_that_another_key_issued),
        cmocka_unit_test(ocsp_refuses_a_delegate_below_a_delegate_or_a_sub_ca),
        cmocka_unit_test(ocsp_refuses_a_delegate_that_is_a_ca),
        cmocka_unit_test(ocsp_refuses_a_delegate_before_and_after_its_time),
        cmocka_unit_test(ocsp_refuses_a_delegate_that_may_not_sign),
        cmocka_unit_test(ocsp_lets_no_key_speak_for_itself),
        cmocka_unit_test(ocsp_tries_the_delegate_that_fits_among_those_of_one_name),
        cmocka_unit_test(ocsp_knows_whom_it_is_about),
        cmocka_unit_test(ocsp_fails_to_check_without_memory_and_says_so),
    };
    return cmocka_run_group_tests_name("pki/ocsp_check", tests, setup, teardown);
}
