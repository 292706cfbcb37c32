/*
 * resume.c - what a resumed handshake costs a server, by each way to remember a session; libssl and nothing of ours.
 *
 *     resume [N]         ten rounds of N handshakes of each kind, 100 unless said; the cheapest round counts
 *
 * Both ends are in this process, with bytes carried between them in memory; only the CPU time of the server's end is
 * counted. The client has a P-256 certificate below an intermediate one, the server too. Ways to remember:
 *
 *     ticket  the session, encrypted, is the ticket: libssl puts the client's certificate in, we its issuer
 *     cache   the session stays here, as libssl keeps it; the client gets a random number
 *     lean    the session stays here encoded, without its certificates: who the peer is lies beside it
 *
 * The chain is taken as known in the full handshakes: verifying it would add the same to each of them. `bytes` is what
 * the heap grows by for a session that is kept; what lies beside it (the checked chain) comes on top, once for a peer.
 */
#include <malloc.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PIPE_BYTES 65536
#define SLOTS 8192 /* more than are alive at a time */
#define KEPT 2000  /* sessions that the heap's growth is shared by */
#define ROUNDS 10  /* the cheapest one counts */
#define WARM 50    /* handshakes before those that count */

enum way { TICKET, CACHE, LEAN };
static const char *const way_name[] = {"ticket", "cache", "lean"};

struct identity {
    EVP_PKEY *key;
    X509 *cert;
};

/* What the server keeps: one of the two. */
struct kept {
    SSL_SESSION *session;
    unsigned char *der;
    size_t n;
    unsigned char id[SSL_MAX_SSL_SESSION_ID_LENGTH];
};

struct bench {
    enum way way;
    int version;
    SSL_CTX *server, *client;
    struct kept slot[SLOTS]; /* the server's cache */
    SSL_SESSION *offered;    /* the client's last session */
    unsigned char *issuer;   /* DER, for tickets */
    size_t n_issuer;
    double spent; /* seconds of the server */
};

