/* gateconf_hosts.c - where gates listen, and who of several at one address is meant. */
#include "gate/gateconf_internal.h"

static struct hc_rc check_listen(const struct hc_gateconf_work *w, struct hc_gate_conf *gate, struct hc_err *e)
{
    const struct hc_conf_string *text = &gate->listen_text;
    char where[HC_MARK_TEXT];

    if (text->s == NULL)
        return HC_OK;
    HC_TRY(e, hc_gateconf_report(w, text->mark, hc_listen_parse(hc_bytes_str(text->s), &gate->listen, e), e));
    for (const struct hc_gate_conf *other = w->conf->gates.v; other < gate; other++) {
        if (!hc_listen_clashes(&other->listen, &gate->listen) || hc_listen_same(&other->listen, &gate->listen))
            continue;
        HC_GATECONF_ADD(w, text->mark, HC_E_CONFIG_CONTRADICTION,
                        "'%s' clashes with '%s' (%s); gates share an address only when both say the same one", text->s,
                        other->listen_text.s, hc_mark_text(other->listen_text.mark, where));
        break;
    }
    return HC_OK;
}

static struct hc_rc read_hosts(const struct hc_gateconf_work *w, struct hc_gate_conf *gate, struct hc_err *e)
{
    size_t n = 0;

    gate->host = hc_arena_take(w->arena, gate->hosts.n * sizeof gate->host[0]);
    if (gate->host == NULL)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for the configuration");
    for (size_t i = 0; i < gate->hosts.n; i++) {
        const struct hc_conf_string *text = &gate->hosts.v[i];
        struct hc_rc rc = hc_host_canonical(hc_bytes_str(text->s), HC_HOST_WORD, &gate->host[n], e);

        if (rc.code == HC_E_HTTP_HOST) {
            HC_GATECONF_ADD(w, text->mark, HC_E_CONFIG_VALUE,
                            "'hosts' holds DNS names, with a wildcard as their left-most label if at all: %s", e->text);
            continue;
        }
        HC_TRY(e, rc);
        gate->hosts.v[n++] = *text; /* both lists stay side by side */
    }
    gate->hosts.n = n;
    return HC_OK;
}

/* Where the gate says `name`, which it does. */
static struct hc_mark said_at(const struct hc_gate_conf *gate, const char *name)
{
    size_t i = 0;

    while (i + 1 < gate->hosts.n && strcmp(gate->host[i].at, name) != 0)
        i++;
    return gate->hosts.v[i].mark;
}

/* One name, one gate. Names that come from certificates are compared when those are read. */
static struct hc_rc check_clash(const struct hc_gateconf_work *w, const struct hc_gate_conf *gate,
                                const struct hc_gate_conf *other, struct hc_err *e)
{
    HC_AUTO(hc_hosts) mine = NULL;
    HC_AUTO(hc_hosts) theirs = NULL;
    char where[HC_MARK_TEXT];
    const char *name;

    HC_TRY(e, hc_hosts_new(gate->host, gate->hosts.n, &mine, e));
    HC_TRY(e, hc_hosts_new(other->host, other->hosts.n, &theirs, e));
    name = hc_hosts_clash(mine, theirs);
    if (name != NULL)
        HC_GATECONF_ADD(w, said_at(gate, name), HC_E_CONFIG_CONTRADICTION,
                        "gate '%s' answers to '%s' at this address already (%s); a name leads to one gate",
                        other->name.s != NULL ? other->name.s : "?", name, hc_mark_text(said_at(other, name), where));
    return HC_OK;
}

struct hc_rc hc_gateconf_check_hosts(const struct hc_gateconf_work *w, struct hc_gate_conf *gate, struct hc_err *e)
{
    HC_TRY(e, check_listen(w, gate, e));
    if (gate->hosts.n == 0)
        return HC_OK;
    HC_TRY(e, read_hosts(w, gate, e));
    for (const struct hc_gate_conf *other = w->conf->gates.v; gate->hosts.n > 0 && other < gate; other++)
        if (other->hosts.n > 0 && hc_listen_same(&other->listen, &gate->listen))
            HC_TRY(e, check_clash(w, gate, other, e));
    return HC_OK;
}
