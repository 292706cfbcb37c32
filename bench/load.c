/*
 * load.c - the client and the back ends that bench/gate measures servers with. It speaks TLS 1.3.
 *
 *     load handshakes PORT N DIR         N connections one after the other, one request each, closed by the server
 *     load resumed PORT N DIR            the same, each resuming the session that the one before it left
 *     load requests PORT N DIR PATH      N requests over CONNECTIONS open connections
 *     load idle PORT N DIR               N connections with one answered request each
 *     load stream PORT N DIR down|up     N megabytes through a relay, from or to the back end
 *     load crowd PORT N DIR              N connections, one answered request each; then, a line each, the time of day in
 *                                        microseconds at which the server closed one, until none is left or the input ends
 *     load web                           a plain back end: 1 KB for each request, keep-alive
 *     load pipe                          a plain back end at the other end of `stream`
 *
 * DIR is an identity as handclasp issues it (chain.pem, key.pem, bundle.pem). A client prints "ready" when what is not
 * to be measured is done and waits for a line; it works, prints how much was done, how many connections it opened and
 * how many session tickets came on them, and keeps what is open until the end of its input. Only `resumed` offers a
 * session, and there every one must be resumed. A back end prints its port and ends with its input.
 * Anything unexpected ends the program with exit code 1, so that no figure comes from work that was not done.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS 16 /* enough that a server finds several ready at a time, as under real load */
#define ANSWER_MAX 8192
#define FILE_BYTES 1024
#define BLOCK 16384 /* one TLS record */
#define IDLE_MAX 10000
#define CROWD_MAX 20000
#define SERVER_NAME "gate.bench.example"
#define REQUEST "GET %s HTTP/1.1\r\nHost: " SERVER_NAME "\r\n%s\r\n"

struct connection {
    int fd;
    SSL *ssl;
};

static long opened, tickets; /* connections, and what the server sent on them: all servers should send as many */
static SSL_SESSION *newest;  /* of the newest ticket */

__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *form, ...)
{
    va_list ap;

    va_start(ap, form);
    fputs("load: ", stderr);
    vfprintf(stderr, form, ap);
    va_end(ap);
    fprintf(stderr, " (%s)\n", strerror(errno));
    ERR_print_errors_fp(stderr);
    exit(1);
}

/* What came before is not measured, what comes is. */
static void ready(void)
{
    puts("ready");
    fflush(stdout);
    if (getchar() != '\n')
        exit(1);
}

/* What is still open stays so while the servers are looked at. */
static void done(long n)
{
    printf("%ld %ld %ld\n", n, opened, tickets);
    fflush(stdout);
    while (getchar() != EOF)
        ;
}

static int take_ticket(SSL *ssl, SSL_SESSION *session)
{
    (void)ssl;
    tickets++;
    SSL_SESSION_free(newest);
    newest = session;
    return 1;
}

/* One version, one cipher, one group: both servers do the same arithmetic. */
static SSL_CTX *context_new(const char *dir)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    char chain[4096], key[4096], bundle[4096];

    snprintf(chain, sizeof chain, "%s/chain.pem", dir);
    snprintf(key, sizeof key, "%s/key.pem", dir);
    snprintf(bundle, sizeof bundle, "%s/bundle.pem", dir);
    if (ctx == NULL || !SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) ||
        !SSL_CTX_set_ciphersuites(ctx, "TLS_AES_256_GCM_SHA384") || !SSL_CTX_set1_groups_list(ctx, "X25519") ||
        SSL_CTX_use_certificate_chain_file(ctx, chain) != 1 ||
        SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_load_verify_locations(ctx, bundle, NULL) != 1)
        die("the identity in %s cannot be used", dir);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, take_ticket);
    return ctx;
}

/* Offers `session` when there is one; the server must take it then. */
static struct connection connection_resume(SSL_CTX *ctx, int port, SSL_SESSION *session)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct connection c = {.fd = socket(AF_INET, SOCK_STREAM, 0)};
    int one = 1;

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (c.fd < 0 || connect(c.fd, (struct sockaddr *)&to, sizeof to) != 0)
        die("cannot connect to port %d", port);
    setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    c.ssl = SSL_new(ctx);
    if (c.ssl == NULL || !SSL_set_fd(c.ssl, c.fd) || !SSL_set_tlsext_host_name(c.ssl, SERVER_NAME) ||
        !SSL_set1_host(c.ssl, SERVER_NAME) || (session != NULL && !SSL_set_session(c.ssl, session)) ||
        SSL_connect(c.ssl) != 1)
        die("no handshake with port %d", port);
    if (SSL_session_reused(c.ssl) != (session != NULL))
        die("the session was %sresumed", session != NULL ? "not " : "");
    opened++;
    return c;
}

static struct connection connection_open(SSL_CTX *ctx, int port)
{
    return connection_resume(ctx, port, NULL);
}

