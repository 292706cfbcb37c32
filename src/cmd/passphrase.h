/*
 * passphrase.h - passphrases come by prompt, file or descriptor, never by argument (every user of a machine sees
 * arguments).
 */
#ifndef HC_CMD_PASSPHRASE_H
#define HC_CMD_PASSPHRASE_H

#include "base/err.h"
#include "base/secret.h"

/* Where a passphrase may come from. At most one of file and fd is given. */
struct hc_passphrase_from {
    const char *file;   /* a path; the first line counts. NULL without */
    const char *fd;     /* the number of an open descriptor, as it was typed. NULL without */
    const char *option; /* how the options are called, for messages: "passphrase" for --passphrase-file */
    const char *prompt; /* "Passphrase of the CA keys"; NULL never asks */
    bool twice;         /* asks again and compares: for one that is made now */
};

/*
 * Reads a passphrase; it is never empty. When neither file nor descriptor is given and stdin is a terminal it is asked
 * for on /dev/tty with the echo off.
 *
 * Fails with HC_E_PASSPHRASE_NEEDED (nothing given and nobody to ask, or an empty one), HC_E_PASSPHRASE_WRONG (the two
 * differ), HC_E_USAGE (both given, or a bad number), HC_E_FILE_MISSING, HC_E_FILE_UNREADABLE, HC_E_TOO_BIG, HC_E_NOMEM.
 * Blocks.
 */
struct hc_rc hc_passphrase_get(const struct hc_passphrase_from *from, struct hc_secret **out, struct hc_err *e);

/* stdin is a terminal, so that there is somebody to ask. */
bool hc_passphrase_can_ask(void);

/* Asks a yes-or-no question on /dev/tty; only "y" and "yes" are yes. Fails with HC_E_NEEDS_YES for every other
 * answer. */
struct hc_rc hc_passphrase_confirm(const char *question, struct hc_err *e);

#endif
