/* tell.c - what is printed about a certificate that was just made. */
#include "cmd/tell.h"

#include "base/clock.h"
#include "pki/cert.h"

static void file_line(struct hc_buf *out, const char *label, const char *dir, const char *name, const char *what)
{
    hc_text_fieldf(out, label, "%s/%s", dir, name);
    hc_buf_addf(out, "  %-12s%s\n", "", what);
}

static bool shows_passphrase(const struct hc_tell *t)
{
    return t->issued->made_passphrase && !t->hide_passphrase;
}

static void p12_lines(const struct hc_tell *t, struct hc_buf *out)
{
    if (t->issued->p12[0])
        hc_text_field(out, "p12", hc_bytes_str(t->issued->p12));
    if (t->issued->mobileconfig[0])
        hc_text_field(out, "profile", hc_bytes_str(t->issued->mobileconfig));
    if (shows_passphrase(t)) {
        hc_text_field(out, "passphrase", hc_secret_view(t->issued->made_passphrase));
        hc_buf_addf(out, "  %-12sof the %s; it is shown this once\n", "",
                    t->issued->mobileconfig[0] ? ".p12 and the profile" : ".p12");
    }
}

void hc_tell_text(const struct hc_tell *t, struct hc_buf *out)
{
    const struct hc_issued *issued = t->issued;
    HC_BUF_AUTO(text, 128);
    hc_serial_text(hc_bytes_of(issued->serial, issued->serial_n), &text);
    hc_text_field(out, "serial", hc_buf_view(&text));
    hc_buf_clear(&text);
    hc_text_when(&text, issued->not_after, hc_time_now());
    hc_text_field(out, "until", hc_buf_view(&text));
    if (issued->truncated)
        hc_buf_addf(out, "  %-12sshorter than asked for: the issuing CA itself ends then, or allows no more\n", "");
    if (!t->key_elsewhere)
        file_line(out, "key", issued->dir, "key.pem", "keep it secret");
    file_line(out, "chain", issued->dir, "chain.pem", "the certificate and its issuing CA: what is presented");
    file_line(out, "bundle", issued->dir, "bundle.pem", "the root: what the other side is judged by");
    p12_lines(t, out);
}

void hc_tell_json(const struct hc_tell *t, struct hc_json *j)
{
    const struct hc_issued *issued = t->issued;
    HC_BUF_AUTO(serial, 64);
    hc_serial_text(hc_bytes_of(issued->serial, issued->serial_n), &serial);
    hc_json_bytes(j, "serial", hc_buf_view(&serial));
    hc_json_str(j, "issuer", issued->issuer);
    hc_json_time(j, "not_before", issued->not_before);
    hc_json_time(j, "not_after", issued->not_after);
    hc_json_bool(j, "truncated", issued->truncated);
    hc_json_str(j, "directory", issued->dir);
    if (issued->p12[0])
        hc_json_str(j, "p12", issued->p12);
    if (issued->mobileconfig[0])
        hc_json_str(j, "mobileconfig", issued->mobileconfig);
    if (shows_passphrase(t))
        hc_json_bytes(j, "p12_passphrase", hc_secret_view(issued->made_passphrase));
}

void hc_tell_unprinted(const struct hc_tell *t, struct hc_err *e)
{
    hc_err_prefix(e, "the certificate is issued, in %s, but this could not be printed%s", t->issued->dir,
                  shows_passphrase(t) ? "; the passphrase of the .p12 is lost, so make another: handclasp export" : "");
}
