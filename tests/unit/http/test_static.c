/* test_static.c - what is served of a directory, and what is not, whoever put it there. */
#include "hc_test.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "http/static.h"

#define NOW INT64_C(1795255200) /* 2026-11-21T10:00:00Z */
#define MODIFIED INT64_C(1795168800)
#define MODIFIED_TEXT "Fri, 20 Nov 2026 10:00:00 GMT"

struct site {
    char dir[64]; /* holds root/ and, beside it, what must never be served */
    int root;
    char fields[256];      /* of the request: "Name: value\r\n"... */
    char head_bytes[1024]; /* the request as it would have come; the head borrows from it */
    struct hc_h1_head head;
    struct hc_http_plan plan;
};

static void put(const struct site *s, const char *name, const char *contents)
{
    struct timespec times[2] = {{.tv_sec = MODIFIED}, {.tv_sec = MODIFIED}};
    char path[HC_PATH];
    struct hc_err e;

    expect_ok(&e, hc_path_join(path, s->dir, name, &e));
    expect_ok(&e, hc_file_write_atomic(path, hc_bytes_str(contents), 0644, &e));
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void make_dir(const struct site *s, const char *name)
{
    char path[HC_PATH];
    struct hc_err e;

    expect_ok(&e, hc_path_join(path, s->dir, name, &e));
    expect_ok(&e, hc_dir_make(path, 0755, &e));
}

static void make_link(const struct site *s, const char *to, const char *name)
{
    char path[HC_PATH];
    struct hc_err e;

    expect_ok(&e, hc_path_join(path, s->dir, name, &e));
    assert_int_equal(symlink(to, path), 0);
}

static void fill(const struct site *s)
{
    make_dir(s, "root/docs/deep");
    make_dir(s, "root/bare");
    make_dir(s, "root/odd/index.html");
    make_dir(s, "root/.git");
    put(s, "secret", "outside");
    put(s, "root/index.html", "<p>home</p>");
    put(s, "root/ten", "0123456789");
    put(s, "root/empty.txt", "");
    put(s, "root/.htpasswd", "x");
    put(s, "root/.git/config", "x");
    put(s, "root/docs/index.html", "<p>docs</p>");
    put(s, "root/docs/two words \"\xc3\xa4\".TXT", "words");
    put(s, "root/docs/deep/a.tar.gz", "gz");
    put(s, "root/docs/back\\slash", "x");
    make_link(s, "../secret", "root/up");
    make_link(s, "/etc", "root/absolute");
    make_link(s, "..", "root/docs/parent");
    make_link(s, "../..", "root/docs/grandparent");
    make_link(s, "../ten", "root/docs/inside");
    make_link(s, "loop", "root/loop");
}

static int set_up(void **state)
{
    struct site *s = calloc(1, sizeof *s);
    char root[80];

    *state = s;
    if (!s)
        return -1;
    snprintf(s->dir, sizeof s->dir, "/tmp/handclasp-static-XXXXXX");
    if (!mkdtemp(s->dir) || chmod(s->dir, 0755) != 0)
        return -1;
    fill(s);
    snprintf(root, sizeof root, "%s/root", s->dir);
    s->root = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    s->plan.file = -1;
    return s->root < 0 ? -1 : 0;
}

static void plan_reset(struct site *s)
{
    hc_buf_fini(&s->plan.fields);
    hc_buf_fini(&s->plan.body);
    hc_fd_close(&s->plan.file);
    s->plan = (struct hc_http_plan){.file = -1, .fields = HC_BUF(65536), .body = HC_BUF(HC_HTTP_BODY_MAX)};
}

static int tear_down(void **state)
{
    struct site *s = *state;
    struct hc_err e;

    plan_reset(s);
    hc_fd_close(&s->root);
    expect_ok(&e, hc_dir_remove(s->dir, &e));
    free(s);
    return 0;
}

/* Plans the answer to a request with s->fields. */
static struct hc_rc ask(struct site *s, const char *method, const char *target, struct hc_err *e)
{
    size_t scanned = 0;
    enum hc_h1_progress progress = HC_H1_MORE;
    struct hc_static_request req = {.method = hc_bytes_str(method), .head = &s->head, .now = NOW};
    int n =
        snprintf(s->head_bytes, sizeof s->head_bytes, "%s %s HTTP/1.1\r\nHost: h\r\n%s\r\n", method, target, s->fields);

    plan_reset(s);
    expect_ok(e, hc_h1_request_head(hc_bytes_of(s->head_bytes, (size_t)n), &scanned, &s->head, &progress, e));
    assert_int_equal(progress, HC_H1_DONE);
    req.path = hc_bytes_head(s->head.path, hc_bytes_find(s->head.path, '?'));
    return hc_static_plan(s->root, &req, &s->plan, e);
}

static void expect_plan(struct site *s, const char *method, const char *target, unsigned status)
{
    struct hc_err e;

    expect_ok(&e, ask(s, method, target, &e));
    if (s->plan.status != status)
        fail_msg("%s %s: wanted %u, got %u", method, target, status, s->plan.status);
    assert_int_equal(s->plan.kind, status == 200 || status == 206 ? HC_HTTP_FILE : HC_HTTP_ANSWER);
    assert_int_equal(s->plan.file >= 0, s->plan.kind == HC_HTTP_FILE);
}

static void expect_field(struct site *s, const char *line)
{
    char want[200];

    snprintf(want, sizeof want, "%s\r\n", line);
    if (!strstr(hc_buf_cstr(&s->plan.fields), want))
        fail_msg("no \"%s\" in:\n%s", line, hc_buf_cstr(&s->plan.fields));
}

static const char *etag(struct site *s)
{
    static char out[80];
    const char *at = strstr(hc_buf_cstr(&s->plan.fields), "ETag: ");

    assert_non_null(at);
    snprintf(out, sizeof out, "%.*s", (int)strcspn(at + 6, "\r"), at + 6);
    return out;
}

static void expect_contents(struct site *s, const char *want)
{
    char got[64] = {0};

    assert_int_equal(s->plan.length, strlen(want));
    assert_int_equal(pread(s->plan.file, got, s->plan.length, (off_t)s->plan.offset), strlen(want));
    assert_string_equal(got, want);
}

/* --- what is served ----------------------------------------------------------------------------------------------- */

static void a_file_comes_with_its_type_and_validators(void **state)
{
    struct site *s = *state;

    expect_plan(s, "GET", "/ten?v=1", 200);
    expect_contents(s, "0123456789");
    expect_field(s, "Content-Type: application/octet-stream");
    expect_field(s, "Last-Modified: " MODIFIED_TEXT);
    expect_field(s, "Date: Sat, 21 Nov 2026 10:00:00 GMT");
    expect_field(s, "Accept-Ranges: bytes");
    expect_field(s, "Cache-Control: private, no-cache");
    expect_field(s, "X-Content-Type-Options: nosniff");
    assert_int_equal(s->plan.why, HC_OK_CODE);
    assert_int_equal(etag(s)[0], '"');
}

static void head_plans_the_same_as_get(void **state)
{
    struct site *s = *state;
    char fields[1024];

    expect_plan(s, "GET", "/ten", 200);
    snprintf(fields, sizeof fields, "%s", hc_buf_cstr(&s->plan.fields));
    expect_plan(s, "HEAD", "/ten", 200);
    assert_string_equal(hc_buf_cstr(&s->plan.fields), fields);
    assert_int_equal(s->plan.length, 10);
}

static void types_follow_the_last_extension_without_case(void **state)
{
    struct site *s = *state;

    expect_plan(s, "GET", "/docs/two%20words%20%22%C3%A4%22.TXT", 200);
    expect_contents(s, "words");
    expect_field(s, "Content-Type: text/plain; charset=utf-8");
    expect_plan(s, "GET", "/docs/deep/a.tar.gz", 200);
    expect_field(s, "Content-Type: application/gzip");
    expect_plan(s, "GET", "/", 200);
    expect_field(s, "Content-Type: text/html; charset=utf-8");
}

static void a_directory_is_its_index(void **state)
{
    struct site *s = *state;
    struct hc_err e;

    expect_plan(s, "GET", "/docs/", 200);
    expect_contents(s, "<p>docs</p>");
    expect_fail(&e, ask(s, "GET", "/bare/", &e), HC_E_HTTP_NOT_FOUND);
    expect_fail(&e, ask(s, "GET", "/odd/", &e), HC_E_HTTP_NOT_FOUND);
    expect_fail(&e, ask(s, "GET", "/ten/", &e), HC_E_HTTP_NOT_FOUND);
}

static void a_directory_without_its_slash_is_redirected_with_its_query(void **state)
{
    struct site *s = *state;

    expect_plan(s, "GET", "/docs?a=%2F", 301);
    expect_field(s, "Location: /docs/?a=%2F");
    assert_int_equal(s->plan.why, HC_OK_CODE);
    expect_plan(s, "HEAD", "/docs/deep", 301);
    expect_field(s, "Location: /docs/deep/");
}

static void a_link_that_stays_inside_is_followed(void **state)
{
    struct site *s = *state;

    expect_plan(s, "GET", "/docs/inside", 200);
    expect_contents(s, "0123456789");
    expect_plan(s, "GET", "/docs/parent/ten", 200);
}

/* --- what is not -------------------------------------------------------------------------------------------------- */

static void nothing_outside_the_root_is_reached(void **state)
{
    struct site *s = *state;
    static const char *const paths[] = {"/up",  "/absolute/passwd",          "/docs/grandparent/secret", "/loop",
                                        "/up/", "/docs/grandparent/root/ten"};
    static const char *const malformed[] = {"/../secret", "/docs/../../secret", "/%2e%2e/secret", "/docs/%2E%2e",
                                            "/.",         "/docs/./index.html", "//etc/passwd",   "/docs//index.html"};
    struct hc_err e;

    for (size_t i = 0; i < HC_COUNT(paths); i++)
        expect_fail(&e, ask(s, "GET", paths[i], &e), HC_E_HTTP_NOT_FOUND);
    for (size_t i = 0; i < HC_COUNT(malformed); i++)
        expect_fail(&e, ask(s, "GET", malformed[i], &e), HC_E_HTTP_PATH);
    assert_int_equal(s->plan.file, -1);
}

static void a_path_of_two_readings_is_refused_again(void **state)
{
    struct site *s = *state;
    static const char *const paths[] = {"/docs%2Findex.html", "/ten%00.html", "/ten%0a", "/docs/back\\slash",
                                        "/docs/back%5cslash", "/%",           "/%4",     "/%zz"};
    struct hc_err e;

    for (size_t i = 0; i < HC_COUNT(paths); i++)
        expect_fail(&e, ask(s, "GET", paths[i], &e), HC_E_HTTP_PATH);
}

static void a_name_that_begins_with_a_dot_is_never_there(void **state)
{
    struct site *s = *state;
    static const char *const paths[] = {"/.htpasswd", "/%2ehtpasswd", "/.git/config", "/.git/", "/.git", "/.nothing"};
    struct hc_err e;

    for (size_t i = 0; i < HC_COUNT(paths); i++)
        expect_fail(&e, ask(s, "GET", paths[i], &e), HC_E_HTTP_NOT_FOUND);
}

static void pipes_sockets_and_devices_are_not_files_and_block_nobody(void **state)
{
    struct site *s = *state;
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    char path[HC_PATH];
    HC_FD sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct hc_err e;

    expect_ok(&e, hc_path_join(path, s->dir, "root/pipe", &e));
    assert_int_equal(mkfifo(path, 0644), 0);
    snprintf(a.sun_path, sizeof a.sun_path, "%s/root/sock", s->dir);
    assert_int_equal(bind(sock, (struct sockaddr *)&a, sizeof a), 0);
    alarm(10);
    expect_fail(&e, ask(s, "GET", "/pipe", &e), HC_E_HTTP_NOT_FOUND);
    expect_fail(&e, ask(s, "GET", "/sock", &e), HC_E_HTTP_NOT_FOUND);
    alarm(0);
}

static void an_unreadable_file_is_as_good_as_missing_for_a_stranger(void **state)
{
    struct site *s = *state;
    char path[HC_PATH];
    struct hc_err e;
    struct hc_rc rc;

    expect_ok(&e, hc_path_join(path, s->dir, "root/ten", &e));
    assert_int_equal(chmod(path, 0), 0);
    if (geteuid() == 0)
        assert_int_equal(seteuid(65534), 0);
    rc = ask(s, "GET", "/ten", &e);
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
    expect_fail(&e, rc, HC_E_HTTP_NOT_FOUND);
    assert_non_null(strstr(e.text, "mode"));
}

static void names_beyond_every_limit_are_not_found(void **state)
{
    struct site *s = *state;
    char path[900];
    struct hc_err e;

    memset(path, 'a', sizeof path - 1);
    path[sizeof path - 1] = 0;
    path[0] = '/';
    expect_fail(&e, ask(s, "GET", path, &e), HC_E_HTTP_NOT_FOUND);
    expect_fail(&e, ask(s, "GET", "/nothing", &e), HC_E_HTTP_NOT_FOUND);
    expect_fail(&e, ask(s, "GET", "/nothing/at/all", &e), HC_E_HTTP_NOT_FOUND);
}

static void other_methods_are_told_what_there_is(void **state)
{
    struct site *s = *state;

    for (size_t i = 0; i < 3; i++) {
        expect_plan(s, (const char *[]){"POST", "DELETE", "get"}[i], "/ten", 405);
        expect_field(s, "Allow: GET, HEAD");
        assert_int_equal(s->plan.why, HC_E_HTTP_METHOD_NOT_SERVED);
    }
}

/* --- ranges and conditions ---------------------------------------------------------------------------------------- */

static void ranges_follow_the_table(void **state)
{
    static const struct {
        const char *range;
        unsigned status;
        const char *contents;
        const char *content_range;
    } rows[] = {
        {"bytes=0-0", 206, "0", "bytes 0-0/10"},
        {"bytes=2-4", 206, "234", "bytes 2-4/10"},
        {"bytes=7-", 206, "789", "bytes 7-9/10"},
        {"bytes=0-", 206, "0123456789", "bytes 0-9/10"},
        {"bytes=-3", 206, "789", "bytes 7-9/10"},
        {"bytes=-99", 206, "0123456789", "bytes 0-9/10"},
        {"bytes=5-99", 206, "56789", "bytes 5-9/10"},
        {"Bytes= 1-1 ", 206, "1", "bytes 1-1/10"},
        {"bytes=8-99999999999999999999999", 206, "89", "bytes 8-9/10"},
        {"bytes=10-", 416, NULL, "bytes */10"},
        {"bytes=10-12", 416, NULL, "bytes */10"},
        {"bytes=-0", 416, NULL, "bytes */10"},
        {"bytes=18446744073709551616-", 416, NULL, "bytes */10"},
        {"bytes=4-2", 200, "0123456789", NULL},
        {"bytes=0-1,3-4", 200, "0123456789", NULL},
        {"bytes=", 200, "0123456789", NULL},
        {"bytes=-", 200, "0123456789", NULL},
        {"bytes=a-b", 200, "0123456789", NULL},
        {"bytes=1-2-3", 200, "0123456789", NULL},
        {"bytes=+1-2", 200, "0123456789", NULL},
        {"bytes 1-2", 200, "0123456789", NULL},
        {"lines=1-2", 200, "0123456789", NULL},
    };
    struct site *s = *state;

    for (size_t i = 0; i < HC_COUNT(rows); i++) {
        char line[64];

        snprintf(s->fields, sizeof s->fields, "Range: %s\r\n", rows[i].range);
        expect_plan(s, "GET", "/ten", rows[i].status);
        if (rows[i].contents)
            expect_contents(s, rows[i].contents);
        snprintf(line, sizeof line, "Content-Range: %s", rows[i].content_range ? rows[i].content_range : "");
        if (rows[i].content_range)
            expect_field(s, line);
        else
            assert_null(strstr(hc_buf_cstr(&s->plan.fields), "Content-Range"));
        assert_int_equal(s->plan.why, rows[i].status == 416 ? HC_E_HTTP_RANGE : HC_OK_CODE);
    }
}

static void a_range_of_nothing_and_two_ranges_and_head(void **state)
{
    struct site *s = *state;

    snprintf(s->fields, sizeof s->fields, "Range: bytes=-5\r\n");
    expect_plan(s, "GET", "/empty.txt", 200);
    snprintf(s->fields, sizeof s->fields, "Range: bytes=0-\r\n");
    expect_plan(s, "GET", "/empty.txt", 416);
    expect_plan(s, "HEAD", "/ten", 200);
    snprintf(s->fields, sizeof s->fields, "Range: bytes=0-1\r\nRange: bytes=2-3\r\n");
    expect_plan(s, "GET", "/ten", 200);
}

static void if_range_holds_for_the_same_state_only(void **state)
{
    struct site *s = *state;
    char tag[80];

    expect_plan(s, "GET", "/ten", 200);
    snprintf(tag, sizeof tag, "%s", etag(s));
    snprintf(s->fields, sizeof s->fields, "Range: bytes=1-2\r\nIf-Range: %s\r\n", tag);
    expect_plan(s, "GET", "/ten", 206);
    snprintf(s->fields, sizeof s->fields, "Range: bytes=1-2\r\nIf-Range: W/%s\r\n", tag);
    expect_plan(s, "GET", "/ten", 200);
    snprintf(s->fields, sizeof s->fields, "Range: bytes=1-2\r\nIf-Range: \"other\"\r\n");
    expect_plan(s, "GET", "/ten", 200);
    snprintf(s->fields, sizeof s->fields, "Range: bytes=1-2\r\nIf-Range: " MODIFIED_TEXT "\r\n");
    expect_plan(s, "GET", "/ten", 200);
    snprintf(s->fields, sizeof s->fields, "Range: bytes=1-2\r\nIf-Range: %s\r\n", tag);
    put(s, "root/ten", "0123456780"); /* same size, same time, another inode */
    expect_plan(s, "GET", "/ten", 200);
}

static void conditions_follow_the_table(void **state)
{
    static const struct {
        const char *fields; /* %s is the file's tag */
        unsigned status;
    } rows[] = {
        {"If-None-Match: %s\r\n", 304},
        {"If-None-Match: W/%s\r\n", 304},
        {"If-None-Match: \"a,b\" , W/\"c\",,%s\r\n", 304},
        {"If-None-Match: \"a\"\r\nIf-None-Match: %s\r\n", 304},
        {"If-None-Match: *\r\n", 304},
        {"If-None-Match: \"a\"\r\n", 200},
        {"If-None-Match: \"a\"\r\nIf-Modified-Since: " MODIFIED_TEXT "\r\n", 200},
        {"If-None-Match: a, %s\r\n", 200}, /* malformed before the match: no condition is met */
        {"If-None-Match: \"\r\n", 200},
        {"If-Modified-Since: " MODIFIED_TEXT "\r\n", 304},
        {"If-Modified-Since: Fri, 20 Nov 2026 09:59:59 GMT\r\n", 200},
        {"If-Modified-Since: yesterday\r\n", 200},
        {"If-Match: %s\r\n", 200},
        {"If-Match: *\r\n", 200},
        {"If-Match: \"a\"\r\n", 412},
        {"If-Match: W/%s\r\n", 412},
        {"If-Unmodified-Since: " MODIFIED_TEXT "\r\n", 200},
        {"If-Unmodified-Since: Fri, 20 Nov 2026 09:59:59 GMT\r\n", 412},
        {"If-Match: %s\r\nIf-Unmodified-Since: Fri, 20 Nov 2026 09:59:59 GMT\r\n", 200},
        {"If-None-Match: %s\r\nRange: bytes=0-1\r\n", 304},
    };
    struct site *s = *state;
    char tag[80];

    expect_plan(s, "GET", "/ten", 200);
    snprintf(tag, sizeof tag, "%s", etag(s));
    for (size_t i = 0; i < HC_COUNT(rows); i++) {
        const char *at = strstr(rows[i].fields, "%s");
        int before = at ? (int)(at - rows[i].fields) : (int)strlen(rows[i].fields);

        snprintf(s->fields, sizeof s->fields, "%.*s%s%s", before, rows[i].fields, at ? tag : "", at ? at + 2 : "");
        expect_plan(s, "GET", "/ten", rows[i].status);
        assert_string_equal(etag(s), tag);
        assert_int_equal(s->plan.why, HC_OK_CODE);
        if (s->plan.status == 304)
            assert_int_equal(s->plan.body.n, 0);
    }
}

static void a_date_of_modification_in_the_future_is_not_told(void **state)
{
    struct site *s = *state;
    struct timespec times[2] = {{.tv_sec = NOW + 1000}, {.tv_sec = NOW + 1000}};
    char path[HC_PATH];
    struct hc_err e;

    expect_ok(&e, hc_path_join(path, s->dir, "root/ten", &e));
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    expect_plan(s, "GET", "/ten", 200);
    expect_field(s, "Last-Modified: Sat, 21 Nov 2026 10:00:00 GMT");
}

/* --- without openat2, and without memory -------------------------------------------------------------------------- */

static void forget_openat2(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 38 /* ENOSYS */),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = HC_COUNT(code), .filter = code};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        _exit(77);
}

