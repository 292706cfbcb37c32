/* roll.c - see roll.h. */
#include "gate/roll.h"

#include "base/clock.h"
#include "base/escape.h"
#include "gate/conn.h"
#include "gate/flight.h"
#include "gate/order.h"

#define LINE_MAX_BYTES (64 * 1024) /* a certificate with a thousand names, most of which are short */
#define NAME_MAX_BYTES 4096

/* Any name of a peer will do, as for a deny rule. */
static bool is_meant(const struct hc_order *order, const struct hc_conn *c)
{
    const struct hc_name *name;

    if (!hc_conn_is_open(c))
        return false;
    return !order->who || hc_pattern_matches(order->who, HC_PATTERN_DENY, &c->view, &name);
}

/* --- a line ------------------------------------------------------------------------------------------------------- */

static void add_text(struct hc_buf *line, struct hc_bytes text)
{
    hc_buf_add_byte(line, '"');
    hc_escape_json(line, text);
    hc_buf_add_byte(line, '"');
}

static void add_member(struct hc_buf *line, const char *key, struct hc_bytes text)
{
    hc_buf_addf(line, ",\"%s\":", key);
    add_text(line, text);
}

static void add_name(struct hc_buf *line, const struct hc_name *name)
{
    HC_BUF_AUTO(text, NAME_MAX_BYTES);

    hc_name_text(name, &text);
    add_text(line, hc_buf_view(&text));
}

static void add_names(struct hc_buf *line, const struct hc_peer_view *view)
{
    if (view->n > 0) {
        hc_buf_add_str(line, ",\"who\":");
        add_name(line, &view->names[0]);
    }
    hc_buf_add_str(line, ",\"names\":[");
    for (size_t i = 0; i < view->n; i++) {
        if (i > 0)
            hc_buf_add_byte(line, ',');
        add_name(line, &view->names[i]);
    }
    hc_buf_add_byte(line, ']');
}

static void add_who(struct hc_buf *line, const struct hc_conn *c)
{
    HC_BUF_AUTO(text, NAME_MAX_BYTES);
    const struct hc_cert *leaf;

    if (!c->peer)
        return;
    leaf = hc_checked_chain_leaf(hc_verified_peer_chain(c->peer));
    add_names(line, &c->view);
    hc_serial_text(leaf->serial, &text);
    add_member(line, "serial", hc_buf_view(&text));
    hc_buf_clear(&text);
    hc_dn_text(leaf->issuer, &text);
    add_member(line, "issuer", hc_buf_view(&text));
}

static const char *protocol(const struct hc_conn *c)
{
    if (c->phase == HC_CONN_RELAY)
        return "tcp";
    return c->svc->gate->forward.kind == HC_FORWARD_NONE ? "static" : "http";
}

static void make_line(const struct hc_conn *c, struct hc_buf *line)
{
    int64_t lasted = (int64_t)((hc_mono_us() - c->began_us) / 1000000);
    char since[HC_TIME_TEXT];
    char addr[HC_ADDR_TEXT];

    hc_buf_add_str(line, "{\"gate\":");
    add_text(line, hc_bytes_str(c->svc->gate->name));
    add_member(line, "protocol", hc_bytes_str(protocol(c)));
    add_member(line, "from", hc_bytes_str(hc_addr_text(&c->peer_addr, true, addr)));
    add_who(line, c);
    add_member(line, "since", hc_bytes_str(hc_time_text(hc_time_now() - lasted, since)));
    if (c->phase == HC_CONN_HTTP)
        hc_buf_addf(line, ",\"requests\":%llu", (unsigned long long)c->n_requests);
    add_member(line, "tls", hc_bytes_str(hc_tls_version(c->tls)));
    hc_buf_addf(line, ",\"resumed\":%s,\"worker\":%u}\n", hc_tls_resumed(c->tls) ? "true" : "false",
                c->svc->worker->index);
}

/* --- orders ------------------------------------------------------------------------------------------------------- */

static void list(struct hc_worker *w, struct hc_order *order)
{
    HC_BUF_AUTO(line, LINE_MAX_BYTES);

    for (struct hc_conn *c = w->conns; c; c = c->next) {
        if (!is_meant(order, c))
            continue;
        hc_buf_clear(&line);
        make_line(c, &line);
        hc_order_put(order, &line);
    }
}

static void disconnect(struct hc_worker *w, struct hc_order *order)
{
    size_t ended = 0;
    struct hc_err e = {0};

    if (!order->who)
        return;
    hc_ignore(HC_FAIL(&e, HC_E_DISCONNECTED, "the operator disconnected %s", hc_pattern_text(order->who)));
    for (struct hc_conn *c = w->conns; c; c = c->next) {
        if (!is_meant(order, c))
            continue;
        hc_conn_end(c, &e);
        ended++;
    }
    pthread_mutex_lock(&order->lock);
    order->ended += ended;
    pthread_mutex_unlock(&order->lock);
}

void hc_roll_call(struct hc_worker *w, struct hc_order *order)
{
    switch (order->kind) {
    case HC_ORDER_APPLY:
        break;
    case HC_ORDER_LIST:
        list(w, order);
        break;
    case HC_ORDER_HANDSHAKES:
    case HC_ORDER_REFUSED:
        hc_flight_list(w->flight, w->index, order);
        break;
    case HC_ORDER_DISCONNECT:
        disconnect(w, order);
        break;
    }
}
