/* cmd_probe.c - handclasp probe: what happens when this machine connects there, and who can mend what does not. */
#include <stdlib.h>

#include "cmd/command.h"
#include "cmd/out.h"
#include "cmd/probe_identity.h"
#include "cmd/probe_target.h"
#include "cmd/ticker.h"
#include "config/scalar.h"
#include "doctor/probe_out.h"

#define WAIT_MAX 600   /* seconds; who waits longer has forgotten it */
#define ROOTS 16       /* of --dns-root */
#define ALPN_MAX 256   /* of --alpn: what one extension carries in practice */
#define PAGE_MODE 0644 /* a page for colleagues */

static const struct hc_option OPTIONS[] = {
    {"cert", "FILE", "present this chain (PEM), the leaf first", false},
    {"key", "FILE", "its key (in the chain's file)", false},
    {"as", "NAME", "present an identity of the home", false},
    {"passphrase-file", "FILE", "the key's passphrase, in a file", false},
    {"passphrase-fd", "N", "the same from an open descriptor", false},
    {"bundle", "FILE", "the authorities to judge by (the home's)", false},
    {"crl", "PATH", "a CRL, or a directory of them (the home's)", true},
    {"name", "NAME", "ask for this name (HOST)", false},
    {"starttls", "PROTOCOL", "smtp, imap, postgres or ldap", false},
    {"tls", "VERSION", "offer only 1.2 or only 1.3", false},
    {"alpn", "LIST", "offer these, as in h2,http/1.1; or none", false},
    {"ask", "WHAT", "http, smtp, imap, postgres or ldap", false},
    {"no-request", NULL, "ask nothing after the handshake", false},
    {"path", "PATH", "the path that HTTP asks for (/)", false},
    {"wait", "DURATION", "for an answer or a refusal (2s)", false},
    {"timeout", "DURATION", "to connect, and for the handshake (5s)", false},
    {"steps", NULL, "show the connection as it happened", false},
    HC_OPTION_JSON,
    {"html", "FILE", "write a page to show around; - prints it", false},
    {"dns-trace", NULL, "walk from the DNS root to the name", false},
    {"dns-server", "ADDRESS", "ask this name server", false},
    {"dns-root", "ADDRESS", "begin the walk there", true},
    {"no-trials", NULL, "make one connection and no other", false},
    HC_OPTIONS_END,
};

struct probing {
    struct hc_crypto *crypto;
    struct hc_probe_target target;
    struct hc_probe_identity identity;
    const char *root[ROOTS];
    char alpn[ALPN_MAX];
    struct hc_probe_spec spec;
    struct hc_probe *probe;
};

static void probing_fini(struct probing *g)
{
    hc_probe_free(g->probe);
    hc_probe_identity_fini(&g->identity);
    hc_crypto_free(g->crypto);
}

/* --- options ------------------------------------------------------------------------------------------------------ */

/* Names between commas, as people write them; between blanks, as the probe takes them. */
static struct hc_rc read_alpn(const struct hc_opts *opts, struct probing *g, struct hc_err *e)
{
    const char *said = hc_opts_value(opts, "alpn");
    if (!said)
        return HC_OK;
    size_t n = strlen(said);
    if (n == 0 || n >= sizeof g->alpn)
        return HC_FAIL(e, HC_E_USAGE, "--alpn takes names such as h2,http/1.1, or none");
    for (size_t i = 0; i < n; i++) {
        if (said[i] < ' ' || said[i] > '~')
            return HC_FAIL(e, HC_E_USAGE, "--alpn takes names such as h2,http/1.1, or none");
        g->alpn[i] = (char)(said[i] == ',' ? ' ' : said[i]);
    }
    g->spec.alpn = g->alpn;
    return HC_OK;
}

static struct hc_rc read_version(const struct hc_opts *opts, struct hc_probe_spec *spec, struct hc_err *e)
{
    const char *said = hc_opts_value(opts, "tls");
    if (said && strcmp(said, "1.2") == 0)
        spec->min = spec->max = HC_TLS_1_2;
    else if (said && strcmp(said, "1.3") == 0)
        spec->min = spec->max = HC_TLS_1_3;
    else if (said)
        return HC_FAIL(e, HC_E_USAGE, "--tls %s is neither 1.2 nor 1.3", said);
    return HC_OK;
}