/* Exits with 0 when all is well; assertions cannot leave a child. */
static void child_without_openat2(struct site *s)
{
    static const char *const refused[] = {"/up",
                                          "/absolute/passwd",
                                          "/docs/grandparent/secret",
                                          "/docs/inside",
                                          "/loop",
                                          "/docs/parent/ten",
                                          "/nothing/x",
                                          "/ten/x"};
    struct hc_err e;

    forget_openat2();
    for (size_t i = 0; i < HC_COUNT(refused); i++)
        if (ask(s, "GET", refused[i], &e).code != HC_E_HTTP_NOT_FOUND)
            _exit(1 + (int)i);
    if (hc_failed(ask(s, "GET", "/docs/deep/a.tar.gz", &e)) || s->plan.length != 2)
        _exit(30);
    if (hc_failed(ask(s, "GET", "/docs", &e)) || s->plan.status != 301)
        _exit(31);
    if (hc_failed(ask(s, "GET", "/", &e)) || s->plan.status != 200)
        _exit(32);
    _exit(0);
}

static void an_older_kernel_serves_the_same_but_follows_no_link(void **state)
{
    int status = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0)
        child_without_openat2(*state);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

static struct hc_rc plan_once(void *ctx, struct hc_err *e)
{
    struct hc_rc rc = ask(ctx, "GET", "/docs", e);

