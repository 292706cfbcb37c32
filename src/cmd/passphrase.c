/*
 * passphrase.c - read a secret without showing it.
 *
 * While it is typed the terminal hands over single keys and raises no signals, so that no path out of here, not even
 * Ctrl-C, leaves it without its echo.
 */
#include "cmd/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "cmd/out.h"
#include "crypto/key.h"

#define LINE_MAX_BYTES (HC_KEY_PASSPHRASE_MAX + 1)

enum { CTRL_C = 3, CTRL_D = 4, BACKSPACE = 8, CTRL_U = 21, CTRL_BACKSLASH = 28, DELETE = 127 };

static void say(int fd, const char *text)
{
    while (write(fd, text, strlen(text)) < 0 && errno == EINTR)
        continue;
}

/* One byte; 0 at the end of input, -1 on an error (errno). */
static int read_byte(int fd, uint8_t *c)
{
    ssize_t n;
    do
        n = read(fd, c, 1);
    while (n < 0 && errno == EINTR);
    return (int)n;
}

static struct hc_rc give(struct hc_buf *line, const char *what, struct hc_secret **out, struct hc_err *e)
{
    HC_TRY(e, hc_buf_check(line, e));
    if (line->n == 0)
        return HC_FAIL(e, HC_E_PASSPHRASE_NEEDED, "%s is empty", what);
    if (hc_bytes_find(hc_buf_view(line), '\0') != line->n)
        return HC_FAIL(e, HC_E_USAGE, "%s holds a NUL byte", what);
    return hc_secret_copy(hc_buf_view(line), out, e);
}

/* The first line, byte by byte, so that what follows on a pipe stays there for the next reader. */
static struct hc_rc read_line(int fd, const char *what, struct hc_secret **out, struct hc_err *e)
{
    HC_BUF_SECRET(line, LINE_MAX_BYTES);
    uint8_t c = 0;
    int n;
    while ((n = read_byte(fd, &c)) == 1 && c != '\n' && line.failed == HC_OK_CODE)
        hc_buf_add_byte(&line, c);
    if (n < 0)
        return HC_FAIL_SYS(e, HC_E_FILE_UNREADABLE, errno, "%s", what);
    if (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    return give(&line, what, out, e);
}

/* Whoever reads it has the keys. The group's bits are not looked at: systemd's credentials show an access list in
 * them. */
static void warn_if_open(int fd, const char *path)
{
    struct stat st;
    HC_BUF_AUTO(text, 2 * HC_PATH);
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || !(st.st_mode & S_IRWXO))
        return;
    hc_buf_addf(&text, "%s has mode %04o, so everybody on this machine can use it; run: chmod go= '%s'", path,
                st.st_mode & 07777, path);
    hc_out_warning(HC_E_PERMISSIONS, hc_buf_cstr(&text));
}

static struct hc_rc from_file(const char *path, struct hc_secret **out, struct hc_err *e)
{
    HC_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return HC_FAIL_SYS(e, errno == ENOENT ? HC_E_FILE_MISSING : HC_E_FILE_UNREADABLE, errno, "%s", path);
    warn_if_open(fd, path);
    return read_line(fd, path, out, e);
}

static struct hc_rc from_fd(const struct hc_passphrase_from *from, struct hc_secret **out, struct hc_err *e)
{
    int fd = 0;
    const char *p = from->fd;
    for (; hc_ascii_is_digit((uint8_t)*p) && fd < 100000; p++)
        fd = fd * 10 + (*p - '0');
    if (*p != '\0' || p == from->fd)
        return HC_FAIL(e, HC_E_USAGE, "--%s-fd %s is not the number of a descriptor", from->option, from->fd);
    char what[48];
    snprintf(what, sizeof what, "descriptor %d", fd);
    return read_line(fd, what, out, e);
}

/* Removes the last character, all bytes of it. */
static void rub_out(struct hc_buf *line)
{
    while (line->n > 0 && (line->p[--line->n] & 0xc0) == 0x80)
        continue;
}

