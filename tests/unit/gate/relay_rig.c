/* relay_rig.c - see relay_rig.h. */
#include "relay_rig.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "net/sock.h"

#define PATIENCE_MS 3000 /* before something that must happen counts as not happening */

static struct relay_rig
    *now_running; /* cmocka runs one test at a time; relay callbacks carry no context of their own */

/* --- moving time -------------------------------------------------------------------------------------------------- */

static void ticked(struct hc_timer *t)
{
    hc_loop_stop(HC_CONTAINER(t, struct relay_rig, tick)->loop);
}

void rig_run_for(struct relay_rig *f, uint64_t ms)
{
    struct hc_err e = {0};

    f->tick.fire = ticked;
    expect_ok(&e, hc_loop_timer(f->loop, &f->tick, hc_mono_ms() + ms, &e));
    hc_loop_run(f->loop);
}

void rig_run_until_over(struct relay_rig *f)
{
    uint64_t until = hc_mono_ms() + PATIENCE_MS;

    while (!f->over && hc_mono_ms() < until)
        rig_run_for(f, 1);
    assert_int_equal(f->over, 1);
    assert_int_equal(f->ended, 1);
}

static bool readable(int fd)
{
    return poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 0) > 0;
}

/* What one read at `fd` gives, with the loop running meanwhile: bytes, 0 for an end, -errno for a break. */
int rig_hear(struct relay_rig *f, int fd, char *out, size_t n)
{
    uint64_t until = hc_mono_ms() + PATIENCE_MS;
    ssize_t got;

    while (!readable(fd) && hc_mono_ms() < until)
        rig_run_for(f, 1);
    assert_true(readable(fd));
    got = recv(fd, out, n, MSG_DONTWAIT);
    return got < 0 ? -errno : (int)got;
}

/* --- set-up ------------------------------------------------------------------------------------------------------- */

void rig_tcp_pair(int *ours, int *theirs)
{
    struct hc_err e = {0};
    struct hc_addr a;
    struct hc_addr peer;
    int listener = -1;

    expect_ok(&e, hc_addr_parse(HC_BYTES("127.0.0.1:0"), &a, &e));
    expect_ok(&e, hc_sock_listen(&a, true, &listener, &e));
    expect_ok(&e, hc_sock_connect(&a, theirs, &e));
    poll(&(struct pollfd){.fd = listener, .events = POLLIN}, 1, PATIENCE_MS);
    expect_ok(&e, hc_sock_accept(listener, ours, &peer, &e));
    assert_true(*ours >= 0);
    hc_fd_close(&listener);
}

static struct hc_rc rig_connected(struct hc_relay *r, struct hc_err *e)
{
    struct relay_rig *f = now_running;

    (void)r;
    f->connected++;
    return f->refuse_back == HC_OK_CODE ? HC_OK : HC_FAIL(e, f->refuse_back, "as the test wishes");
}

static void rig_ended(struct hc_relay *r)
{
    struct relay_rig *f = now_running;

    assert_int_equal(f->over, 0);
    assert_true(r->down.fd >= 0); /* still open: time to tell */
    f->ended++;
    f->why = r->trouble.code;
    f->bytes_out = r->out.bytes;
    f->bytes_in = r->in.bytes;
}

static void rig_over(struct hc_relay *r)
{
    struct relay_rig *f = now_running;

    assert_int_equal(r->down.fd, -1);
    assert_int_equal(r->up.phase, HC_DIAL_NONE);
    f->over++;
    free(r);
    f->r = NULL;
}

const struct hc_relay_owner rig_owner = {.connected = rig_connected, .ended = rig_ended, .over = rig_over};

void rig_begin(struct relay_rig *f, struct hc_stream down, struct hc_dial up, struct hc_relay_limits limits)
{
    struct hc_relay_spec spec = {.loop = f->loop, .limits = limits, .owner = rig_owner};
    struct hc_err e = {0};

    f->r = malloc(sizeof *f->r);
    expect_ok(&e, hc_relay_start(f->r, &spec, down, up, &e));
}

const struct hc_relay_limits rig_patient = {.connect_ms = 60000, .idle_ms = 60000};

void rig_loop(struct relay_rig *f)
{
    struct hc_err e = {0};

    *f = (struct relay_rig){.client = -1, .back = -1, .relay_client = -1, .relay_back = -1};
    now_running = f;
    expect_ok(&e, hc_loop_new(NULL, NULL, &f->loop, &e));
}

/* A relay between two TCP connections. */
void rig_plain(struct relay_rig *f, struct hc_relay_limits limits)
{
    struct hc_dial up;

    rig_loop(f);
    rig_tcp_pair(&f->relay_client, &f->client);
    rig_tcp_pair(&f->relay_back, &f->back);
    hc_dial_adopt(&up, (struct hc_stream){.fd = f->relay_back});
    rig_begin(f, (struct hc_stream){.fd = f->relay_client}, up, limits);
}

void rig_finish(struct relay_rig *f)
{
    if (f->r) {
        hc_relay_abort(f->r, HC_E_DRAINED, "the test is over");
        hc_relay_abort(f->r, HC_E_DRAINED, "twice is nothing");
        rig_run_for(f, 0);
    }
    assert_int_equal(f->ended, 1);
    assert_int_equal(f->over, 1);
    hc_loop_free(f->loop);
    hc_fd_close(&f->client);
    hc_fd_close(&f->back);
}

void rig_cut(int *fd)
{
    struct linger now = {.l_onoff = 1};

    setsockopt(*fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    hc_fd_close(fd);
    *fd = -1;
}