    if (hc_ok(rc))
        rc = ask(ctx, "GET", "/docs/", e);
    return rc;
}

static void every_failed_allocation_leaves_the_plan_untouched(void **state)
{
    assert_in_range(fault_sweep(plan_once, *state), 5, 100);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_file_comes_with_its_type_and_validators),
        TEST(head_plans_the_same_as_get),
        TEST(types_follow_the_last_extension_without_case),
        TEST(a_directory_is_its_index),
        TEST(a_directory_without_its_slash_is_redirected_with_its_query),
        TEST(a_link_that_stays_inside_is_followed),
        TEST(nothing_outside_the_root_is_reached),
        TEST(a_path_of_two_readings_is_refused_again),
        TEST(a_name_that_begins_with_a_dot_is_never_there),
        TEST(pipes_sockets_and_devices_are_not_files_and_block_nobody),
        TEST(an_unreadable_file_is_as_good_as_missing_for_a_stranger),
        TEST(names_beyond_every_limit_are_not_found),
        TEST(other_methods_are_told_what_there_is),
        TEST(ranges_follow_the_table),
        TEST(a_range_of_nothing_and_two_ranges_and_head),
        TEST(if_range_holds_for_the_same_state_only),
        TEST(conditions_follow_the_table),
        TEST(a_date_of_modification_in_the_future_is_not_told),
        TEST(an_older_kernel_serves_the_same_but_follows_no_link),
        TEST(every_failed_allocation_leaves_the_plan_untouched),
    };

    return cmocka_run_group_tests_name("http/static", tests, NULL, NULL);
}
