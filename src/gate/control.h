/*
 * control.h - the control socket: requests to a running gate ("look again", "how are you"), never trust data.
 *
 * The socket is DIR/gate-NAME.sock; DIR is $HANDCLASP_RUNTIME if set, /run/handclasp for root, else
 * $XDG_RUNTIME_DIR/handclasp. DIR is made with 0700 and refused when it belongs to somebody else or others may enter
 * it; the socket has 0600; a caller must be root or the gate's own user (SO_PEERCRED). A call is one line, "VERB
 * [ARGUMENT]"; the reply's first line is "ok" or "error HC-NNNN sentence", then text.
 */
#ifndef HC_GATE_CONTROL_H
#define HC_GATE_CONTROL_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/file.h"
#include "net/loop.h"

#define HC_CONTROL_LINE 32768                   /* `apply` names every CRL that an authority has renewed at once */
#define HC_CONTROL_REPLY (64 * 1024)            /* of an answer that is given at once */
#define HC_CONTROL_REPLY_LATE (5 * 1024 * 1024) /* of one that is given later: a list of connections */
#define HC_CONTROL_CLIENTS 32
#define HC_CONTROL_PATIENCE_MS 30000 /* how long a client waits for an answer that is given later */
#define HC_CONTROL_NAME_MAX 64       /* bytes of a gate's name in a path */

struct hc_control;

/* Whom a later answer is for. Numbers are never used twice, so that the answer to somebody who has left reaches nobody
 * else. */
struct hc_control_ticket {
    size_t slot;
    uint64_t number;
};

enum hc_control_when { HC_CONTROL_NOW, HC_CONTROL_LATER };

/* Answers `line`: a C string without its newline, at most HC_CONTROL_LINE bytes. It came from a permitted user, and is
 * still escaped before it is shown. `reply` is empty and capped at HC_CONTROL_REPLY; one that does not fit is replaced
 * by an error. Or keeps the ticket and returns HC_CONTROL_LATER: then hc_control_answer gives the answer, not before
 * this has returned. Runs on the loop's thread and must not free the control. */
typedef enum hc_control_when hc_control_handler(void *ctx, const char *line, struct hc_control_ticket ticket,
                                                struct hc_buf *reply);

/* Where the socket of a gate of that name is. Fails with HC_E_CONTROL_SOCKET (no directory known, or a name that could
 * leave the directory), HC_E_TOO_BIG (a UNIX socket's path holds 107 bytes). Reads the environment. */
struct hc_rc hc_control_path(const char *name, char out[HC_PATH], struct hc_err *e);

/*
 * Listens, and makes the directory when it is missing. A socket that nobody answers is replaced; one that answers fails
 * with HC_E_PORT_IN_USE ("a gate named NAME is running already; give this one --name"). Fails with HC_E_CONTROL_SOCKET,
 * HC_E_TOO_BIG, HC_E_PERMISSIONS, HC_E_FILE_UNWRITABLE and HC_E_DISK_FULL (the directory), HC_E_SYSTEM, HC_E_NOMEM.
 *
 * A client that has not sent its line or taken its reply within five seconds is closed, and so is one beyond
 * HC_CONTROL_CLIENTS. One that waits for a later answer is told after HC_CONTROL_PATIENCE_MS that none came.
 */
struct hc_rc hc_control_open(struct hc_loop *loop, const char *name, hc_control_handler *handler, void *ctx,
                             struct hc_control **out, struct hc_err *e);

/* Gives the answer that was promised. Takes the contents of `reply`, whose cap is the caller's to choose and whose
 * failure becomes an error to the client; it is empty afterwards. False: the client has left, and nothing was written.
 * Runs on the loop's thread. */
bool hc_control_answer(struct hc_control *c, struct hc_control_ticket ticket, struct hc_buf *reply);

/* Closes everything and removes the socket file if it is still this one's. Not from within an event of the loop.
 * NULL-safe. */
void hc_control_free(struct hc_control *c);
HC_DEFINE_AUTO(hc_control)

/* The caller's side (control_call.c): sends the line to the gate NAME and appends the whole reply, which is the gate's
 * words and is escaped before it is shown. Fails with HC_E_CONTROL_SOCKET (nobody there, no answer in time, a line that
 * is none), HC_E_TOO_BIG (beyond the cap of `reply`), HC_E_SYSTEM, HC_E_NOMEM. Blocks up to the timeout. */
struct hc_rc hc_control_call(const char *name, const char *line, unsigned timeout_ms, struct hc_buf *reply,
                             struct hc_err *e);

/* The caller's side of many at once (control_many.c). */

#define HC_CONTROL_GATES 256 /* control sockets in one directory: more than anybody runs on one host */

/* The names of the gates that have a socket in the directory of control sockets, sorted; somebody may listen on each,
 * or nobody. No directory, no gates. Fails with HC_E_CONTROL_SOCKET (no directory is known), HC_E_TOO_BIG,
 * HC_E_FILE_UNREADABLE (it is somebody else's), HC_E_NOMEM. hc_names_fini. Blocks. */
struct hc_rc hc_control_find(struct hc_names *out, struct hc_err *e);

enum hc_control_heard {
    HC_CONTROL_SILENT,   /* it did not answer in time; or it broke off, or cannot be asked: `why` tells */
    HC_CONTROL_ABSENT,   /* nobody listens there: not a gate */
    HC_CONTROL_ANSWERED, /* `reply` holds all that it said */
};

/* One of many calls. The caller fills the first three (reply with its cap) and frees `reply`. */
struct hc_control_ask {
    const char *name;    /* borrowed */
    const char *line;    /* borrowed; NULL: not asked, and nothing below is touched */
    struct hc_buf reply; /* as of hc_control_call */
    enum hc_control_heard heard;
    uint64_t at_ms; /* hc_mono_ms when the end of the reply arrived */
    struct hc_err why;

    int fd;       /* private */
    size_t sent;  /* private: of the line and its newline */
    bool pending; /* private */
};

/* Calls all of them side by side, within one time. What goes wrong with one is told in it and touches no other. Blocks
 * up to the timeout. */
void hc_control_ask_all(struct hc_control_ask ask[], size_t n, unsigned timeout_ms);

#endif
