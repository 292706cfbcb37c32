/*
 * ref.h - the id that a stranger is told and that the operator finds in the log.
 */
#ifndef HC_OBSERVE_REF_H
#define HC_OBSERVE_REF_H

#include "base/err.h"

/*
 * 60 random bits as 12 characters of [0-9a-z] without i, l, o and u: whatever is read aloud or typed from paper, no two
 * characters of it look alike. It says nothing about the refusal, and nobody can guess another one.
 */
#define HC_REF_TEXT 13
struct hc_ref {
    char text[HC_REF_TEXT];
};

/* Fails with HC_E_SYSTEM when the kernel gives no random bytes; `out` is then untouched. Any thread. Blocks only while
 * the machine is starting and has not gathered any randomness yet. */
struct hc_rc hc_ref_new(struct hc_ref *out, struct hc_err *e);

/* Is it one? For what comes out of files: whoever shows an id shows it as it is. */
bool hc_ref_is(const char *text);

#endif
