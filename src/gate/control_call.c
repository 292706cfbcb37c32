/* control_call.c - the control socket: where it is, and the side of a caller; control_many.c is for many at once. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "gate/control.h"
#include "net/sock.h"

#define READ_SIZE 4096
#define RETRY_MS 10

/* The name comes from a command line and becomes part of a path. */
static bool name_ok(const char *name)
{
    size_t n = strlen(name);

    for (size_t i = 0; i < n; i++)
        if (!hc_ascii_is_alpha((uint8_t)name[i]) && !hc_ascii_is_digit((uint8_t)name[i]) && !strchr("._-", name[i]))
            return false;
    return n > 0 && n <= HC_CONTROL_NAME_MAX;
}

static struct hc_rc directory(char out[HC_PATH], struct hc_err *e)
{
    const char *own = getenv("HANDCLASP_RUNTIME");
    const char *session = getenv("XDG_RUNTIME_DIR");

    if (own && own[0] == '/')
        return hc_path_join(out, "", own, e);
    if (own && own[0])
        return HC_FAIL(e, HC_E_CONTROL_SOCKET, "HANDCLASP_RUNTIME must be an absolute path");
    if (geteuid() == 0)
        return hc_path_join(out, "", "/run/handclasp", e);
    if (session && session[0] == '/')
        return hc_path_join(out, session, "handclasp", e);
    return HC_FAIL(e, HC_E_CONTROL_SOCKET,
                   "no directory for control sockets is known: set HANDCLASP_RUNTIME (or XDG_RUNTIME_DIR)");
}

struct hc_rc hc_control_path(const char *name, char out[HC_PATH], struct hc_err *e)
{
    char dir[HC_PATH];
    char path[HC_PATH];
    char file[HC_CONTROL_NAME_MAX + 16];
    struct hc_addr a;

    if (!name_ok(name))
        return HC_FAIL(e, HC_E_CONTROL_SOCKET, "'%.80s' is not the name of a gate", name);
    snprintf(file, sizeof file, "gate-%s.sock", name);
    HC_TRY(e, directory(dir, e));
    HC_TRY(e, hc_path_join(path, dir, file, e));
    if (hc_failed(hc_addr_unix(path, &a, e)))
        return HC_FAIL(e, HC_E_TOO_BIG,
                       "%s is too long for a socket's path: set HANDCLASP_RUNTIME to a shorter directory", path);
    snprintf(out, HC_PATH, "%s", path);
    return HC_OK;
}

