/*
 * workshop.h - where directories are made before they appear among the identities. Private to this module.
 *
 * It lies beside them, so that a rename suffices, and is a directory of its own, so that looking for what killed
 * processes left there does not mean to look at a million identities. It is there only while somebody works, under the
 * lock.
 *
 *     open > make, fill ... > files are on the disk: by themselves, or all by one hc_workshop_sync > place ... > settle
 *
 * The order is what a crash leaves sound: nothing is placed that is not on the disk, so a directory is whole or not
 * there; and nothing is said to be handed out before hc_workshop_settle. Only then goes what was replaced:
 * hc_workshop_discard.
 */
#ifndef HC_AUTHORITY_WORKSHOP_H
#define HC_AUTHORITY_WORKSHOP_H

#include "base/file.h"

struct hc_workshop {
    char path[HC_PATH];
    char around[HC_PATH]; /* the directory of identities */
    int fd; /* of `path`; opened before anything is written, so that a sync hears of every failure since */
};

/* Removes the workshop, and what was made in it and is there still. Safe on one that was never opened. */
void hc_workshop_close(struct hc_workshop *w);

/* Scope clean-up: HC_WORKSHOP(shop); */
#define HC_WORKSHOP(name) __attribute__((cleanup(hc_workshop_close))) struct hc_workshop name = {.fd = -1}

/* For identities that lie beside `dir`; removes what killed processes left. Fails as hc_dir_make. */
struct hc_rc hc_workshop_open(const char *dir, struct hc_workshop *w, struct hc_err *e);

/* A new directory in it. Fails as hc_dir_make. */
struct hc_rc hc_workshop_make(const struct hc_workshop *w, char made[HC_PATH], struct hc_err *e);

/*
 * All that was written in it is on the disk; and whatever else waits for this file system, so it is for many. One call
 * tells nothing about one file: after a failure nothing may be placed. Fails with HC_E_DISK_FULL, HC_E_FILE_UNWRITABLE.
 */
struct hc_rc hc_workshop_sync(const struct hc_workshop *w, struct hc_err *e);

/* Moves one to where it belongs, in one step; a directory that is there is exchanged with it. Fails as
 * hc_move_rename. */
struct hc_rc hc_workshop_place(const char *made, const char *to, struct hc_err *e);

/* What was placed stays placed. Fails with HC_E_DISK_FULL, HC_E_FILE_UNWRITABLE. */
struct hc_rc hc_workshop_settle(const struct hc_workshop *w, struct hc_err *e);

/* Removes what lies at `made`: what could not be placed, or what was replaced, whoever it belongs to; often nothing,
 * and "" is nothing too. What cannot be removed stays. */
void hc_workshop_discard(const char *made);

#endif
