/*
 * pem.h - PEM text [RFC 7468], read strictly and written in 64 columns.
 */
#ifndef HC_PKI_PEM_H
#define HC_PKI_PEM_H

#include "base/buf.h"
#include "pki/cert.h"

#define HC_PEM_CERTIFICATE "CERTIFICATE"
#define HC_PEM_REQUEST "CERTIFICATE REQUEST"
#define HC_PEM_CRL "X509 CRL"

#define HC_PEM_FILE_MAX (4 * 1024 * 1024) /* a file of certificates: some two thousand, ten times a public root store */
#define HC_PEM_LABEL_MAX 64               /* labels in use are below 40 characters */

/*
 * The next block with this label. Text outside blocks and blocks with other labels are skipped. Lines may end in LF or
 * CRLF and in blanks; everything else is strict: the alphabet, the padding, the zero bits at the end, the matching END
 * line, no header fields, no empty block; and outside blocks no line begins with five dashes but a BEGIN line, so that
 * a file cut anywhere but between two blocks fails.
 *
 *   in     moves past the block, or to the end
 *   der    cleared, then filled with the decoded bytes; use HC_BUF_SECRET for private keys
 *   found  false when there is no further block; that is no failure
 *
 * Fails with HC_E_PEM, HC_E_NOMEM, HC_E_TOO_BIG (the cap of `der`).
 */
struct hc_rc hc_pem_next(struct hc_bytes *in, const char *label, struct hc_buf *der, bool *found, struct hc_err *e);

/* Appends one block. */
void hc_pem_emit(struct hc_buf *out, const char *label, struct hc_bytes der);

/*
 * Appends to `out` every certificate in PEM text, or the one in DER, in the order of the file; text that does not begin
 * with a DER SEQUENCE is taken for PEM. On failure `out` is as it was. Fails with HC_E_PEM (no certificate in it, or
 * bad PEM), HC_E_TOO_BIG (more than `max_n`), the codes of hc_cert_parse with the number of the certificate in the
 * sentence, HC_E_NOMEM.
 */
struct hc_rc hc_pem_parse_certs(struct hc_bytes text, size_t max_n, struct hc_cert_list *out, struct hc_err *e);

/* The same from a file; errors name the path. Fails with the codes of hc_file_read besides. Blocks. */
struct hc_rc hc_pem_load_certs(const char *path, size_t max_n, struct hc_cert_list *out, struct hc_err *e);

#endif