__attribute__((noreturn)) static void die(const char *what)
{
    fprintf(stderr, "resume: %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

static void must(bool good, const char *what)
{
    if (!good)
        die(what);
}

/* --- certificates ------------------------------------------------------------------------------------------------- */

static void extend(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX v3;
    X509_EXTENSION *ext;

    X509V3_set_ctx(&v3, issuer, x, NULL, NULL, 0);
    ext = X509V3_EXT_conf_nid(NULL, &v3, nid, value);
    must(ext && X509_add_ext(x, ext, -1), "no extension");
    X509_EXTENSION_free(ext);
}

static struct identity issue(const char *name, const struct identity *by, bool ca)
{
    struct identity id = {.key = EVP_EC_gen("P-256"), .cert = X509_new()};
    unsigned char serial[16] = {0x41};
    X509 *issuer = by ? by->cert : id.cert;
    ASN1_INTEGER *number;
    BIGNUM *n;

    must(id.key && id.cert, "no key");
    X509_set_version(id.cert, 2);
    memcpy(serial + 1, name, strnlen(name, sizeof serial - 1));
    n = BN_bin2bn(serial, sizeof serial, NULL);
    number = BN_to_ASN1_INTEGER(n, NULL);
    X509_set_serialNumber(id.cert, number);
    ASN1_INTEGER_free(number);
    BN_free(n);
    X509_gmtime_adj(X509_getm_notBefore(id.cert), -60);
    X509_gmtime_adj(X509_getm_notAfter(id.cert), 86400);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(id.cert), "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1,
                               0);
    X509_set_issuer_name(id.cert, X509_get_subject_name(issuer));
    X509_set_pubkey(id.cert, id.key);
    extend(id.cert, issuer, NID_subject_key_identifier, "hash");
    if (by)
        extend(id.cert, issuer, NID_authority_key_identifier, "keyid");
    extend(id.cert, issuer, NID_basic_constraints, ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    extend(id.cert, issuer, NID_key_usage, ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
    if (!ca)
        extend(id.cert, issuer, NID_ext_key_usage, "serverAuth,clientAuth");
    if (!ca)
        extend(id.cert, issuer, NID_subject_alt_name, "DNS:peer.bench.example");
    must(X509_sign(id.cert, by ? by->key : id.key, EVP_sha256()) > 0, "no signature");
    return id;
}

static void identity_free(struct identity *id)
{
    EVP_PKEY_free(id->key);
    X509_free(id->cert);
}

/* --- remembering ---------------------------------------------------------------------------------------------------*/

static struct kept *slot_of(struct bench *b, const unsigned char *id)
{
    uint64_t hash;

    memcpy(&hash, id, sizeof hash);
    return &b->slot[hash % SLOTS];
}

static void drop(struct kept *k)
{
    SSL_SESSION_free(k->session);
    free(k->der);
    *k = (struct kept){0};
}

/* The length of the DER element at `at`, head and contents. */
static size_t element(const unsigned char *at, size_t *head)
{
    size_t n = at[1];
    size_t k = n & 0x7f;

    *head = 2;
    if (n < 0x80)
        return 2 + n;
    n = 0;
    for (size_t i = 0; i < k; i++)
        n = n << 8 | at[2 + i];
    *head = 2 + k;
    return *head + n;
}

/* Encodes the session without the certificate: its element is [3]. */
static void put_lean(SSL_SESSION *session, struct kept *k)
{
    unsigned char *der = NULL, *out;
    int n = i2d_SSL_SESSION(session, &der);
    size_t head, unused, all, put = 4;

    must(n > 0, "no encoded session");
    all = element(der, &head);
    for (size_t at = head; at < all; at += element(der + at, &unused))
        put += der[at] != 0xa3 ? element(der + at, &unused) : 0;
    must((out = malloc(put)) != NULL, "no memory");
    memcpy(out, (unsigned char[]){0x30, 0x82, (unsigned char)((put - 4) >> 8), (unsigned char)(put - 4)}, 4);
    k->der = out;
    k->n = put;
    out += 4;
    for (size_t at = head; at < all; at += element(der + at, &unused))
        if (der[at] != 0xa3) {
            memcpy(out, der + at, element(der + at, &unused));
            out += element(der + at, &unused);
        }
    OPENSSL_free(der);
}

/* What is kept is a copy that nobody else has, for libssl writes into sessions that are in use. */
static int keep(SSL *ssl, SSL_SESSION *session)
{
    struct bench *b = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    unsigned n;
    const unsigned char *id = SSL_SESSION_get_id(session, &n);
    struct kept *k = slot_of(b, id);

    must(n == sizeof k->id, "an odd session id");
    drop(k);
    memcpy(k->id, id, n);
    if (b->way == LEAN)
        put_lean(session, k);
    else
        k->session = SSL_SESSION_dup(session);
    return 0;
}

static SSL_SESSION *find(SSL *ssl, const unsigned char *id, int n, int *copy)
{
    struct bench *b = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    struct kept *k = n == sizeof k->id ? slot_of(b, id) : NULL;
    const unsigned char *der;

    *copy = 0;
    if (!k || memcmp(k->id, id, sizeof k->id) != 0)
        return NULL;
    der = k->der;
    return k->der ? d2i_SSL_SESSION(NULL, &der, (long)k->n) : SSL_SESSION_dup(k->session);
}

static int put_issuer(SSL *ssl, void *arg)
{
    struct bench *b = arg;

    return SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), b->issuer, b->n_issuer);
}

static SSL_TICKET_RETURN take_issuer(SSL *ssl, SSL_SESSION *session, const unsigned char *name, size_t n_name,
                                     SSL_TICKET_STATUS status, void *arg)
{
    void *data;
    size_t n;

    (void)name, (void)n_name, (void)arg;
    if (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW)
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    must(SSL_SESSION_get0_ticket_appdata(session, &data, &n) == 1 && n > 0, "no issuer in the ticket");
    return SSL_version(ssl) == TLS1_3_VERSION ? SSL_TICKET_RETURN_USE_RENEW : SSL_TICKET_RETURN_USE;
}

/* --- handshakes ----------------------------------------------------------------------------------------------------*/

static int known(X509_STORE_CTX *store, void *unused)
{
    (void)unused;
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}

static SSL_CTX *context(const SSL_METHOD *method, int version, const struct identity *leaf, X509 *issuer)
{
    SSL_CTX *ctx = SSL_CTX_new(method);

    must(ctx && SSL_CTX_set_min_proto_version(ctx, version) && SSL_CTX_set_max_proto_version(ctx, version) &&
             SSL_CTX_set1_groups_list(ctx, "X25519:P-256") && SSL_CTX_use_certificate(ctx, leaf->cert) &&
             SSL_CTX_use_PrivateKey(ctx, leaf->key) && SSL_CTX_add1_chain_cert(ctx, issuer),
         "no context");
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_cert_verify_callback(ctx, known, NULL);
    return ctx;
}

static int remember(SSL *ssl, SSL_SESSION *session)
{
    struct bench *b = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

    SSL_SESSION_free(b->offered);
    b->offered = session;
    return 1;
}

static void set_up(struct bench *b, const struct identity *leaf, X509 *issuer)
{
    b->server = context(TLS_server_method(), b->version, leaf, issuer);
    b->client = context(TLS_client_method(), b->version, leaf, issuer);
    SSL_CTX_set_app_data(b->server, b);
    SSL_CTX_set_app_data(b->client, b);
    SSL_CTX_set_session_cache_mode(b->client, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(b->client, remember);
    SSL_CTX_set_session_id_context(b->server, (const unsigned char *)"bench", 5);
    SSL_CTX_set_num_tickets(b->server, 1);
    if (b->way == TICKET) {
        SSL_CTX_set_session_cache_mode(b->server, SSL_SESS_CACHE_OFF);
        SSL_CTX_set_session_ticket_cb(b->server, put_issuer, take_issuer, b);
        return;
    }
    SSL_CTX_set_options(b->server, SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(b->server, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(b->server, keep);
    SSL_CTX_sess_set_get_cb(b->server, find);
}

static double cpu(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static SSL *end_of(SSL_CTX *ctx, BIO *bio)
{
    SSL *ssl = SSL_new(ctx);

    must(ssl, "no session");
    SSL_set_bio(ssl, bio, bio);
    return ssl;
}

/* One connection with one byte from the server, so that the client has read its ticket. */
static void handshake(struct bench *b, bool resumed)
{
    BIO *near, *far;
    SSL *server, *client;
    char byte;
    double began = cpu();

    must(BIO_new_bio_pair(&near, PIPE_BYTES, &far, PIPE_BYTES), "no pipe");
    server = end_of(b->server, near);
    SSL_set_accept_state(server);
    b->spent += cpu() - began;
    client = end_of(b->client, far);
    SSL_set_connect_state(client);
    if (resumed)
        must(b->offered && SSL_set_session(client, b->offered), "no session to offer");
    for (int i = 0; i < 10 && !(SSL_is_init_finished(server) && SSL_is_init_finished(client)); i++) {
        SSL_do_handshake(client);
        began = cpu();
        SSL_do_handshake(server);
        b->spent += cpu() - began;
    }
    must(SSL_write(server, "x", 1) == 1 && SSL_read(client, &byte, 1) == 1, "no handshake");
    must(SSL_session_reused(server) == resumed, resumed ? "it was not resumed" : "it was resumed");
    must(b->way == LEAN && resumed ? true : SSL_get0_peer_certificate(server) != NULL, "nobody is there");
    SSL_set_shutdown(client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_set_shutdown(server, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(client);
    began = cpu();
    SSL_free(server);
    b->spent += cpu() - began;
    ERR_clear_error();
}

/* Of the round that others on this machine disturbed least. */
static double micros_each(struct bench *b, int n, bool resumed)
{
    double least = 0;

    for (int i = 0; i < WARM; i++)
        handshake(b, resumed);
    for (int round = 0; round < ROUNDS; round++) {
        b->spent = 0;
        for (int i = 0; i < n; i++)
            handshake(b, resumed);
        if (round == 0 || b->spent < least)
            least = b->spent;
    }
    return least / n * 1e6;
}

static void forget(struct bench *b)
{
    for (size_t i = 0; i < SLOTS; i++)
        drop(&b->slot[i]);
}

/* What KEPT full handshakes leave behind, for each session that is still there. */
static size_t bytes_each(struct bench *b)
{
    size_t before, after, n = 0;

    if (b->way == TICKET)
        return 0;
    forget(b);
    before = mallinfo2().uordblks;
    for (int i = 0; i < KEPT; i++)
        handshake(b, false);
    after = mallinfo2().uordblks;
    for (size_t i = 0; i < SLOTS; i++)
        n += b->slot[i].session || b->slot[i].der;
    return n ? (after - before) / n + sizeof(struct kept) : 0;
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 100;
    struct identity root = issue("root", NULL, true);
    struct identity issuer = issue("issuing", &root, true);
    struct identity leaf = issue("leaf", &issuer, false);

    if (argc > 2 || n < 1) {
        fputs("Usage: resume [N]\n", stderr);
        return 2;
    }
    printf("%s, server's CPU time, the cheapest of ten rounds of %d handshakes\n", OpenSSL_version(OPENSSL_VERSION), n);
    printf("%-4s %-7s %9s %11s %8s %8s\n", "TLS", "way", "full (us)", "resumed (us)", "of full", "bytes");
    for (int v = 0; v < 2; v++)
        for (enum way way = TICKET; way <= LEAN; way++) {
            static struct bench b;
            double full, resumed;

            b = (struct bench){.way = way, .version = v ? TLS1_2_VERSION : TLS1_3_VERSION};
            b.n_issuer = (size_t)i2d_X509(issuer.cert, &b.issuer);
            set_up(&b, &leaf, issuer.cert);
            full = micros_each(&b, n, false);
            resumed = micros_each(&b, n, true);
            printf("%-4s %-7s %9.0f %11.0f %8.2f %8zu\n", v ? "1.2" : "1.3", way_name[way], full, resumed,
                   resumed / full, bytes_each(&b));
            fflush(stdout);
            forget(&b);
            SSL_SESSION_free(b.offered);
            SSL_CTX_free(b.server);
            SSL_CTX_free(b.client);
            OPENSSL_free(b.issuer);
        }
    identity_free(&leaf);
    identity_free(&issuer);
    identity_free(&root);
    return 0;
}
