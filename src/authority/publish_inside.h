/* publish_inside.h - what else of publishing this module needs. Private to it. */
#ifndef HC_AUTHORITY_PUBLISH_INSIDE_H
#define HC_AUTHORITY_PUBLISH_INSIDE_H

#include "authority/inside.h"

/*
 * Writes the CA's certificate to HOME/publish/ca/NAME.cer (DER, mode 0644), atomically and only when what is there
 * differs: it is what the AIA of certificates below the CA points at, and whoever watches the file is not stirred for
 * nothing. Under the lock. Fails with those of writing files and HC_E_NOMEM.
 */
struct hc_rc hc_publish_ca(const struct hc_authority *a, const struct hc_ca *ca, struct hc_err *e);

#endif
