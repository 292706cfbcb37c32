/*
 * soak.c - fresh and resumed connections of friends, strangers and people without a certificate, all mixed, with what
 * must always hold asserted on every single one (T4). scripts/soak runs it.
 *
 *     soak PORT N THREADS DIRECTORY GONE     N connections to the gate; DIRECTORY has one identity for each person below
 *     soak backend                           what the gate forwards to: answers each request with the identity it was told
 *
 * Of each connection and each request on it:
 *   alice, bob   are who they are, whichever session they resumed: /private answers with their own identity
 *   carol        likewise, until the file GONE has been there for GRACE seconds: then no connection of hers does anything
 *   nobody       (no certificate) reads /public without an identity and is refused /private
 *   mallory      (a certificate of another authority) never gets an answer
 *
 * TLS 1.2 and 1.3, half of the connections offer a session of an earlier one, some of them under the wrong person's
 * settings. Prints counts as one line of JSON; exit code 1 when anything did not hold.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define GRACE 2       /* seconds from the acknowledged revocation to the first complaint */
#define KEPT 8        /* sessions remembered for each person and version */
#define REQUESTS 3    /* at most, on one connection */
#define COMPLAINTS 20 /* told one by one */
#define PATIENCE 20   /* seconds that a peer may be silent */
#define THREADS_MAX 16
#define ANSWER_MAX 4096

enum person { ALICE, BOB, CAROL, NOBODY, MALLORY, PEOPLE };
enum { TLS12, TLS13, VERSIONS };

static const struct {
    const char *dir;      /* NULL: no certificate */
    const char *identity; /* what the back end is told; NULL: none */
} people[PEOPLE] = {
    [ALICE] = {"alice", "email:alice@example.com"},
    [BOB] = {"bob", "email:bob@example.com"},
    [CAROL] = {"carol", "email:carol@example.com"},
    [NOBODY] = {NULL, NULL},
    [MALLORY] = {"mallory", NULL},
};

struct world { /* shared by the threads */
    int port;
    const char *dir;
    const char *gone;
    atomic_long left;
    atomic_long fresh, resumed, refused, requests, violations, ended;
};

struct soaker { /* one thread's */
    struct world *world;
    unsigned seed;
    SSL_CTX *ctx[PEOPLE][VERSIONS];
    struct kept {
        SSL_SESSION *at[KEPT];
        enum person whose[KEPT];
        unsigned next;
    } kept[VERSIONS];
    enum person who, theirs; /* who connects now, and whose session is offered: for the callback that keeps sessions */
};

__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *form, ...)
{
    va_list ap;

    va_start(ap, form);
    fputs("soak: ", stderr);
    vfprintf(stderr, form, ap);
    va_end(ap);
    fprintf(stderr, " (%s)\n", strerror(errno));
    ERR_print_errors_fp(stderr);
    exit(2);
}

__attribute__((format(printf, 3, 4))) static void complain(struct world *w, enum person who, const char *form, ...)
{
    va_list ap;

    if (atomic_fetch_add(&w->violations, 1) >= COMPLAINTS)
        return;
    va_start(ap, form);
    fprintf(stderr, "soak: %s: ", people[who].dir ? people[who].dir : "nobody");
    vfprintf(stderr, form, ap);
    fputc('\n', stderr);
    va_end(ap);
}

/* --- sessions ----------------------------------------------------------------------------------------------------- */

static int keep_session(SSL *ssl, SSL_SESSION *session)
{
    struct soaker *s = SSL_get_app_data(ssl);
    struct kept *k = &s->kept[SSL_version(ssl) == TLS1_3_VERSION ? TLS13 : TLS12];

    if (!s)
        return 0;
    SSL_SESSION_free(k->at[k->next]);
    k->at[k->next] = session;
    k->whose[k->next] = SSL_session_reused(ssl) ? s->theirs : s->who;
    k->next = (k->next + 1) % KEPT;
    return 1;
}

static SSL_CTX *context_new(const struct world *w, enum person who, int version)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    int number = version == TLS13 ? TLS1_3_VERSION : TLS1_2_VERSION;
    char path[4096];

    if (!ctx || !SSL_CTX_set_min_proto_version(ctx, number) || !SSL_CTX_set_max_proto_version(ctx, number))
        die("no context");
    snprintf(path, sizeof path, "%s/bundle.pem", w->dir);
    if (SSL_CTX_load_verify_locations(ctx, path, NULL) != 1)
        die("no bundle at %s", path);
    if (people[who].dir) {
        snprintf(path, sizeof path, "%s/%s/chain.pem", w->dir, people[who].dir);
        if (SSL_CTX_use_certificate_chain_file(ctx, path) != 1)
            die("no chain at %s", path);
        snprintf(path, sizeof path, "%s/%s/key.pem", w->dir, people[who].dir);
        if (SSL_CTX_use_PrivateKey_file(ctx, path, SSL_FILETYPE_PEM) != 1)
            die("no key at %s", path);
    }
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, keep_session);
    return ctx;
}

