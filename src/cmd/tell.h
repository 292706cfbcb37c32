/* tell.h - what issue, sign and renew print about a certificate that was just made. */
#ifndef HC_CMD_TELL_H
#define HC_CMD_TELL_H

#include "authority/issue.h"
#include "cmd/out.h"

/* All borrowed. */
struct hc_tell {
    const struct hc_issued *issued;
    bool key_elsewhere;   /* signed from a request: there is no key.pem */
    bool hide_passphrase; /* nobody reads it here (a timer): export makes another file with another one */
};

/* Lines of text: serial, until, the files and what each is for, a passphrase that was made. */
void hc_tell_text(const struct hc_tell *t, struct hc_buf *out);

/* The same as members of the object that is being written. */
void hc_tell_json(const struct hc_tell *t, struct hc_json *j);

/* What to add to an error in printing: the certificate is there all the same, the passphrase is not. */
void hc_tell_unprinted(const struct hc_tell *t, struct hc_err *e);

#endif