static void connection_close(struct connection *c)
{
    SSL_shutdown(c->ssl);
    SSL_free(c->ssl);
    close(c->fd);
}

static void say(struct connection *c, const char *path, const char *field)
{
    char request[512];
    int n = snprintf(request, sizeof request, REQUEST, path, field);

    if (SSL_write(c->ssl, request, n) != n)
        die("cannot send the request");
}

/* Reads one answer to its end; it must be a 200 with the whole of the small file. */
static void hear(struct connection *c)
{
    char answer[ANSWER_MAX + 1];
    size_t have = 0;

    for (;;) {
        const char *body;
        int n = SSL_read(c->ssl, answer + have, (int)(ANSWER_MAX - have));

        if (n <= 0)
            die("the answer ended after %zu bytes", have);
        have += (size_t)n;
        answer[have] = '\0';
        body = strstr(answer, "\r\n\r\n");
        if (body != NULL && (size_t)(answer + have - body - 4) >= FILE_BYTES)
            break;
    }
    if (strncmp(answer, "HTTP/1.1 200 ", 13) != 0)
        die("the answer is %.40s", answer);
}

/* One request and its answer, which is the server's last. */
static void visit(struct connection c)
{
    char rest[64];

    say(&c, "/file.txt", "Connection: close\r\n");
    hear(&c);
    if (SSL_read(c.ssl, rest, sizeof rest) > 0)
        die("more than the answer");
    connection_close(&c);
}

static void handshakes(int port, long n, SSL_CTX *ctx)
{
    ready();
    for (long i = 0; i < n; i++)
        visit(connection_open(ctx, port));
    done(n);
}

static void resumed(int port, long n, SSL_CTX *ctx)
{
    visit(connection_open(ctx, port));
    ready();
    for (long i = 0; i < n; i++) {
        SSL_SESSION *session = newest;

        newest = NULL;
        if (session == NULL)
            die("the server sent no ticket");
        visit(connection_resume(ctx, port, session));
        SSL_SESSION_free(session);
    }
    done(n);
}

/* Asks on every connection before it listens to any. */
static long round_of_requests(struct connection *c, const char *path)
{
    for (int i = 0; i < CONNECTIONS; i++)
        say(&c[i], path, "");
    for (int i = 0; i < CONNECTIONS; i++)
        hear(&c[i]);
    return CONNECTIONS;
}

static void requests(int port, long n, SSL_CTX *ctx, const char *path)
{
    struct connection c[CONNECTIONS];
    long count = 0;

    for (int i = 0; i < CONNECTIONS; i++)
        c[i] = connection_open(ctx, port);
    round_of_requests(c, path); /* now the connections to the back end are open too */
    ready();
    while (count < n)
        count += round_of_requests(c, path);
    done(count);
    for (int i = 0; i < CONNECTIONS; i++)
        connection_close(&c[i]);
}

static void idle(int port, long n, SSL_CTX *ctx)
{
    static struct connection c[IDLE_MAX];

    if (n > IDLE_MAX)
        die("at most %d connections", IDLE_MAX);
    ready();
    for (long i = 0; i < n; i++) {
        c[i] = connection_open(ctx, port);
        say(&c[i], "/file.txt", "");
        hear(&c[i]);
    }
    done(n);
}

static long long time_of_day(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Who watches ten thousand connections must not be slow itself: nothing is read but the end. */
static void tell_ends(struct connection *c, long n)
{
    int poll = epoll_create1(0);
    struct epoll_event in = {.events = EPOLLIN, .data = {.u64 = UINT64_MAX}};

    if (poll < 0 || epoll_ctl(poll, EPOLL_CTL_ADD, STDIN_FILENO, &in) != 0)
        die("no epoll");
    for (long i = 0; i < n; i++) {
        struct epoll_event e = {.events = EPOLLRDHUP, .data = {.u64 = (uint64_t)i}};

        if (epoll_ctl(poll, EPOLL_CTL_ADD, c[i].fd, &e) != 0)
            die("no epoll");
    }
    printf("%ld %ld %ld\n", n, opened, tickets);
    fflush(stdout);
    while (n > 0) {
        struct epoll_event got[256];
        int k = epoll_wait(poll, got, 256, -1);
        long long now = time_of_day();

        for (int i = 0; i < k; i++) {
            if (got[i].data.u64 == UINT64_MAX)
                return;
            epoll_ctl(poll, EPOLL_CTL_DEL, c[got[i].data.u64].fd, NULL);
            printf("%lld\n", now);
            n--;
        }
        fflush(stdout);
    }
}

static void crowd(int port, long n, SSL_CTX *ctx)
{
    static struct connection c[CROWD_MAX];

    if (n > CROWD_MAX)
        die("at most %d connections", CROWD_MAX);
    ready();
    for (long i = 0; i < n; i++) {
        c[i] = connection_open(ctx, port);
        say(&c[i], "/file.txt", "");
        hear(&c[i]);
    }
    tell_ends(c, n);
}

/* The first line says the direction; upwards the back end answers one byte when it has read everything. */
static void stream(int port, long megabytes, SSL_CTX *ctx, const char *direction)
{
    struct connection c = connection_open(ctx, port);
    char order[32], block[BLOCK] = {0};
    int64_t left = (int64_t)megabytes * 1000000;
    int n = snprintf(order, sizeof order, "%s %ld\n", direction, megabytes);
    int up = strcmp(direction, "up") == 0;

    ready();
    if (SSL_write(c.ssl, order, n) != n)
        die("cannot send the order");
    for (; left > 0; left -= n) {
        int want = left < BLOCK ? (int)left : BLOCK;

        n = up ? SSL_write(c.ssl, block, want) : SSL_read(c.ssl, block, want);
        if (n <= 0)
            die("the stream broke with %lld bytes to go", (long long)left);
    }
    if (up && SSL_read(c.ssl, block, 1) != 1)
        die("the back end did not confirm");
    done(megabytes);
    connection_close(&c);
}

static void send_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t k = send(fd, p, n, MSG_NOSIGNAL);

        if (k <= 0)
            return;
        p += k;
        n -= (size_t)k;
    }
}

