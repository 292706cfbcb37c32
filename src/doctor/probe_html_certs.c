/*
 * probe_html_certs.c - who is who, at a glance: a card for each certificate, with what is wrong with it. The diagram below
 * has the rest of it.
 */
#include "doctor/probe_html_parts.h"

#include "base/text.h"
#include "doctor/probe_words.h"

static void put_finding(const struct hc_finding *f, struct hc_buf *out)
{
    char id[HC_ID_TEXT];
    hc_buf_addf(out, "<p class=\"no\">&#x2715; %s: ", hc_id_text(f->code, id));
    hc_probe_html_text(out, hc_bytes_str(f->text));
    hc_buf_add_str(out, "</p>\n");
}

/* Broken rules about the certificate at that depth; with `depth` the number of presented ones, about none of them. */
static size_t put_broken(const struct hc_report *r, size_t depth, size_t presented, struct hc_buf *out)
{
    size_t broken = 0;
    for (size_t i = 0; i < r->n; i++) {
        const struct hc_finding *f = &r->finding[i];
        bool here = f->depth >= 0 && (size_t)f->depth < presented;
        if (f->code == HC_OK_CODE || (here ? (size_t)f->depth != depth : depth != presented))
            continue;
        put_finding(f, out);
        broken++;
    }
    return broken;
}

static void put_certificate(const struct hc_cert *cert, const char *role, int64_t now, struct hc_buf *out)
{
    HC_BUF_AUTO(text, HC_PROBE_WORDS_MAX);
    hc_buf_addf(out, "<li>\n<p class=\"role\">%s</p>\n<p class=\"who\">", role);
    hc_probe_words_name(cert, &text);
    hc_probe_html_text(out, hc_buf_view(&text));
    hc_buf_clear(&text);
    hc_buf_add_str(out, "</p>\n<dl>\n");
    if (cert->n_names > 1) {
        hc_buf_add_str(out, "<dt>names</dt><dd>");
        hc_probe_words_names(cert, &text);
        hc_probe_html_text(out, hc_buf_view(&text));
        hc_buf_clear(&text);
        hc_buf_add_str(out, "</dd>\n");
    }
    hc_buf_add_str(out, "<dt>issuer</dt><dd>");
    hc_dn_text(cert->issuer, &text);
    hc_probe_html_text(out, hc_buf_view(&text));
    hc_buf_add_str(out, hc_cert_self_issued(cert) ? " (itself)</dd>\n" : "</dd>\n");
    hc_buf_clear(&text);
    hc_text_when(&text, cert->not_after, now);
    hc_buf_addf(out, "<dt>valid until</dt><dd>%s</dd>\n<dt>key</dt><dd>", hc_buf_cstr(&text));
    hc_buf_clear(&text);
    hc_probe_words_key(cert, &text);
    hc_probe_html_text(out, hc_buf_view(&text));
    hc_buf_add_str(out, "</dd>\n</dl>\n");
}

struct chain {
    const char *title, *own; /* "The server presented", "the server's own" */
    struct hc_cert *const *cert;
    size_t n;
    const struct hc_report *report; /* NULL: it was not judged */
    int64_t now;
};

/* What a certificate behind the first one is. */
static const char *above(const struct hc_cert *cert)
{
    if (!cert->is_ca)
        return "presented as well, and no authority";
    return hc_cert_self_issued(cert) ? "a root" : "an intermediate authority";
}

static void put_chain(const struct chain *c, struct hc_buf *out)
{
    if (c->n == 0)
        return;
    hc_buf_addf(out, "<div>\n<h3>%s</h3>\n<ul>\n", c->title);
    for (size_t i = 0; i < c->n; i++) {
        const char *role = i == 0 ? c->own : above(c->cert[i]);
        put_certificate(c->cert[i], role, c->now, out);
        if (c->report && put_broken(c->report, i, c->n, out) == 0)
            hc_buf_add_str(out, "<p class=\"ok\">&#x2713; no rule is broken</p>\n");
        hc_buf_add_str(out, "</li>\n");
    }
    hc_buf_add_str(out, "</ul>\n");
    if (c->report)
        put_broken(c->report, c->n, c->n, out);
    hc_buf_add_str(out, "</div>\n");
}

void hc_probe_html_certs(const struct hc_probe *p, struct hc_buf *out)
{
    const struct hc_attempt *a = &p->main;
    size_t sent = a->n_sent < p->spec->n_chain ? a->n_sent : p->spec->n_chain;
    if (a->presented.n == 0 && sent == 0)
        return;
    hc_buf_add_str(out, "<section>\n<h2>Certificates</h2>\n<div class=\"chains\">\n");
    put_chain(&(struct chain){.title = "The server presented",
                              .own = "the server's own",
                              .cert = a->presented.cert,
                              .n = a->presented.n,
                              .report = p->server_judged ? &p->server : NULL,
                              .now = p->now},
              out);
    put_chain(&(struct chain){.title = "The client presented",
                              .own = "the client's own",
                              .cert = p->spec->chain,
                              .n = sent,
                              .report = p->own_judged ? &p->own : NULL,
                              .now = p->now},
              out);
    hc_buf_add_str(out, "</div>\n</section>\n");
}
