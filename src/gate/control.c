/*
 * control.c - the gate's side of the control socket, in the loop; control_call.c is the caller's.
 *
 * A client is a slot of a fixed array:
 *
 *   READING --line--> WRITING --all sent--> closed
 *      |                 ^
 *      +----> WAITING ---+      the handler answers later (hc_control_answer), or never: then an error is the answer
 *
 * READING and WRITING end after CLIENT_MS, WAITING after HC_CONTROL_PATIENCE_MS. A slot is its own owner for ever, so
 * that a late event of the loop finds a live object; on a slot that was reused it only causes one more look. A late
 * answer finds its client by slot and number.
 */
#include "gate/control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/sock.h"

#define CLIENT_MS 5000 /* for the line to arrive and the reply to leave */
#define PAUSE_MS 200   /* without descriptors to accept with, until the next try */
#define BACKLOG 64     /* twice HC_CONTROL_CLIENTS, so that the ones beyond are told at once */

enum phase { READING, WAITING, WRITING };

struct client {
    struct hc_control *control;
    int fd;          /* -1: the slot is free */
    uint64_t number; /* of this client, and of no other */
    struct hc_watch watch;
    struct hc_timer timer;
    struct hc_buf line;
    struct hc_buf reply; /* the first `sent` bytes are written */
    size_t sent;
    enum phase phase;
};

struct hc_control {
    struct hc_loop *loop;
    hc_control_handler *handler;
    void *ctx;
    char path[HC_PATH];
    struct stat made; /* the socket file as we made it; st_ino 0 before */
    int fd;
    struct hc_watch watch;
    struct hc_timer pause;
    uint64_t numbers; /* given so far */
    struct client clients[HC_CONTROL_CLIENTS];
};

/* --- clients ------------------------------------------------------------------------------------------------------ */

static void client_close(struct client *c)
{
    hc_loop_unwatch(c->control->loop, &c->watch);
    hc_loop_timer_off(c->control->loop, &c->timer);
    hc_fd_close(&c->fd);
    c->fd = -1;
    hc_buf_fini(&c->line);
    hc_buf_fini(&c->reply);
}

static bool client_wait(struct client *c, unsigned events)
{
    struct hc_err e = {0};

    if (hc_ok(hc_loop_watch(c->control->loop, &c->watch, events, &e)))
        return true;
    client_close(c);
    return false;
}

static void client_write(struct client *c)
{
    while (c->sent < c->reply.n) {
        ssize_t n = send(c->fd, c->reply.p + c->sent, c->reply.n - c->sent, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            (void)client_wait(c, HC_WRITE);
            return;
        }
        if (n < 0)
            break;
        c->sent += (size_t)n;
    }
    client_close(c);
}

static void client_error(struct client *c, enum hc_code code, const char *text)
{
    char id[HC_ID_TEXT];

    hc_buf_clear(&c->reply);
    hc_buf_addf(&c->reply, "error %s %s\n", hc_id_text(code, id), text);
}

static bool client_within(struct client *c, uint64_t ms)
{
    struct hc_err e = {0};

    if (hc_ok(hc_loop_timer(c->control->loop, &c->timer, hc_loop_now_ms(c->control->loop) + ms, &e)))
        return true;
    client_close(c);
    return false;
}

/* `reply` is whole. */
static void client_reply(struct client *c)
{
    if (c->reply.failed != HC_OK_CODE) {
        enum hc_code why = c->reply.failed;

        hc_buf_fini(&c->reply);
        c->reply = HC_BUF(HC_CONTROL_REPLY);
        client_error(c, why, "the reply does not fit");
    }
    c->phase = WRITING;
    if (client_within(c, CLIENT_MS))
        client_write(c);
}

static void client_late(struct hc_timer *t)
{
    struct client *c = HC_CONTAINER(t, struct client, timer);

    if (c->phase != WAITING) {
        client_close(c);
        return;
    }
    client_error(c, HC_E_CONTROL_SOCKET, "its workers do not answer");
    client_reply(c);
}

static void client_answer(struct client *c, size_t line_end)
{
    const struct hc_control *control = c->control;
    struct hc_control_ticket ticket = {.slot = (size_t)(c - control->clients), .number = c->number};
    enum hc_control_when when = HC_CONTROL_NOW;

    c->line.n = line_end;
    if (hc_bytes_find(hc_buf_view(&c->line), 0) < line_end)
        client_error(c, HC_E_USAGE, "the request holds a NUL byte");
    else
        when = control->handler(control->ctx, hc_buf_cstr(&c->line), ticket, &c->reply);
    if (when == HC_CONTROL_NOW) {
        client_reply(c);
        return;
    }
    hc_buf_clear(&c->reply);
    c->phase = WAITING;
    if (client_within(c, HC_CONTROL_PATIENCE_MS))
        (void)client_wait(c, HC_READ); /* so that its leaving is seen */
}

