/*
 * test_store.c - what is found, put and taken, with programs that are ours: each tool is a script that behaves well or
 * badly. The real certutil, keytool and update-ca-certificates are in tests/scenario.
 */
#include "../pki/testpki.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "trust/store.h"

static struct {
    struct hc_crypto *crypto;
    struct testpki root, other;
    struct hc_anchor anchor;
    char dir[64], tools[96], system[160], nss[160], java[160], scratch[96];
    struct hc_store_places places;
} w;

static void tool(const char *name, const char *body)
{
    char path[256];
    struct hc_err e;
    HC_BUF_AUTO(text, 8192);
    snprintf(path, sizeof path, "%s/%s", w.tools, name);
    hc_buf_addf(&text, "#!/bin/sh\n%s\n", body);
    expect_ok(&e, hc_file_write_atomic(path, hc_buf_view(&text), 0755, &e));
}

static void no_tool(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", w.tools, name);
    unlink(path);
}

/* A certutil that keeps each certificate in a file beside cert9.db. */
static void good_certutil(void)
{
    tool("certutil", "dir=${3#sql:}\n"
                     "case $1 in\n"
                     "-L) if [ $# = 3 ]; then echo; echo 'Certificate Nickname        Trust Attributes'; echo '   "
                     "SSL,S/MIME,JAR/XPI'\n"
                     "    for f in \"$dir\"/*.nick; do [ -e \"$f\" ] && printf '%-60s %s\\n' \"$(basename \"$f\" "
                     ".nick)\" C,,; done; exit 0\n"
                     "  else cat \"$dir/$5.nick\"; fi;;\n"
                     "-A) cp \"$9\" \"$dir/$5.nick\";;\n"
                     "-D) rm \"$dir/$5.nick\";;\n"
                     "esac");
}

/* The same for keytool; the keystore is a file with one entry after the other. */
static void good_keytool(void)
{
    tool("keytool", "case $1 in\n"
                    "-list) cat \"$4\";;\n"
                    "-importcert) { echo \"Alias name: $(echo \"$4\" | tr A-Z a-z)\"; echo 'Entry type: "
                    "trustedCertEntry'; cat \"$6\"; } >> \"$8\";;\n"
                    "-delete) : > \"$6\";;\n"
                    "esac");
}

static void at(enum hc_store_kind kind, const char *path, struct hc_store *out)
{
    struct hc_err e;
    bool exists = false;
    expect_ok(&e, hc_store_at(&w.places, kind, path, out, &exists, &e));
    assert_true(exists);
}

static bool is_there(const struct hc_store *store)
{
    struct hc_err e;
    struct hc_store_found found;
    expect_ok(&e, hc_store_find(store, &w.anchor, &found, &e));
    assert_int_equal(found.there, found.under_our_name);
    return found.there;
}

static void goes_in_and_out(const struct hc_store *store)
{
    struct hc_err e;
    assert_false(is_there(store));
    expect_ok(&e, hc_store_put(store, &w.anchor, w.scratch, &e));
    assert_true(is_there(store));
    expect_fail(&e, hc_store_put(store, &w.anchor, w.scratch, &e), HC_E_TRUST_STORE);
    assert_non_null(strstr(e.text, "there already"));
    expect_ok(&e, hc_store_take(store, &w.anchor, &e));
    assert_false(is_there(store));
    expect_ok(&e, hc_store_take(store, &w.anchor, &e)); /* once more is no failure */
    assert_int_equal(rmdir(w.scratch), 0);              /* and the certificate's file is gone */
    mkdir(w.scratch, 0700);
}

static void each_kind_takes_the_anchor_and_gives_it_back(void **state)
{
    (void)state;
    struct hc_store store;
    good_certutil();
    good_keytool();
    at(HC_STORE_SYSTEM, w.system, &store);
    goes_in_and_out(&store);
    at(HC_STORE_NSS, w.nss, &store);
    goes_in_and_out(&store);
    at(HC_STORE_JAVA, w.java, &store);
    goes_in_and_out(&store);
}

