/*
 * exchange_rig.h - an exchange on a real loop between a client and back ends that the test plays itself, byte by byte,
 * over real TCP connections (a reset is a reset).
 */
#ifndef HC_TEST_EXCHANGE_RIG_H
#define HC_TEST_EXCHANGE_RIG_H

#include "hc_test.h"

#include "base/auto.h"
#include "http/exchange.h"

#define RIG_BACKS 8
#define RIG_DONES 4096
#define RIG_PATIENCE_MS 5000

struct rig;

struct rig_conn {
    struct hc_http http;
    struct rig *rig;
    int client; /* the client's end */
    int closed; /* how often `closed` was called */
};

struct rig {
    struct hc_loop *loop;
    struct hc_timer tick;
    struct hc_http_limits limits;
    struct rig_conn c[2];

    /* how the owner behaves */
    bool open_fails;
    bool connected_fails;
    bool spoil;            /* plans of this program hold a broken buffer */
    bool abort_in_request; /* `request` ends the connection */
    int poke_at;           /* when this many requests were asked, the client of connection 1 sends one */
    int n_asked;
    int file; /* what /file serves; -1 */
    uint64_t file_length;
    const struct hc_dial_target *dial; /* NULL: streams that are open already */

    /* what happened */
    struct hc_buf asked; /* "A GET /x\n" for each request: connection, method, path */
    int refused;
    enum hc_code refused_for;
    struct hc_http_done done[RIG_DONES];
    char done_text[HC_ERR_TEXT];
    int n_done;

    /* back ends, in the order in which they were opened */
    int back[RIG_BACKS];
    int n_back;
    struct hc_stream pooled;
    int n_released;
    int n_reused;
    int n_connected;
};

/* For cmocka: makes a rig with one connection; everything is closed and freed afterwards. */
int rig_set_up(void **state);
int rig_tear_down(void **state);
#define RIG_TEST(f) cmocka_unit_test_setup_teardown(f, rig_set_up, rig_tear_down)

/* Opens connection `i` (0 is open already). */
void rig_connect(struct rig *r, int i);

/* Lets the loop work for `ms` milliseconds. */
void rig_run(struct rig *r, unsigned ms);

/* Sends all of it, letting the loop work meanwhile. */
void rig_send(struct rig *r, int fd, struct hc_bytes bytes);
/* What fits at once, without letting the loop work; how much. */
size_t rig_push(int fd, struct hc_bytes bytes);
#define SEND(r, fd, literal) rig_send((r), (fd), HC_BYTES(literal))

/* Exactly these bytes arrive next (after them more may). */
void rig_expect(struct rig *r, int fd, struct hc_bytes want, const char *file, int line);
#define EXPECT(r, fd, literal) rig_expect((r), (fd), HC_BYTES(literal), __FILE__, __LINE__)

/* Nothing arrives within `ms`. */
void rig_expect_silence(struct rig *r, int fd, unsigned ms);

/* The stream ends, properly or with a reset, and nothing arrives before. */
void rig_expect_end(struct rig *r, int fd);
void rig_expect_reset(struct rig *r, int fd);

/* A reset from this end. */
void rig_reset(int *fd);

/* Waits for the `n`-th back end to be opened and gives its end. */
int rig_back(struct rig *r, int n);
/* Waits until `n` requests are over; the last of them. */
const struct hc_http_done *rig_done(struct rig *r, int n);
/* Waits until connection `i` is over. */
void rig_expect_closed(struct rig *r, int i);

/* A byte of a long body, by its place: any shift or loss shows. */
uint8_t rig_byte(uint64_t at);

#endif
