/* explain_page.c - docs/errors.md: the tables of this program as a page that can be linked into. */
#include "base/auto.h"
#include "doctor/explain_inside.h"
#include "proto/tls_wire.h"

static const struct {
    enum hc_class class;
    const char *heading, *anchor, *about;
} classes[] = {
    {HC_CLASS_CERTIFICATE, "HC-1xxx: certificates", "hc-1xxx-certificates",
     "A chain that was presented, or given to verify, is refused."},
    {HC_CLASS_ACCESS, "HC-2xxx: access", "hc-2xxx-access", "It is known who asks, and no rule lets them in."},
    {HC_CLASS_PROTOCOL, "HC-3xxx: TLS, HTTP and time", "hc-3xxx-tls-http-and-time",
     "There is no connection, or the other side speaks wrongly or too slowly."},
    {HC_CLASS_UPSTREAM, "HC-4xxx: the back end", "hc-4xxx-the-back-end",
     "What stands behind the gate does not answer as it should."},
    {HC_CLASS_CONFIG, "HC-5xxx: configuration", "hc-5xxx-configuration",
     "A configuration, or a value in it, is refused."},
    {HC_CLASS_ENVIRONMENT, "HC-6xxx: the machine", "hc-6xxx-the-machine",
     "Files, ports, memory, the operating system."},
    {HC_CLASS_AUTHORITY, "HC-7xxx: the authority", "hc-7xxx-the-authority",
     "Issuing, revoking, publishing, the ledger."},
    {HC_CLASS_USAGE, "HC-8xxx: command lines", "hc-8xxx-command-lines", "What was typed is not understood."},
    {HC_CLASS_FORMAT, "HC-9xxx: formats", "hc-9xxx-formats", "Bytes are not what they claim to be."},
};

/* Text of the tables, with everything that means something to Markdown taken literally. */
static void text(struct hc_buf *out, const char *s)
{
    for (; *s; s++) {
        if (strchr("\\`*_[]<>#|&~", *s))
            hc_buf_add_byte(out, '\\');
        hc_buf_add_byte(out, (uint8_t)*s);
    }
}

static void alert_name(struct hc_buf *out, uint8_t number)
{
    const struct hc_tls_alert_row *alert = hc_tls_alert(number);
    text(out, alert ? alert->name : "alert");
    hc_buf_addf(out, " (%u)", (unsigned)number);
}

/* ---- contents ---- */

static void contents(struct hc_buf *out)
{
    hc_buf_add_str(out, "## Contents\n\n");
    for (size_t i = 0; i < HC_COUNT(classes); i++)
        hc_buf_addf(out, "- [%s](#%s)\n", classes[i].heading, classes[i].anchor);
    hc_buf_add_str(out, "- [Verdicts of a probe](#verdicts-of-a-probe)\n- [TLS alerts](#tls-alerts)\n"
                        "- [OpenSSL's reasons](#openssls-reasons)\n");
}

/* ---- the catalogue ---- */

static void row(struct hc_buf *out, const struct hc_row *r)
{
    char id[HC_ID_TEXT];
    hc_buf_addf(out, "\n### %s\n\n**", hc_id_text(r->code, id));
    text(out, r->sentence);
    hc_buf_add_str(out, "** ");
    text(out, r->fix);
    hc_buf_addf(out, "\n\nExit code %d.", r->exit);
    if (r->alert) {
        hc_buf_add_str(out, " Alert ");
        alert_name(out, (uint8_t)r->alert);
        hc_buf_add_str(out, ".");
    }
    if (r->status)
        hc_buf_addf(out, " HTTP status %d.", r->status);
    if (*r->clause) {
        hc_buf_add_str(out, " Clause: ");
        text(out, r->clause);
        hc_buf_add_str(out, ".");
    }
    hc_buf_add_str(out, "\n");
}

static void catalogue(struct hc_buf *out)
{
    size_t n;
    const struct hc_row *rows = hc_rows(&n);
    for (size_t i = 0; i < HC_COUNT(classes); i++) {
        hc_buf_addf(out, "\n## %s\n\n%s\n", classes[i].heading, classes[i].about);
        for (size_t k = 0; k < n; k++)
            if (rows[k].class == classes[i].class)
                row(out, &rows[k]);
    }
}