/* --- one connection ----------------------------------------------------------------------------------------------- */

static int dial(const struct world *w)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)w->port)};
    struct timeval patience = {.tv_sec = PATIENCE};
    struct linger reset = {.l_onoff = 1}; /* a million of them must not use up the ports of loopback */
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        die("cannot connect to port %d", w->port);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    return fd;
}

struct answer {
    int status; /* 0: none came */
    char identity[256];
};

static struct answer ask(SSL *ssl, const char *path)
{
    char text[ANSWER_MAX + 1];
    struct answer a = {0};
    size_t have = 0;
    int n = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: gate.example.com\r\n\r\n", path);

    if (SSL_write(ssl, text, n) != n)
        return a;
    for (;;) {
        const char *body, *length;

        n = SSL_read(ssl, text + have, (int)(ANSWER_MAX - have));
        if (n <= 0)
            return a;
        have += (size_t)n;
        text[have] = 0;
        body = strstr(text, "\r\n\r\n");
        length = strcasestr(text, "\r\nContent-Length:");
        if (!body || !length || (size_t)(text + have - body - 4) < strtoul(length + 17, NULL, 10))
            continue;
        if (sscanf(text, "HTTP/1.1 %d", &a.status) != 1 || snprintf(a.identity, sizeof a.identity, "%s", body + 4) < 0)
            a.status = 0;
        return a;
    }
}

/* Whether Carol's time is over for certain. */
static int is_gone(const struct world *w)
{
    struct stat st;

    return stat(w->gone, &st) == 0 && time(NULL) - st.st_mtime > GRACE;
}

/* What an answer to this person must be; no answer is no fault of the gate unless it should have answered. */
static void judge(struct world *w, enum person who, enum person proven, const char *path, const struct answer *a)
{
    int is_private = strcmp(path, "/private") == 0;
    const char *want = people[proven].identity;

    (void)who;
    if (proven == MALLORY) {
        complain(w, who, "a certificate of another authority was answered with %d", a->status);
    } else if (!want) {
        if (a->status != (is_private ? 403 : 200) || (!is_private && strcmp(a->identity, "-") != 0))
            complain(w, who, "%s without a certificate: %d '%s'", path, a->status, a->identity);
    } else if (a->status != 200 || (is_private && strcmp(a->identity, want) != 0)) {
        complain(w, who, "%s of %s: %d '%s'", path, want, a->status, a->identity);
    }
}

static void converse(struct soaker *s, SSL *ssl, enum person who, enum person proven)
{
    int n = 1 + rand_r(&s->seed) % REQUESTS;

    for (int i = 0; i < n; i++) {
        const char *path = rand_r(&s->seed) % 2 ? "/private" : "/public";
        int was_gone = is_gone(s->world); /* before the question */
        struct answer a = ask(ssl, path);

        if (a.status == 0) {
            atomic_fetch_add(proven == CAROL || proven == MALLORY ? &s->world->refused : &s->world->ended, 1);
            if (proven == ALICE || proven == BOB || proven == NOBODY)
                complain(s->world, who, "%s was not answered", path);
            return;
        }
        atomic_fetch_add(&s->world->requests, 1);
        if (proven == CAROL && was_gone)
            complain(s->world, who, "is revoked, and %s was answered with %d", path, a.status);
        else
            judge(s->world, who, proven, path, &a);
    }
}

