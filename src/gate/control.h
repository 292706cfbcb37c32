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

#define HC_CONTROL_LINE 4096
#define HC_CONTROL_REPLY (64 * 1024)
#define HC_CONTROL_CLIENTS 32

/* Answers `line`: a C string without its newline, at most HC_CONTROL_LINE bytes. It came from a permitted user, and is
 * still escaped before it is shown. `reply` is empty and capped at HC_CONTROL_REPLY; one that does not fit is replaced
 * by an error. Runs on the loop's thread and must not free the control. */
typedef void hc_control_handler(void *ctx, const char *line, struct hc_buf *reply);

struct hc_control;

/* Where the socket of a gate of that name is. Fails with HC_E_CONTROL_SOCKET (no directory known, or a name that could
 * leave the directory), HC_E_TOO_BIG (a UNIX socket's path holds 107 bytes). Reads the environment. */
struct hc_rc hc_control_path(const char *name, char out[HC_PATH], struct hc_err *e);

/*
 * Listens, and makes the directory when it is missing. A socket that nobody answers is replaced; one that answers fails
 * with HC_E_PORT_IN_USE ("a gate named NAME is running already; give this one --name"). Fails with HC_E_CONTROL_SOCKET,
 * HC_E_TOO_BIG, HC_E_PERMISSIONS, HC_E_FILE_UNWRITABLE and HC_E_DISK_FULL (the directory), HC_E_SYSTEM, HC_E_NOMEM.
 *
 * A client that has not sent its line and taken its reply within five seconds is closed, and so is one beyond
 * HC_CONTROL_CLIENTS.
 */
struct hc_rc hc_control_open(struct hc_loop *loop, const char *name, hc_control_handler *handler, void *ctx,
                             struct hc_control **out, struct hc_err *e);

/* Closes everything and removes the socket file if it is still this one's. Not from within an event of the loop.
 * NULL-safe. */
void hc_control_free(struct hc_control *c);
HC_DEFINE_AUTO(hc_control)

/* The caller's side (control_call.c): sends the line to the gate NAME and appends the whole reply, which is the gate's
 * words and is escaped before it is shown. Fails with HC_E_CONTROL_SOCKET (nobody there, no answer in time, a line that
 * is none), HC_E_TOO_BIG (beyond the cap of `reply`), HC_E_SYSTEM, HC_E_NOMEM. Blocks up to the timeout. */
struct hc_rc hc_control_call(const char *name, const char *line, unsigned timeout_ms, struct hc_buf *reply,
                             struct hc_err *e);

#endif