/* The words that a port is known for; HTTP elsewhere, to which everything has an answer of some kind. */
static enum hc_attempt_ask usual_ask(const struct hc_probe_spec *spec)
{
    static const enum hc_attempt_ask of_starttls[] = {
        [HC_STARTTLS_NONE] = HC_ASK_HTTP,         [HC_STARTTLS_SMTP] = HC_ASK_SMTP, [HC_STARTTLS_IMAP] = HC_ASK_IMAP,
        [HC_STARTTLS_POSTGRES] = HC_ASK_POSTGRES, [HC_STARTTLS_LDAP] = HC_ASK_LDAP,
    };
    if (spec->starttls == HC_STARTTLS_NONE && spec->port == 465)
        return HC_ASK_SMTP;
    if (spec->starttls == HC_STARTTLS_NONE && spec->port == 993)
        return HC_ASK_IMAP;
    if (spec->starttls == HC_STARTTLS_NONE && spec->port == 636)
        return HC_ASK_LDAP;
    return of_starttls[spec->starttls];
}

static struct hc_rc read_ask(const struct hc_opts *opts, struct hc_probe_spec *spec, struct hc_err *e)
{
    static const struct {
        const char *word;
        enum hc_attempt_ask ask;
    } words[] = {
        {"http", HC_ASK_HTTP},         {"smtp", HC_ASK_SMTP}, {"imap", HC_ASK_IMAP},
        {"postgres", HC_ASK_POSTGRES}, {"ldap", HC_ASK_LDAP},
    };
    const char *said = hc_opts_value(opts, "ask");
    bool nothing = hc_opts_flag(opts, "no-request");
    if (said && nothing)
        return HC_FAIL(e, HC_E_USAGE, "--ask and --no-request exclude each other");
    spec->ask = nothing ? HC_ASK_NOTHING : usual_ask(spec);
    /* A request in HTTP/1.1 makes no sense to a server that agreed on another protocol. */
    if (!said && spec->ask == HC_ASK_HTTP && spec->alpn && strcmp(spec->alpn, "none") != 0 &&
        !strstr(spec->alpn, "http/1.1"))
        spec->ask = HC_ASK_NOTHING;
    for (size_t i = 0; said && i < HC_COUNT(words); i++) {
        if (strcmp(said, words[i].word) == 0) {
            spec->ask = words[i].ask;
            return HC_OK;
        }
    }
    if (said)
        return HC_FAIL(e, HC_E_USAGE, "--ask %s is none of http, smtp, imap, postgres and ldap", said);
    return HC_OK;
}

static struct hc_rc read_duration(const struct hc_opts *opts, const char *name, unsigned *ms, struct hc_err *e)
{
    int64_t seconds;
    const char *said = hc_opts_value(opts, name);
    if (!said)
        return HC_OK;
    if (!hc_scalar_duration(hc_bytes_str(said), &seconds) || seconds < 0 || seconds > WAIT_MAX)
        return HC_FAIL(e, HC_E_USAGE, "--%s %s is no duration such as 5s or 1m, up to 10m", name, said);
    *ms = seconds > 0 ? (unsigned)seconds * 1000 : 1; /* 0 would mean the usual one */
    return HC_OK;
}

static struct hc_rc read_path(const struct hc_opts *opts, struct probing *g, struct hc_err *e)
{
    const char *said = hc_opts_value(opts, "path");
    if (said && *said != '/')
        return HC_FAIL(e, HC_E_USAGE, "--path %s does not begin with /", said);
    for (const char *c = said; c && *c; c++)
        if (*c <= ' ' || *c > '~')
            return HC_FAIL(e, HC_E_USAGE, "--path holds a space or a character that must be written as %%XX");
    g->spec.path = said ? said : *g->target.path ? g->target.path : NULL;
    return HC_OK;
}