/* gate-NAME.sock: NAME, cut out of it in place; false for another file. */
static bool cut_name(char *file)
{
    static const char before[] = "gate-", after[] = ".sock";
    size_t n = strlen(file);

    if (n < sizeof before + sizeof after - 1 || strncmp(file, before, sizeof before - 1) != 0)
        return false;
    n -= sizeof before + sizeof after - 2;
    memmove(file, file + sizeof before - 1, n);
    file[n] = 0;
    return name_ok(file);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

struct hc_rc hc_control_find(struct hc_names *out, struct hc_err *e)
{
    struct hc_names names = {0};
    char dir[HC_PATH];
    struct hc_rc rc;
    size_t kept = 0;

    HC_TRY(e, directory(dir, e));
    rc = hc_dir_list(dir, ".sock", HC_CONTROL_GATES, &names, e);
    if (rc.code == HC_E_FILE_MISSING)
        rc = HC_OK;
    HC_TRY(e, rc);
    for (size_t i = 0; i < names.n; i++) {
        if (cut_name(names.name[i]))
            names.name[kept++] = names.name[i];
        else
            free(names.name[i]);
    }
    names.n = kept;
    if (kept > 1)
        qsort(names.name, kept, sizeof *names.name, by_name);
    *out = names;
    return HC_OK;
}

/* --- a call ------------------------------------------------------------------------------------------------------- */

struct call {
    const char *name;
    int fd;
    uint64_t until_ms;
};

static struct hc_rc call_wait(const struct call *c, short events, struct hc_err *e)
{
    struct pollfd p = {.fd = c->fd, .events = events};
    uint64_t now = hc_mono_ms();
    int n;

    do
        n = poll(&p, 1, c->until_ms > now ? (int)(c->until_ms - now) : 0);
    while (n < 0 && errno == EINTR && (now = hc_mono_ms()) < c->until_ms);
    if (n <= 0)
        return HC_FAIL(e, HC_E_CONTROL_SOCKET, "the gate %s does not answer in time", c->name);
    return HC_OK;
}

static bool again(int sys)
{
    return sys == EAGAIN || sys == EWOULDBLOCK || sys == EINTR;
}

static struct hc_rc call_connect(struct call *c, struct hc_err *e)
{
    char path[HC_PATH];
    struct hc_addr a;

    HC_TRY(e, hc_control_path(c->name, path, e));
    HC_TRY(e, hc_addr_unix(path, &a, e));
    c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (c->fd < 0)
        return HC_FAIL_SYS(e, HC_E_SYSTEM, errno, "cannot make a socket");
    while (connect(c->fd, (const struct sockaddr *)&a.ss, a.len) != 0) {
        if (!again(errno)) /* EAGAIN: so many others wait that it cannot even be asked; poll(2) does not tell when */
            return HC_FAIL_SYS(e, HC_E_CONTROL_SOCKET, errno, "cannot reach the gate %s at %s", c->name, path);
        if (hc_mono_ms() >= c->until_ms)
            return HC_FAIL(e, HC_E_CONTROL_SOCKET, "the gate %s does not answer in time", c->name);
        (void)poll(NULL, 0, RETRY_MS);
    }
    return HC_OK;
}

static struct hc_rc call_send(const struct call *c, struct hc_bytes bytes, struct hc_err *e)
{
    while (bytes.n > 0) {
        ssize_t n = send(c->fd, bytes.p, bytes.n, MSG_NOSIGNAL);

        if (n < 0 && again(errno))
            HC_TRY(e, call_wait(c, POLLOUT, e));
        else if (n < 0)
            return HC_FAIL_SYS(e, HC_E_CONTROL_SOCKET, errno, "the gate %s closed the control connection", c->name);
        else
            bytes = hc_bytes_skip(bytes, (size_t)n);
    }
    return HC_OK;
}

static struct hc_rc call_receive(const struct call *c, struct hc_buf *reply, struct hc_err *e)
{
    for (;;) {
        uint8_t part[READ_SIZE];
        ssize_t n = recv(c->fd, part, sizeof part, 0);

        if (n == 0)
            break;
        if (n < 0 && again(errno)) {
            HC_TRY(e, call_wait(c, POLLIN, e));
            continue;
        }
        if (n < 0)
            return HC_FAIL_SYS(e, HC_E_CONTROL_SOCKET, errno, "the gate %s broke the control connection", c->name);
        hc_buf_add(reply, hc_bytes_of(part, (size_t)n));
        HC_TRY(e, hc_buf_check(reply, e));
    }
    if (reply->n == 0)
        return HC_FAIL(e, HC_E_CONTROL_SOCKET, "the gate %s closed the control connection without an answer", c->name);
    return HC_OK;
}

static struct hc_rc call(struct call *c, const char *line, struct hc_buf *reply, struct hc_err *e)
{
    HC_TRY(e, call_connect(c, e));
    HC_TRY(e, call_send(c, hc_bytes_str(line), e));
    HC_TRY(e, call_send(c, HC_BYTES("\n"), e));
    return call_receive(c, reply, e);
}

struct hc_rc hc_control_call(const char *name, const char *line, unsigned timeout_ms, struct hc_buf *reply,
                             struct hc_err *e)
{
    struct call c = {.name = name, .fd = -1, .until_ms = hc_mono_ms() + timeout_ms};
    size_t n = strlen(line);
    struct hc_rc rc;

    if (n > HC_CONTROL_LINE || strchr(line, '\n'))
        return HC_FAIL(e, HC_E_CONTROL_SOCKET, "a request is one line of at most %d bytes", HC_CONTROL_LINE);
    rc = call(&c, line, reply, e);
    hc_fd_close(&c.fd);
    return rc;
}