static void every_store_that_exists_is_found_and_says_why_it_cannot_be_changed(void **state)
{
    (void)state;
    struct hc_err e;
    char profile[300], file[400];
    snprintf(profile, sizeof profile, "%s/.mozilla/firefox/x1.default", w.dir);
    expect_ok(&e, hc_dir_make(profile, 0700, &e));
    snprintf(file, sizeof file, "%s/cert9.db", profile);
    expect_ok(&e, hc_file_write_atomic(file, HC_BYTES("x"), 0600, &e));
    no_tool("certutil");
    no_tool("keytool");
    HC_STORES(stores);
    expect_ok(&e, hc_stores_find(&w.places, &stores, &e));
    assert_int_equal(stores.n, 4);
    assert_int_equal(stores.store[0].kind, HC_STORE_SYSTEM);
    assert_string_equal(stores.store[0].path, w.system);
    assert_string_equal(stores.store[0].why, "");
    assert_string_equal(stores.store[1].path, w.nss);
    assert_non_null(strstr(stores.store[1].why, "libnss3-tools"));
    assert_string_equal(stores.store[2].path, profile);
    assert_string_equal(stores.store[3].path, w.java);
    assert_non_null(strstr(stores.store[3].why, "keytool is not installed"));
    struct hc_store_found found;
    expect_fail(&e, hc_store_find(&stores.store[1], &w.anchor, &found, &e), HC_E_TRUST_STORE);
    expect_fail(&e, hc_store_put(&stores.store[3], &w.anchor, w.scratch, &e), HC_E_TRUST_STORE);
    hc_stores_fini(&stores);
    struct hc_store_places one = w.places;
    one.kinds = 1u << HC_STORE_JAVA;
    expect_ok(&e, hc_stores_find(&one, &stores, &e));
    assert_int_equal(stores.n, 1);
}

static void layouts_of_other_systems_are_found(void **state)
{
    (void)state;
    static const char *const dirs[] = {"etc/pki/ca-trust/source/anchors", "etc/pki/trust/anchors",
                                       "etc/ca-certificates/trust-source/anchors"};
    for (size_t i = 0; i < HC_COUNT(dirs); i++) {
        struct hc_err e;
        char root[128], path[HC_PATH];
        HC_STORES(stores);
        snprintf(root, sizeof root, "%s/image%zu/", w.dir, i);
        expect_ok(&e, hc_path_join(path, root, dirs[i], &e));
        expect_ok(&e, hc_dir_make(path, 0755, &e));
        struct hc_store_places places = {.kinds = 1u << HC_STORE_SYSTEM, .root = root};
        expect_ok(&e, hc_stores_find(&places, &stores, &e));
        assert_int_equal(stores.n, 1);
        assert_string_equal(stores.store[0].tool, ""); /* what runs in an image belongs to the image */
        assert_true(hc_bytes_ends(hc_bytes_str(stores.store[0].path), hc_bytes_str(dirs[i])));
    }
}

/* The same certificate in another file, DER too, is somebody else's; other files, whatever is in them, are nothing to
 * us. */
static void what_others_put_into_the_system_is_seen_and_left(void **state)
{
    (void)state;
    struct hc_err e;
    struct hc_store store;
    struct hc_store_found found;
    char path[300];
    HC_BUF_AUTO(pem, 65536);
    at(HC_STORE_SYSTEM, w.system, &store);
    snprintf(path, sizeof path, "%s/junk.crt", w.system);
    expect_ok(&e, hc_file_write_atomic(path, HC_BYTES("no certificate"), 0644, &e));
    snprintf(path, sizeof path, "%s/corp.crt", w.system);
    expect_ok(&e, hc_file_write_atomic(path, w.root.cert->der, 0644, &e));
    expect_ok(&e, hc_store_find(&store, &w.anchor, &found, &e));
    assert_true(found.there);
    assert_false(found.under_our_name);
    assert_string_equal(found.as, "corp.crt");
    expect_ok(&e, hc_store_take(&store, &w.anchor, &e));
    assert_true(hc_file_exists(path));
    unlink(path);
    /* Our file's name with another certificate in it: neither overwritten nor removed. */
    snprintf(path, sizeof path, "%s/%s.crt", w.system, w.anchor.file);
    testpki_pem(&w.other, &pem);
    expect_ok(&e, hc_file_write_atomic(path, hc_buf_view(&pem), 0644, &e));
    expect_fail(&e, hc_store_put(&store, &w.anchor, w.scratch, &e), HC_E_TRUST_STORE);
    assert_non_null(strstr(e.text, "holds something else"));
    expect_ok(&e, hc_store_take(&store, &w.anchor, &e));
    assert_true(hc_file_exists(path));
    unlink(path);
}

