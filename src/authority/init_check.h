/* init_check.h - what init refuses before it makes anything. Private to this module. */
#ifndef HC_AUTHORITY_INIT_CHECK_H
#define HC_AUTHORITY_INIT_CHECK_H

#include "authority/init.h"

/* Name, passphrases, public URL, and that the options fit together. Fails with HC_E_USAGE, HC_E_PASSPHRASE_NEEDED,
 * HC_E_NOMEM, and as hc_issuer_check_url does. */
struct hc_rc hc_init_check_options(const struct hc_init_options *o, struct hc_err *e);

/* Neither an authority nor what one published is there. Fails with HC_E_HOME_EXISTS, HC_E_TOO_BIG. */
struct hc_rc hc_init_check_free(const char *home, struct hc_err *e);

/* Home and identities, where they are there, are this user's or root's and nobody else's to write. Fails with
 * HC_E_PERMISSIONS, HC_E_FILE_UNREADABLE, HC_E_TOO_BIG. */
struct hc_rc hc_init_check_owner(const char *home, struct hc_err *e);

#endif