static void connection(struct soaker *s)
{
    enum person who = (enum person)(rand_r(&s->seed) % PEOPLE);
    int version = rand_r(&s->seed) % VERSIONS;
    struct kept *k = &s->kept[version];
    unsigned pick = (unsigned)rand_r(&s->seed) % KEPT;
    SSL_SESSION *offered = rand_r(&s->seed) % 2 ? k->at[pick] : NULL;
    enum person theirs = k->whose[pick]; /* what is kept changes while the handshake runs */
    enum person proven = who;
    int fd = dial(s->world);
    SSL *ssl = SSL_new(s->ctx[who][version]);

    if (!ssl || !SSL_set_fd(ssl, fd) || !SSL_set_tlsext_host_name(ssl, "gate.example.com") ||
        !SSL_set_app_data(ssl, s) || (offered && !SSL_set_session(ssl, offered)))
        die("no connection");
    s->who = who;
    s->theirs = theirs;
    if (SSL_connect(ssl) == 1) {
        int reused = SSL_session_reused(ssl);

        proven = reused ? theirs : who;
        atomic_fetch_add(reused ? &s->world->resumed : &s->world->fresh, 1);
        converse(s, ssl, who, proven);
    } else {
        atomic_fetch_add(&s->world->refused, 1);
        if (who == ALICE || who == BOB || who == NOBODY)
            complain(s->world, who, "the handshake failed: %s", ERR_reason_error_string(ERR_peek_last_error()));
    }
    ERR_clear_error();
    SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN); /* or OpenSSL takes the session for spoilt */
    SSL_free(ssl);
    close(fd);
}

static void *soak(void *arg)
{
    struct soaker *s = arg;

    for (int who = 0; who < PEOPLE; who++)
        for (int v = 0; v < VERSIONS; v++)
            s->ctx[who][v] = context_new(s->world, (enum person)who, v);
    while (atomic_fetch_sub(&s->world->left, 1) > 0)
        connection(s);
    for (int v = 0; v < VERSIONS; v++)
        for (int i = 0; i < KEPT; i++)
            SSL_SESSION_free(s->kept[v].at[i]);
    for (int who = 0; who < PEOPLE; who++)
        for (int v = 0; v < VERSIONS; v++)
            SSL_CTX_free(s->ctx[who][v]);
    return NULL;
}

/* --- the back end ------------------------------------------------------------------------------------------------- */

static void *serve(void *arg)
{
    int fd = (int)(intptr_t)arg;
    char in[16 * ANSWER_MAX + 1], out[512];
    size_t have = 0;

    for (;;) {
        ssize_t n = recv(fd, in + have, sizeof in - 1 - have, 0);
        char *end, *field;
        int length;

        if (n <= 0)
            break;
        have += (size_t)n;
        in[have] = 0;
        end = strstr(in, "\r\n\r\n");
        if (!end)
            continue;
        end[2] = 0;
        field = strcasestr(in, "\r\nHandclasp-Identity: ");
        if (field)
            field += strlen("\r\nHandclasp-Identity: ");
        length = field ? (int)(strstr(field, "\r\n") - field) : 1;
        n = snprintf(out, sizeof out, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%.*s", length, length,
                     field ? field : "-");
        if (send(fd, out, (size_t)n, MSG_NOSIGNAL) != n)
            break;
        have = 0;
    }
    close(fd);
    return NULL;
}

static void *end_with_input(void *arg)
{
    (void)arg;
    while (getchar() != EOF)
        ;
    exit(0);
}

static void backend(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    pthread_t thread;

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 512) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &n) != 0 || pthread_create(&thread, NULL, end_with_input, NULL) != 0)
        die("no back end");
    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);
    for (;;) {
        int peer = accept(fd, NULL, NULL);

        if (peer < 0 || pthread_create(&thread, NULL, serve, (void *)(intptr_t)peer) != 0)
            die("accept");
        pthread_detach(thread);
    }
}

int main(int argc, char **argv)
{
    struct world w = {0};
    struct soaker s[THREADS_MAX] = {0};
    pthread_t thread[THREADS_MAX];
    int threads;

    signal(SIGPIPE, SIG_IGN);
    if (argc == 2 && strcmp(argv[1], "backend") == 0)
        backend();
    if (argc != 6) {
        fputs("soak: see the head of tests/support/soak.c; scripts/soak runs it\n", stderr);
        return 2;
    }
    w.port = atoi(argv[1]);
    atomic_init(&w.left, atol(argv[2]));
    threads = atoi(argv[3]);
    w.dir = argv[4];
    w.gone = argv[5];
    if (threads < 1 || threads > THREADS_MAX)
        die("1 to %d threads", THREADS_MAX);
    for (int i = 0; i < threads; i++) {
        s[i] = (struct soaker){.world = &w, .seed = (unsigned)i + 1};
        if (pthread_create(&thread[i], NULL, soak, &s[i]) != 0)
            die("no thread");
    }
    for (int i = 0; i < threads; i++)
        pthread_join(thread[i], NULL);
    printf("{\"fresh\": %ld, \"resumed\": %ld, \"refused\": %ld, \"requests\": %ld, \"violations\": %ld}\n", w.fresh,
           w.resumed, w.refused, w.requests, w.violations);
    return w.violations > 0;
}