/* ---- verdicts ---- */

static void verdicts(struct hc_buf *out)
{
    char id[HC_ID_TEXT];
    hc_buf_add_str(out,
                   "\n## Verdicts of a probe\n\nSaid to whoever ran the probe. The side is the one that can mend it; "
                   "undecided: what a probe sees does not tell.\n");
    for (int i = 0; i < HC_CAUSES; i++) {
        const struct hc_cause_row *r = hc_cause_row((enum hc_cause)i);
        hc_buf_addf(out, "\n### %s\n\n**", r->slug);
        text(out, r->sentence);
        hc_buf_add_str(out, "** ");
        text(out, r->fix);
        hc_buf_addf(out, "\n\nSide: %s.", hc_side_text(r->side));
        if (r->code != HC_OK_CODE) {
            char anchor[HC_ID_TEXT] = "";
            hc_id_text(r->code, id);
            for (size_t k = 0; id[k]; k++)
                anchor[k] = (char)hc_ascii_lower((uint8_t)id[k]);
            hc_buf_addf(out, " Rule: [%s](#%s).", id, anchor);
        }
        hc_buf_add_str(out, "\n");
    }
}

/* ---- alerts ---- */

static void causes(struct hc_buf *out, const char *lines)
{
    for (bool first = true; *lines; first = false) {
        size_t n = strcspn(lines, "\n");
        char one[256] = "";
        memcpy(one, lines, n < sizeof one - 1 ? n : sizeof one - 1);
        hc_buf_add_str(out, first ? "\n- " : "- ");
        text(out, one);
        hc_buf_add_str(out, "\n");
        lines += n + (lines[n] == '\n');
    }
}

static void reading(struct hc_buf *out, const char *who, const struct hc_explanation *x)
{
    hc_buf_addf(out, "\n*%s* ", who);
    text(out, x->means);
    hc_buf_add_str(out, "\n");
    causes(out, x->causes);
    hc_buf_add_str(out, "\nFix: ");
    text(out, x->fix);
    hc_buf_add_str(out, "\n");
}

static void alerts(struct hc_buf *out)
{
    struct hc_explanation x[2];
    hc_buf_add_str(out, "\n## TLS alerts\n\nAn alert is sent by the side that refuses. It means one thing to whoever "
                        "receives it and another "
                        "to whoever sends it.\n");
    for (size_t i = 0; hc_explain_alert_at(i, x); i++) {
        hc_buf_add_str(out, "\n### ");
        text(out, x[0].id);
        hc_buf_add_str(out, "\n\nIts sender says: ");
        text(out, hc_tls_alert_at(i)->sentence);
        hc_buf_add_str(out, "\n");
        reading(out, "Received.", &x[0]);
        reading(out, "Sent.", &x[1]);
    }
}

/* ---- X509_V_ERR ---- */

static void reasons(struct hc_buf *out)
{
    struct hc_explanation x;
    hc_buf_add_str(out, "\n## OpenSSL's reasons\n\nWhy a chain was refused, by the program that refused it.\n\n");
    for (size_t i = 0; hc_explain_verify_at(i, &x); i++) {
        hc_buf_add_str(out, "- **");
        text(out, x.id);
        hc_buf_add_str(out, "** ");
        text(out, x.means);
        hc_buf_add_str(out, " ");
        text(out, x.fix);
        hc_buf_add_str(out, "\n");
    }
}

void hc_explain_page(struct hc_buf *out)
{
    hc_buf_add_str(
        out,
        "# Every refusal, and what to do\n\n"
        "Each refusal has an id that never changes its meaning, one sentence and one fix. This page is written by\n"
        "`handclasp explain --page`; change src/base/catalogue.def, src/doctor/causes.def or\n"
        "src/doctor/explain_alert.def, and write it again. On a terminal, `handclasp explain` answers for one id, "
        "alert\n"
        "or pasted line.\n\n");
    contents(out);
    catalogue(out);
    verdicts(out);
    alerts(out);
    reasons(out);
}