static void failing_update_takes_the_file_out_again(void **state)
{
    (void)state;
    struct hc_err e;
    struct hc_store store;
    at(HC_STORE_SYSTEM, w.system, &store);
    tool("update", "echo 'no space on device' >&2; exit 3");
    snprintf(store.tool, sizeof store.tool, "%s/update", w.tools);
    expect_fail(&e, hc_store_put(&store, &w.anchor, w.scratch, &e), HC_E_TRUST_STORE);
    assert_non_null(strstr(e.text, "exit 3: no space on device"));
    assert_false(is_there(&store));
}

static void program_that_lies_or_fails_is_noticed(void **state)
{
    (void)state;
    struct hc_err e;
    struct hc_store store;
    tool("certutil", "[ \"$1\" = -L ] && exit 0; exit 0");
    at(HC_STORE_NSS, w.nss, &store);
    expect_fail(&e, hc_store_put(&store, &w.anchor, w.scratch, &e), HC_E_TRUST_STORE);
    assert_non_null(strstr(e.text, "not there, though no program complained"));
    tool("certutil", "echo 'SEC_ERROR_BAD_DATABASE: bad' >&2; exit 255");
    expect_fail(&e, hc_store_put(&store, &w.anchor, w.scratch, &e), HC_E_TRUST_STORE);
    assert_non_null(strstr(e.text, "exit 255: SEC_ERROR_BAD_DATABASE: bad"));
    good_keytool();
    at(HC_STORE_JAVA, w.java, &store);
    expect_ok(&e, hc_store_put(&store, &w.anchor, w.scratch, &e));
    tool("keytool", "[ \"$1\" = -list ] && cat \"$4\"; exit 0"); /* deletes nothing */
    expect_fail(&e, hc_store_take(&store, &w.anchor, &e), HC_E_TRUST_STORE);
    assert_non_null(strstr(e.text, "still there"));
    good_keytool();
    expect_ok(&e, hc_store_take(&store, &w.anchor, &e));
}

/* pkcs11.txt beside a database names libraries that certutil loads: whoever may write it would run code as this
 * user. */
static void database_that_others_may_write_is_not_even_opened(void **state)
{
    (void)state;
    struct hc_err e;
    struct hc_store store;
    struct hc_store_found found;
    char modules[200], opened[200];
    snprintf(modules, sizeof modules, "%s/pkcs11.txt", w.nss);
    snprintf(opened, sizeof opened, "%s/opened", w.dir);
    char body[300];
    snprintf(body, sizeof body, ": > %s", opened);
    tool("certutil", body);
    for (int round = 0; round < 3; round++) {
        expect_ok(&e, hc_file_write_atomic(modules, HC_BYTES("library=evil.so\n"), round == 1 ? 0666 : 0600, &e));
        assert_int_equal(chmod(w.nss, round == 0 ? 0777 : 0700), 0);
        if (round == 2 && (geteuid() != 0 || chown(modules, 65534, (gid_t)-1) != 0))
            break; /* only root can give a file away */
        at(HC_STORE_NSS, w.nss, &store);
        assert_non_null(strstr(store.why, "another user owns it or may write there"));
        assert_string_equal(store.tool, "");
        expect_fail(&e, hc_store_find(&store, &w.anchor, &found, &e), HC_E_TRUST_STORE);
        expect_fail(&e, hc_store_put(&store, &w.anchor, w.scratch, &e), HC_E_TRUST_STORE);
    }
    assert_false(hc_file_exists(opened));
    unlink(modules);
    at(HC_STORE_NSS, w.nss, &store);
    assert_string_equal(store.why, "");
}