bool hc_control_answer(struct hc_control *control, struct hc_control_ticket ticket, struct hc_buf *reply)
{
    struct client *c = ticket.slot < HC_COUNT(control->clients) ? &control->clients[ticket.slot] : NULL;

    if (!c || c->fd < 0 || c->number != ticket.number || c->phase != WAITING) {
        hc_buf_fini(reply);
        return false;
    }
    hc_buf_fini(&c->reply);
    c->reply = *reply;
    *reply = HC_BUF(reply->max);
    client_reply(c);
    return true;
}

static void client_read(struct client *c)
{
    for (;;) {
        size_t room = c->line.max - c->line.n;
        uint8_t *at = hc_buf_reserve(&c->line, room);
        ssize_t n = at && room ? recv(c->fd, at, room, MSG_DONTWAIT) : 0;
        size_t end;

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            (void)client_wait(c, HC_READ);
            return;
        }
        if (n <= 0)
            break; /* it left, or its line is longer than any request */
        c->line.n += (size_t)n;
        end = hc_bytes_find(hc_buf_view(&c->line), '\n');
        if (end < c->line.n) {
            client_answer(c, end);
            return;
        }
    }
    client_close(c);
}

static void client_ready(struct hc_watch *w, unsigned what)
{
    struct client *c = HC_CONTAINER(w, struct client, watch);

    if (c->fd < 0)
        return;
    if (c->phase == WRITING)
        client_write(c);
    else if (c->phase == READING)
        client_read(c);
    else if (what & HC_HANGUP)
        client_close(c);
    else
        hc_loop_unwatch(c->control->loop, &c->watch); /* it sends no more, or too much; it may still listen */
}

/* The directory and the socket's mode keep others out already; this holds where a file system ignores modes. */
static bool is_permitted(int fd)
{
    struct ucred cred = {0};
    socklen_t n = sizeof cred;

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) == 0 && (cred.uid == 0 || cred.uid == geteuid());
}

static void client_start(struct hc_control *control, int fd)
{
    struct client *c = NULL;

    for (size_t i = 0; i < HC_COUNT(control->clients) && !c; i++)
        if (control->clients[i].fd < 0)
            c = &control->clients[i];
    if (!c || !is_permitted(fd)) {
        hc_fd_close(&fd);
        return;
    }
    *c = (struct client){
        .control = control,
        .fd = fd,
        .number = ++control->numbers,
        .watch = {.fd = fd, .ready = client_ready},
        .timer = {.fire = client_late},
        .line = HC_BUF(HC_CONTROL_LINE + 1),
        .reply = HC_BUF(HC_CONTROL_REPLY),
    };
    if (client_within(c, CLIENT_MS))
        (void)client_wait(c, HC_READ);
}

/* --- the listener ------------------------------------------------------------------------------------------------- */

/* An epoll that reports a connection which cannot be accepted would spin. */
static void pause_accepting(struct hc_control *c)
{
    struct hc_err e = {0};

    if (hc_ok(hc_loop_timer(c->loop, &c->pause, hc_loop_now_ms(c->loop) + PAUSE_MS, &e)))
        hc_loop_unwatch(c->loop, &c->watch);
}

static void resume(struct hc_timer *t)
{
    struct hc_control *c = HC_CONTAINER(t, struct hc_control, pause);
    struct hc_err e = {0};

    if (hc_failed(hc_loop_watch(c->loop, &c->watch, HC_READ, &e)))
        pause_accepting(c);
}

static void accept_some(struct hc_watch *w, unsigned what)
{
    struct hc_control *c = HC_CONTAINER(w, struct hc_control, watch);

    (void)what;
    for (int i = 0; i < HC_CONTROL_CLIENTS; i++) {
        int fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd >= 0)
            client_start(c, fd);
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            return;
        else if (errno != EINTR && errno != ECONNABORTED) {
            pause_accepting(c);
            return;
        }
    }
}

/* --- opening ------------------------------------------------------------------------------------------------------ */

static struct hc_rc check_directory(int fd, const char *dir, struct hc_err *e)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return HC_FAIL_SYS(e, HC_E_SYSTEM, errno, "cannot look at %s", dir);
    if (st.st_uid != geteuid())
        return HC_FAIL(e, HC_E_PERMISSIONS,
                       "%s belongs to user %u, not to this gate's; remove it or set HANDCLASP_RUNTIME", dir,
                       (unsigned)st.st_uid);
    if (st.st_mode & 077)
        return HC_FAIL(e, HC_E_PERMISSIONS, "others may enter %s: chmod 700 %s", dir, dir);
    return HC_OK;
}

/* The directory's descriptor, locked until it is closed: of two gates that start at once, the second must not take the
 * first one's socket for a stale one between its bind and its listen. */
static struct hc_rc open_directory(const char *path, int *out, struct hc_err *e)
{
    char dir[HC_PATH];
    HC_FD fd = -1;

