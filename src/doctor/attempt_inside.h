/*
 * attempt_inside.h - what the attempt*.c files share; nobody else but their tests and the fuzzer includes it.
 *
 *     attempt.c         the order of things: connect, prelude, handshake
 *     attempt_talk.c    the request and the wait after it
 *     attempt_run.c     bytes that come, are kept and are handed to the TLS client
 *     attempt_io.c      the socket, with deadlines and the exact way it ended
 *     attempt_ask.c     the harmless requests
 *     attempt_answer.c  what an HTTP answer says
 *     attempt_seen.c    what the kept messages say
 */
#ifndef HC_DOCTOR_ATTEMPT_INSIDE_H
#define HC_DOCTOR_ATTEMPT_INSIDE_H

#include "doctor/attempt.h"

/* --- attempt_io.c: times are those of hc_mono_us --- */

#define HC_ATTEMPT_OUT (512u * 1024) /* bytes that wait to be sent: a chain, at most */

struct hc_attempt_io {
    int fd;            /* owned; -1: none */
    struct hc_buf out; /* what is to be sent; sent by and by while something is awaited */
    size_t total;      /* bytes read */
    int broken;        /* errno of the first write that failed; 0: none */
    int sys;           /* errno, after HC_GOT_ERROR */
    uint8_t in[16384];
};

enum hc_attempt_got { HC_GOT_BYTES, HC_GOT_TIMEOUT, HC_GOT_EOF, HC_GOT_ERROR };

/* Connects; 0, or the errno of why not (ETIMEDOUT when the time is over). hc_attempt_io_fini in any case. */
int hc_attempt_io_connect(struct hc_attempt_io *io, const struct hc_addr *addr, uint64_t until);
/* Sends what waits and reads what comes; `got` is valid until the next call. All that came before an end is read before
 * the end is told. */
enum hc_attempt_got hc_attempt_io_read(struct hc_attempt_io *io, uint64_t until, struct hc_bytes *got);
/* Sends what waits as far as the socket takes it now. */
void hc_attempt_io_flush(struct hc_attempt_io *io);
void hc_attempt_io_fini(struct hc_attempt_io *io);

/* --- attempt_run.c --- */

struct hc_attempt_run {
    const struct hc_attempt_plan *plan;
    struct hc_attempt *a;
    struct hc_attempt_io io;
    struct hc_tls_probe *tls; /* owned until it moves into the attempt */
    uint64_t born;            /* hc_mono_us */
    bool over;                /* a->end is what it came to */
};

/* Microseconds since the beginning; and the time (of hc_mono_us) in `ms`, or in `usual` when that is 0. */
uint64_t hc_attempt_run_since(const struct hc_attempt_run *r);
uint64_t hc_attempt_run_until(unsigned ms, unsigned usual);
/* The attempt came to this; the first end counts. */
void hc_attempt_run_end(struct hc_attempt_run *r, enum hc_attempt_end how);
/* Reads once. True with bytes; otherwise nothing came until then (not the end by itself), or the attempt is over. */
bool hc_attempt_run_read(struct hc_attempt_run *r, uint64_t until, struct hc_bytes *got);
/* Hands bytes to the TLS client, sends its answer, and notes how far it came. */
void hc_attempt_run_feed(struct hc_attempt_run *r, struct hc_bytes got);
/* `n` bytes of the application came; `fresh` are those of them that can be kept. */
void hc_attempt_run_said(struct hc_attempt_run *r, struct hc_bytes fresh, size_t n);
/* What came is no TLS; `why` is libssl's word. */
bool hc_attempt_run_is_no_tls(const struct hc_attempt_run *r, enum hc_code why);
/* Appends as much as fits. */
void hc_attempt_run_keep(struct hc_buf *buf, struct hc_bytes more);

/* --- attempt_talk.c --- */
/* Asks, and listens. Fails with HC_E_NOMEM. */
struct hc_rc hc_attempt_talk(struct hc_attempt_run *r, struct hc_err *e);

/* --- attempt_ask.c --- */
void hc_attempt_ask_emit(const struct hc_attempt_plan *plan, struct hc_buf *out);

/* --- attempt_answer.c --- */
struct hc_attempt_answer {
    unsigned status; /* 0: it is no HTTP, or too little of it */
    int64_t date;    /* 0: none */
    struct hc_ref ref;
    bool whole; /* nothing that matters is missing: the head, and a refusal's body */
};
/* `said` is what came so far. Pure. */
void hc_attempt_answer_read(struct hc_bytes said, struct hc_attempt_answer *out);

/* --- attempt_seen.c --- */
/* The farthest stage that the kept messages prove; at least `stage`. */
enum hc_attempt_stage hc_attempt_seen_stage(const struct hc_attempt *a);
/* Fills what an attempt tells from the messages in a->tls. Fails with HC_E_NOMEM. */
struct hc_rc hc_attempt_seen_all(struct hc_attempt *a, struct hc_err *e);

#endif