static void of_two_certificates_under_our_nickname_none_is_deleted(void **state)
{
    (void)state;
    struct hc_err e;
    struct hc_store store;
    char path[300], body[1024];
    HC_BUF_AUTO(pem, 65536);
    testpki_pem(&w.root, &pem);
    snprintf(path, sizeof path, "%s/two.pem", w.dir);
    expect_ok(&e, hc_file_write_atomic(path, hc_buf_view(&pem), 0644, &e));
    snprintf(body, sizeof body,
             "case $1 in -D) : > %s/deleted;; -L) if [ $# = 3 ]; then "
             "printf '%s     C,,\n%s     C,,\n'; else cat %s; fi;; esac",
             w.dir, w.anchor.name, w.anchor.name, path);
    tool("certutil", body);
    at(HC_STORE_NSS, w.nss, &store);
    expect_fail(&e, hc_store_take(&store, &w.anchor, &e), HC_E_TRUST_STORE);
    assert_non_null(strstr(e.text, "has 2 certificates named"));
    snprintf(path, sizeof path, "%s/deleted", w.dir);
    assert_false(hc_file_exists(path));
}

/* The chain beside a key trusts nobody, and an alias with a key in it is never ours to delete. */
static void private_key_of_java_is_no_anchor(void **state)
{
    (void)state;
    struct hc_err e;
    struct hc_store store;
    struct hc_store_found found;
    HC_BUF_AUTO(list, 65536);
    good_keytool();
    hc_buf_addf(&list, "Alias name: %s\nEntry type: PrivateKeyEntry\nCertificate[1]:\n", w.anchor.name);
    testpki_pem(&w.root, &list);
    expect_ok(&e, hc_file_write_atomic(w.java, hc_buf_view(&list), 0600, &e));
    at(HC_STORE_JAVA, w.java, &store);
    expect_ok(&e, hc_store_find(&store, &w.anchor, &found, &e));
    assert_false(found.there);
    expect_ok(&e, hc_store_take(&store, &w.anchor, &e));
    hc_buf_clear(&list);
    expect_ok(&e, hc_file_read(w.java, &list, &e));
    assert_non_null(strstr(hc_buf_cstr(&list), "PrivateKeyEntry"));
    expect_ok(&e, hc_file_write_atomic(w.java, HC_BYTES("Keystore type: JKS\n"), 0600, &e));
}

static void image_whose_link_leads_out_of_it_is_not_written_to(void **state)
{
    (void)state;
    struct hc_err e;
    char root[128], share[200], link[300];
    HC_STORES(stores);
    snprintf(root, sizeof root, "%s/hostile", w.dir);
    snprintf(share, sizeof share, "%s/usr/local/share", root);
    snprintf(link, sizeof link, "%s/ca-certificates", share);
    expect_ok(&e, hc_dir_make(share, 0755, &e));
    assert_int_equal(symlink(w.scratch, link), 0);
    struct hc_store_places places = {.kinds = 1u << HC_STORE_SYSTEM, .root = root};
    expect_ok(&e, hc_stores_find(&places, &stores, &e));
    assert_int_equal(stores.n, 1);
    assert_non_null(strstr(stores.store[0].why, "leads out of that system"));
    expect_fail(&e, hc_store_put(&stores.store[0], &w.anchor, w.scratch, &e), HC_E_TRUST_STORE);
    assert_int_equal(rmdir(w.scratch), 0); /* nothing was put behind the link */
    mkdir(w.scratch, 0700);
    unlink(link);
    assert_int_equal(symlink("inside", link), 0); /* one that stays in the image is fine */
    snprintf(link, sizeof link, "%s/inside", share);
    mkdir(link, 0755);
    hc_stores_fini(&stores);
    expect_ok(&e, hc_stores_find(&places, &stores, &e));
    assert_string_equal(stores.store[0].why, "");
}