static struct hc_rc read_dns(const struct hc_opts *opts, struct probing *g, struct hc_err *e)
{
    size_t n = 0;
    for (size_t i = 0; i < hc_opts_count(opts); i++) {
        struct hc_opts_set set = hc_opts_at(opts, i);
        if (strcmp(set.option->name, "dns-root") != 0)
            continue;
        if (n == ROOTS)
            return HC_FAIL(e, HC_E_USAGE, "--dns-root is given more than %d times", ROOTS);
        g->root[n++] = set.value;
    }
    g->spec.dns = (struct hc_dns_question){
        .server = hc_opts_value(opts, "dns-server"),
        .walk = hc_opts_flag(opts, "dns-trace") || n > 0,
        .root = n > 0 ? g->root : NULL,
        .n_root = n,
    };
    return HC_OK;
}

static struct hc_rc read_name(const struct hc_opts *opts, struct hc_probe_spec *spec, struct hc_err *e)
{
    const char *said = hc_opts_value(opts, "name");
    HC_AUTO(hc_name) name = NULL;
    if (said)
        HC_TRY(e, hc_name_guess(hc_bytes_str(said), HC_NAME_PLAIN, &name, e));
    if (name && name->type != HC_NAME_DNS && name->type != HC_NAME_IP)
        return HC_FAIL(e, HC_E_USAGE, "--name %s is neither a DNS name nor an address", said);
    spec->name = said;
    return HC_OK;
}

static struct hc_rc read_starttls(const struct hc_opts *opts, struct hc_probe_spec *spec, struct hc_err *e)
{
    const char *said = hc_opts_value(opts, "starttls");
    return said ? hc_starttls_parse(hc_bytes_str(said), &spec->starttls, e) : HC_OK;
}

static struct hc_rc read_options(const struct hc_opts *opts, struct probing *g, struct hc_err *e)
{
    struct hc_probe_spec *spec = &g->spec;
    const char *html = hc_opts_value(opts, "html");
    if (html && strcmp(html, "-") == 0 && hc_opts_flag(opts, "json"))
        return HC_FAIL(e, HC_E_USAGE, "--json and --html - would both be printed; give --html a FILE");
    if (html && *html == '\0')
        return HC_FAIL(e, HC_E_USAGE, "--html is empty; give it a FILE, or - to print the page");
    HC_TRY(e, hc_probe_target_parse(hc_opts_arg(opts, 0), &g->target, e));
    spec->host = g->target.host;
    spec->port = g->target.port;
    spec->no_trials = hc_opts_flag(opts, "no-trials");
    HC_TRY(e, read_name(opts, spec, e));
    HC_TRY(e, read_starttls(opts, spec, e));
    HC_TRY(e, read_version(opts, spec, e));
    HC_TRY(e, read_alpn(opts, g, e));
    HC_TRY(e, read_ask(opts, spec, e));
    HC_TRY(e, read_path(opts, g, e));
    HC_TRY(e, read_duration(opts, "wait", &spec->wait_ms, e));
    HC_TRY(e, read_duration(opts, "timeout", &spec->connect_ms, e));
    spec->patience_ms = spec->connect_ms;
    return read_dns(opts, g, e);
}

static struct hc_rc read_identity(const struct hc_invocation *in, struct probing *g, struct hc_err *e)
{
    struct hc_probe_identity *id = &g->identity;
    HC_TRY(e, hc_crypto_new(&g->crypto, e));
    HC_TRY(e, hc_probe_identity_read(in, g->crypto, id, e));
    g->spec.crypto = g->crypto;
    g->spec.bundle = id->bundle;
    g->spec.crls = id->crls;
    g->spec.chain = id->chain.cert;
    g->spec.n_chain = id->chain.n;
    g->spec.key = id->key;
    g->spec.identity = *id->label ? id->label : NULL;
    g->spec.identities = hc_probe_identity_offer;
    g->spec.ctx = id;
    return HC_OK;
}

/* --- output ------------------------------------------------------------------------------------------------------- */