    HC_TRY(e, hc_path_join(dir, "", path, e));
    *strrchr(dir, '/') = 0;
    HC_TRY(e, hc_dir_make(dir, 0700, e));
    fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return HC_FAIL_SYS(e, HC_E_PERMISSIONS, errno, "cannot use %s for the control socket", dir);
    HC_TRY(e, check_directory(fd, dir, e));
    while (flock(fd, LOCK_EX) != 0)
        if (errno != EINTR)
            return HC_FAIL_SYS(e, HC_E_SYSTEM, errno, "cannot lock %s", dir);
    *out = fd;
    fd = -1;
    return HC_OK;
}

static struct hc_rc clear_the_way(const char *path, const char *name, const struct hc_addr *a, struct hc_err *e)
{
    struct stat st;
    HC_FD fd = -1;

    if (lstat(path, &st) != 0 && errno == ENOENT)
        return HC_OK;
    if (!S_ISSOCK(st.st_mode))
        return HC_FAIL(e, HC_E_CONTROL_SOCKET, "%s is in the way and is no socket; remove it", path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return HC_FAIL_SYS(e, HC_E_SYSTEM, errno, "cannot make a socket");
    if (connect(fd, (const struct sockaddr *)&a->ss, a->len) == 0 || errno != ECONNREFUSED)
        return HC_FAIL(e, HC_E_PORT_IN_USE, "a gate named %s is running already (%s); give this one --name", name,
                       path);
    if (unlink(path) != 0 && errno != ENOENT)
        return HC_FAIL_SYS(e, HC_E_PERMISSIONS, errno, "cannot remove the stale socket %s", path);
    return HC_OK;
}

static struct hc_rc bind_socket(struct hc_control *c, const struct hc_addr *a, struct hc_err *e)
{
    c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (c->fd < 0)
        return HC_FAIL_SYS(e, HC_E_SYSTEM, errno, "cannot make a socket");
    (void)fchmod(c->fd,
                 0600); /* bind gives the file this mode, so that it is never wider; umask would be everybody's */
    if (bind(c->fd, (const struct sockaddr *)&a->ss, a->len) != 0)
        return HC_FAIL_SYS(e, HC_E_CONTROL_SOCKET, errno, "cannot make the control socket %s", c->path);
    if (lstat(c->path, &c->made) != 0 || (c->made.st_mode & 07777) != 0600)
        if (chmod(c->path, 0600) != 0 || lstat(c->path, &c->made) != 0)
            return HC_FAIL_SYS(e, HC_E_CONTROL_SOCKET, errno, "cannot protect the control socket %s", c->path);
    if (listen(c->fd, BACKLOG) != 0)
        return HC_FAIL_SYS(e, HC_E_SYSTEM, errno, "cannot listen on %s", c->path);
    return HC_OK;
}

static struct hc_rc control_listen(struct hc_control *c, const char *name, struct hc_err *e)
{
    struct hc_addr a;
    HC_FD dir = -1;

    HC_TRY(e, hc_control_path(name, c->path, e));
    HC_TRY(e, hc_addr_unix(c->path, &a, e));
    HC_TRY(e, open_directory(c->path, &dir, e));
    HC_TRY(e, clear_the_way(c->path, name, &a, e));
    return bind_socket(c, &a, e);
}

struct hc_rc hc_control_open(struct hc_loop *loop, const char *name, hc_control_handler *handler, void *ctx,
                             struct hc_control **out, struct hc_err *e)
{
    HC_AUTO(hc_control) c = calloc(1, sizeof *c);

    if (!c)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for the control socket");
    *c = (struct hc_control){.loop = loop, .handler = handler, .ctx = ctx, .fd = -1, .pause = {.fire = resume}};
    for (size_t i = 0; i < HC_COUNT(c->clients); i++)
        c->clients[i] = (struct client){.control = c, .fd = -1};
    HC_TRY(e, control_listen(c, name, e));
    c->watch = (struct hc_watch){.fd = c->fd, .ready = accept_some};
    HC_TRY(e, hc_loop_watch(loop, &c->watch, HC_READ, e));
    *out = HC_GIVE(c);
    return HC_OK;
}

void hc_control_free(struct hc_control *c)
{
    struct stat st;

    if (!c)
        return;
    for (size_t i = 0; i < HC_COUNT(c->clients); i++)
        if (c->clients[i].fd >= 0)
            client_close(&c->clients[i]);
    hc_loop_unwatch(c->loop, &c->watch);
    hc_loop_timer_off(c->loop, &c->pause);
    if (c->made.st_ino != 0 && lstat(c->path, &st) == 0 && st.st_dev == c->made.st_dev && st.st_ino == c->made.st_ino)
        (void)unlink(c->path); /* not a successor's that took the name meanwhile */
    hc_fd_close(&c->fd);
    free(c);
}