/* Keys until Enter. True unless the user interrupted (*sig gets the signal to raise). */
static bool read_keys(int tty, struct hc_buf *line, int *sig)
{
    uint8_t c = 0;
    while (read_byte(tty, &c) == 1 && c != '\n' && c != '\r') {
        if (c == CTRL_C || c == CTRL_BACKSLASH) {
            *sig = c == CTRL_C ? SIGINT : SIGQUIT;
            return false;
        }
        if (c == BACKSPACE || c == DELETE)
            rub_out(line);
        else if (c == CTRL_U)
            line->n = 0;
        else if (c == CTRL_D)
            break;
        else
            hc_buf_add_byte(line, c);
    }
    return true;
}

static struct hc_rc ask_once(int tty, const char *prompt, struct hc_secret **out, struct hc_err *e)
{
    HC_BUF_SECRET(line, LINE_MAX_BYTES);
    struct termios before, quiet;
    int sig = 0;
    if (tcgetattr(tty, &before) != 0)
        return HC_FAIL_SYS(e, HC_E_PASSPHRASE_NEEDED, errno, "the terminal cannot be used");
    quiet = before;
    quiet.c_lflag &= (tcflag_t) ~(ECHO | ICANON | ISIG);
    quiet.c_cc[VMIN] = 1;
    quiet.c_cc[VTIME] = 0;
    if (tcsetattr(tty, TCSAFLUSH, &quiet) != 0) /* before the prompt: nothing that is typed after it is lost or shown */
        return HC_FAIL_SYS(e, HC_E_PASSPHRASE_NEEDED, errno, "the terminal's echo cannot be switched off");
    say(tty, prompt);
    say(tty, ": ");
    bool done = read_keys(tty, &line, &sig);
    tcsetattr(tty, TCSADRAIN, &before);
    say(tty, "\n");
    if (!done) {
        raise(sig);
        return HC_FAIL(e, HC_E_PASSPHRASE_NEEDED, "interrupted");
    }
    return give(&line, "the passphrase", out, e);
}

static struct hc_rc ask(const struct hc_passphrase_from *from, struct hc_secret **out, struct hc_err *e)
{
    HC_AUTO(hc_secret) first = NULL;
    HC_AUTO(hc_secret) second = NULL;
    HC_FD tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (tty < 0)
        return HC_FAIL_SYS(e, HC_E_PASSPHRASE_NEEDED, errno, "/dev/tty");
    HC_TRY(e, ask_once(tty, from->prompt, &first, e));
    if (from->twice) {
        HC_TRY(e, ask_once(tty, "The same again", &second, e));
        if (!hc_bytes_eq_ct(hc_secret_view(first), hc_secret_view(second)))
            return HC_FAIL(e, HC_E_PASSPHRASE_WRONG, "the two passphrases differ; nothing was made");
    }
    *out = HC_GIVE(first);
    return HC_OK;
}

bool hc_passphrase_can_ask(void)
{
    return isatty(STDIN_FILENO) == 1;
}

struct hc_rc hc_passphrase_get(const struct hc_passphrase_from *from, struct hc_secret **out, struct hc_err *e)
{
    if (from->file && from->fd)
        return HC_FAIL(e, HC_E_USAGE, "give one of --%s-file and --%s-fd", from->option, from->option);
    if (from->file)
        return from_file(from->file, out, e);
    if (from->fd)
        return from_fd(from, out, e);
    if (!from->prompt || !hc_passphrase_can_ask())
        return HC_FAIL(e, HC_E_PASSPHRASE_NEEDED, "no --%s-file or --%s-fd is given, and stdin is no terminal",
                       from->option, from->option);
    return ask(from, out, e);
}

struct hc_rc hc_passphrase_confirm(const char *question, struct hc_err *e)
{
    char answer[8] = "";
    size_t n = 0;
    uint8_t c = 0;
    HC_FD tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (tty < 0)
        return HC_FAIL(e, HC_E_NEEDS_YES, "nothing was changed, and there is no terminal to ask on");
    say(tty, question);
    say(tty, " [y/N] ");
    while (read_byte(tty, &c) == 1 && c != '\n')
        if (n + 1 < sizeof answer)
            answer[n++] = (char)hc_ascii_lower(c);
    if (strcmp(answer, "y") == 0 || strcmp(answer, "yes") == 0)
        return HC_OK;
    return HC_FAIL(e, HC_E_NEEDS_YES, "not confirmed; nothing was changed");
}