/* By the locale, as programs decide that print more than ASCII; a terminal that says that it is dumb is believed. */
static bool shows_ascii_only(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *term = getenv("TERM"), *locale = NULL;
    for (size_t i = 0; i < HC_COUNT(names) && !locale; i++) {
        locale = getenv(names[i]);
        locale = locale && *locale ? locale : NULL;
    }
    if (!locale || (term && strcmp(term, "dumb") == 0))
        return true;
    struct hc_bytes charset = hc_bytes_skip(hc_bytes_str(locale), hc_bytes_find(hc_bytes_str(locale), '.') + 1);
    charset = hc_bytes_head(charset, hc_bytes_find(charset, '@'));
    return !hc_bytes_eq_nocase(charset, HC_BYTES("UTF-8")) && !hc_bytes_eq_nocase(charset, HC_BYTES("UTF8"));
}

static struct hc_rc write_page(const struct hc_probe *p, const char *file, struct hc_err *e)
{
    HC_BUF_AUTO(page, HC_OUT_MAX);
    hc_probe_html(p, &page);
    HC_TRY(e, hc_buf_check(&page, e));
    return hc_file_write_atomic(file, hc_buf_view(&page), PAGE_MODE, e);
}

static struct hc_rc print(const struct hc_opts *opts, const struct hc_probe *p, struct hc_err *e)
{
    HC_BUF_AUTO(out, HC_OUT_MAX);
    const char *html = hc_opts_value(opts, "html");
    bool page_alone = html && strcmp(html, "-") == 0;
    const struct hc_probe_look look = {
        .steps = hc_opts_flag(opts, "steps"),
        .color = hc_out_color(),
        .ascii = shows_ascii_only(),
    };
    if (html && !page_alone)
        HC_TRY(e, write_page(p, html, e));
    if (page_alone)
        hc_probe_html(p, &out);
    else if (hc_opts_flag(opts, "json"))
        hc_probe_json(p, &out);
    else
        hc_probe_text(p, &look, &out);
    return hc_out_flush(&out, e);
}

static struct hc_rc run(struct hc_invocation *in, struct hc_err *e)
{
    __attribute__((cleanup(probing_fini))) struct probing g = {.crypto = NULL};
    HC_TRY(e, read_options(in->opts, &g, e));
    HC_TRY(e, read_identity(in, &g, e));
    struct hc_ticker *ticker = hc_ticker_start("Probing, seconds");
    struct hc_rc rc = hc_probe_make(&g.spec, &g.probe, e);
    hc_ticker_stop(ticker);
    HC_TRY(e, rc);
    HC_TRY(e, print(in->opts, g.probe, e));
    if (g.probe->verdict.side == HC_SIDE_NOBODY)
        return HC_OK;
    in->told = true;
    return HC_FAIL(e, hc_cause_row(g.probe->verdict.cause)->code, "%s", g.probe->verdict.text);
}

const struct hc_command hc_cmd_probe = {
    .name = "probe",
    .summary = "connect, tell what happens, and who can mend it",
    .usage = "HOST:PORT [OPTION]...",
    .about = "Makes one TLS connection and tells the seven steps of mutual authentication,\n"
             "each with its outcome, then the verdict: what is wrong, on whose side, and the\n"
             "fix. Where the cause is not certain it makes up to six further connections, each\n"
             "of which answers one question. It changes nothing at the server. The certificate\n"
             "that you name is shown, and signed with, in the first connection alone, to\n"
             "whoever answers there, even when that one proves to be somebody else. The port\n"
             "is 443 when none is given; a pasted https:// URL will do. The system's own\n"
             "trust store is never used by itself: for the public web give\n"
             "--bundle /etc/ssl/certs/ca-certificates.crt. Exit code 0 says that nothing is\n"
             "wrong, 1 that something is. In parentheses stands what holds unless said.\n",
    .example = "  handclasp probe shop.example.com:8443 --as billing.example.com --steps\n"
               "  handclasp probe mail.example.com:25 --starttls smtp --html report.html\n",
    .options = OPTIONS,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