static void file_to_which_others_added_is_left_and_a_fifo_not_waited_for(void **state)
{
    (void)state;
    struct hc_err e;
    struct hc_store store;
    char path[300], fifo[300];
    HC_BUF_AUTO(pem, 65536);
    at(HC_STORE_SYSTEM, w.system, &store);
    snprintf(path, sizeof path, "%s/%s.crt", w.system, w.anchor.file);
    snprintf(fifo, sizeof fifo, "%s/fifo.crt", w.system);
    testpki_pem(&w.root, &pem);
    testpki_pem(&w.other, &pem);
    expect_ok(&e, hc_file_write_atomic(path, hc_buf_view(&pem), 0644, &e));
    assert_int_equal(mkfifo(fifo, 0644), 0);
    uint64_t begun = hc_mono_ms();
    expect_fail(&e, hc_store_take(&store, &w.anchor, &e), HC_E_TRUST_STORE);
    assert_true(hc_mono_ms() - begun < HC_FILE_PATIENCE_MS);
    assert_non_null(strstr(e.text, "somebody has put other certificates into"));
    assert_true(hc_file_exists(path));
    unlink(path);
    unlink(fifo);
}

/* Firefox moves its profiles and leaves a link behind; one database must not be two steps of a plan. */
static void database_behind_two_names_is_found_once(void **state)
{
    (void)state;
    struct hc_err e;
    char link[200];
    HC_STORES(stores);
    good_certutil();
    snprintf(link, sizeof link, "%s/.local/share/pki", w.dir);
    expect_ok(&e, hc_dir_make(link, 0700, &e));
    snprintf(link, sizeof link, "%s/.local/share/pki/nssdb", w.dir);
    assert_int_equal(symlink(w.nss, link), 0);
    struct hc_store_places places = w.places;
    places.kinds = 1u << HC_STORE_NSS;
    expect_ok(&e, hc_stores_find(&places, &stores, &e));
    for (size_t i = 0; i < stores.n; i++)
        assert_string_not_equal(stores.store[i].path, link);
    assert_string_equal(stores.store[0].path, w.nss);
    unlink(link);
}

static void commands_are_shown_as_they_would_be_run(void **state)
{
    (void)state;
    struct hc_store store;
    HC_BUF_AUTO(out, 65536);
    HC_BUF_AUTO(want, 65536);
    good_certutil();
    at(HC_STORE_NSS, w.nss, &store);
    hc_store_explain(&store, &w.anchor, "/state", true, &out);
    hc_buf_addf(&want,
                "      write /state/%s.pem (the certificate in PEM)\n"
                "      %s/certutil -A -d sql:%s -n '%s' -t C,, -i /state/%s.pem\n"
                "      remove /state/%s.pem\n",
                w.anchor.file, w.tools, w.nss, w.anchor.name, w.anchor.file, w.anchor.file);
    assert_string_equal(hc_buf_cstr(&out), hc_buf_cstr(&want));
    hc_buf_clear(&out);
    hc_store_explain(&store, &w.anchor, "/state", false, &out);
    assert_non_null(strstr(hc_buf_cstr(&out), "certutil -D -d sql:"));
}

static void kinds_are_read_by_their_words(void **state)
{
    (void)state;
    struct hc_err e;
    unsigned kinds = 0;
    expect_ok(&e, hc_store_parse_kinds(HC_BYTES("all"), &kinds, &e));
    assert_int_equal(kinds, HC_STORE_ALL);
    expect_ok(&e, hc_store_parse_kinds(HC_BYTES("nss"), &kinds, &e));
    assert_int_equal(kinds, 1u << HC_STORE_NSS);
    expect_fail(&e, hc_store_parse_kinds(HC_BYTES("NSS"), &kinds, &e), HC_E_USAGE);
}

static struct hc_rc put_and_take(void *ctx, struct hc_err *e)
{
    HC_STORES(stores);
    struct hc_err quiet;
    (void)ctx;
    HC_TRY(e, hc_stores_find(&w.places, &stores, e));
    for (size_t i = 0; i < stores.n; i++)
        hc_ignore(hc_store_take(&stores.store[i], &w.anchor, &quiet)); /* of the round before */
    HC_TRY(e, hc_store_put(&stores.store[0], &w.anchor, w.scratch, e));
    return hc_store_take(&stores.store[0], &w.anchor, e);
}