static void *web_serve(void *arg)
{
    int fd = (int)(intptr_t)arg;
    char in[ANSWER_MAX + 1], out[FILE_BYTES + 128];
    int head = snprintf(out, sizeof out, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n",
                        FILE_BYTES);
    size_t have = 0;

    memset(out + head, 'x', FILE_BYTES);
    for (;;) {
        ssize_t n = recv(fd, in + have, ANSWER_MAX - have, 0);

        if (n <= 0)
            break;
        have += (size_t)n;
        in[have] = '\0';
        if (strstr(in, "\r\n\r\n") != NULL) {
            send_all(fd, out, (size_t)head + FILE_BYTES);
            have = 0;
        }
    }
    close(fd);
    return NULL;
}

static void *pipe_serve(void *arg)
{
    int fd = (int)(intptr_t)arg;
    char block[4 * BLOCK] = {0}, direction[8];
    size_t have = 0;
    long megabytes;
    int64_t left;

    while (have < 31 && memchr(block, '\n', have) == NULL && recv(fd, block + have, 1, 0) == 1)
        have++;
    if (sscanf(block, "%7s %ld", direction, &megabytes) != 2) {
        close(fd);
        return NULL;
    }
    left = (int64_t)megabytes * 1000000;
    while (left > 0) {
        size_t want = left < (int64_t)sizeof block ? (size_t)left : sizeof block;
        ssize_t n = strcmp(direction, "up") == 0 ? recv(fd, block, want, 0) : send(fd, block, want, MSG_NOSIGNAL);

        if (n <= 0)
            break;
        left -= n;
    }
    if (left == 0 && strcmp(direction, "up") == 0)
        send_all(fd, "!", 1);
    shutdown(fd, SHUT_WR);
    while (recv(fd, block, sizeof block, 0) > 0)
        ;
    close(fd);
    return NULL;
}

static void *wait_for_end(void *arg)
{
    (void)arg;
    while (getchar() != EOF)
        ;
    exit(0);
}

static void back_end(void *(*serve)(void *))
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    pthread_t thread;

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 512) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &n) != 0 || pthread_create(&thread, NULL, wait_for_end, NULL) != 0)
        die("no back end");
    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);
    for (;;) {
        int peer = accept(fd, NULL, NULL), one = 1;

        if (peer < 0)
            die("accept");
        setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)peer) != 0)
            die("no thread");
        pthread_detach(thread);
    }
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    SSL_CTX *ctx;
    int port;
    long n;

    signal(SIGPIPE, SIG_IGN);
    if (strcmp(what, "web") == 0)
        back_end(web_serve);
    if (strcmp(what, "pipe") == 0)
        back_end(pipe_serve);
    if (argc < 5) {
        fputs("load: see the head of bench/load.c; bench/gate runs it\n", stderr);
        return 2;
    }
    port = atoi(argv[2]);
    n = atol(argv[3]);
    ctx = context_new(argv[4]);
    if (strcmp(what, "handshakes") == 0)
        handshakes(port, n, ctx);
    else if (strcmp(what, "resumed") == 0)
        resumed(port, n, ctx);
    else if (strcmp(what, "requests") == 0 && argc > 5)
        requests(port, n, ctx, argv[5]);
    else if (strcmp(what, "idle") == 0)
        idle(port, n, ctx);
    else if (strcmp(what, "crowd") == 0)
        crowd(port, n, ctx);
    else if (strcmp(what, "stream") == 0 && argc > 5)
        stream(port, n, ctx, argv[5]);
    else
        die("unknown word %s", what);
    SSL_SESSION_free(newest);
    SSL_CTX_free(ctx);
    return 0;
}
