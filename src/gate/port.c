/* port.c - opens and shares listening sockets. */
#include "gate/port.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"

struct hc_port {
    atomic_uint refs;
    struct hc_listen listen;
    struct hc_addr addr;
    unsigned n;
    int fd[];
};

static struct hc_rc address(const struct hc_listen *listen, struct hc_addr *out, struct hc_err *e)
{
    char text[HC_HOST_TEXT + 16];
    const char *host = listen->host[0] ? listen->host : "0.0.0.0";

    snprintf(text, sizeof text, strchr(host, ':') ? "[%s]:%u" : "%s:%u", host, listen->port);
    return hc_addr_parse(hc_bytes_str(text), out, e);
}

struct hc_rc hc_port_open(const struct hc_listen *listen, unsigned workers, struct hc_port **out, struct hc_err *e)
{
    HC_AUTO(hc_port) p = NULL;

    if (workers == 0 || workers > HC_WORKERS_MAX)
        return HC_FAIL(e, HC_E_INTERNAL, "%u workers", workers);
    p = calloc(1, sizeof *p + workers * sizeof p->fd[0]);
    if (!p)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a listener");
    atomic_init(&p->refs, 1);
    p->listen = *listen;
    HC_TRY(e, address(listen, &p->addr, e));
    for (unsigned i = 0; i < workers; i++) {
        HC_TRY(e, hc_sock_listen(&p->addr, i == 0, &p->fd[i], e));
        p->n = i + 1;
    }
    *out = HC_GIVE(p);
    return HC_OK;
}

struct hc_port *hc_port_ref(struct hc_port *p)
{
    atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
    return p;
}

void hc_port_free(struct hc_port *p)
{
    if (!p || atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) > 1)
        return;
    for (unsigned i = 0; i < p->n; i++)
        hc_fd_close(&p->fd[i]);
    free(p);
}

const struct hc_listen *hc_port_listen(const struct hc_port *p)
{
    return &p->listen;
}

const struct hc_addr *hc_port_addr(const struct hc_port *p)
{
    return &p->addr;
}

int hc_port_fd(const struct hc_port *p, unsigned worker)
{
    return p->fd[worker];
}