static void system_store_survives_every_failed_allocation(void **state)
{
    (void)state;
    struct hc_store_places all = w.places;
    w.places.kinds = 1u << HC_STORE_SYSTEM;
    fault_alloc_at(0);
    struct hc_err e;
    for (unsigned k = 1; k < 2000; k++) {
        fault_alloc_at(k);
        struct hc_rc rc = put_and_take(NULL, &e);
        bool happened = fault_happened();
        fault_alloc_at(0);
        if (hc_ok(rc) && !happened)
            break;
        assert_true(k < 1999);
    }
    w.places = all;
    struct hc_store store;
    at(HC_STORE_SYSTEM, w.system, &store);
    assert_false(is_there(&store));
}

static int set_up(void **state)
{
    (void)state;
    struct hc_err e;
    char file[300];
    expect_ok(&e, hc_crypto_new(&w.crypto, &e));
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Root", .ca = true}, NULL, &w.root);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Root", .ca = true}, NULL, &w.other);
    expect_ok(&e, hc_anchor_init(&w.anchor, w.root.cert, &e));
    strcpy(w.dir, "/tmp/test_store.XXXXXX");
    assert_non_null(mkdtemp(w.dir));
    snprintf(w.tools, sizeof w.tools, "%s/tools", w.dir);
    snprintf(w.scratch, sizeof w.scratch, "%s/scratch", w.dir);
    snprintf(w.system, sizeof w.system, "%s/root/usr/local/share/ca-certificates", w.dir);
    snprintf(w.nss, sizeof w.nss, "%s/.pki/nssdb", w.dir);
    snprintf(w.java, sizeof w.java, "%s/cacerts", w.dir);
    expect_ok(&e, hc_dir_make(w.tools, 0700, &e));
    expect_ok(&e, hc_dir_make(w.scratch, 0700, &e));
    expect_ok(&e, hc_dir_make(w.system, 0755, &e));
    expect_ok(&e, hc_dir_make(w.nss, 0700, &e));
    snprintf(file, sizeof file, "%s/cert9.db", w.nss);
    expect_ok(&e, hc_file_write_atomic(file, HC_BYTES("x"), 0600, &e));
    expect_ok(&e, hc_file_write_atomic(w.java, HC_BYTES("Keystore type: JKS\n"), 0600, &e));
    static char root[96];
    snprintf(root, sizeof root, "%s/root", w.dir);
    w.places = (struct hc_store_places){
        .kinds = HC_STORE_ALL, .root = root, .home = w.dir, .java_store = w.java, .tools = w.tools};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    struct hc_err e;
    testpki_fini(&w.root);
    testpki_fini(&w.other);
    hc_crypto_free(w.crypto);
    return hc_failed(hc_dir_remove(w.dir, &e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_takes_the_anchor_and_gives_it_back),
        cmocka_unit_test(every_store_that_exists_is_found_and_says_why_it_cannot_be_changed),
        cmocka_unit_test(layouts_of_other_systems_are_found),
        cmocka_unit_test(what_others_put_into_the_system_is_seen_and_left),
        cmocka_unit_test(failing_update_takes_the_file_out_again),
        cmocka_unit_test(program_that_lies_or_fails_is_noticed),
        cmocka_unit_test(database_that_others_may_write_is_not_even_opened),
        cmocka_unit_test(of_two_certificates_under_our_nickname_none_is_deleted),
        cmocka_unit_test(private_key_of_java_is_no_anchor),
        cmocka_unit_test(image_whose_link_leads_out_of_it_is_not_written_to),
        cmocka_unit_test(file_to_which_others_added_is_left_and_a_fifo_not_waited_for),
        cmocka_unit_test(database_behind_two_names_is_found_once),
        cmocka_unit_test(commands_are_shown_as_they_would_be_run),
        cmocka_unit_test(kinds_are_read_by_their_words),
        cmocka_unit_test(system_store_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests_name("trust/store", tests, set_up, tear_down);
}
