/*
 * gateconf_flags.c - a gate from flags: they become the tree that a file would have become, and take the same way from
 * there.
 */
#include "gate/gateconf_internal.h"

struct maker {
    struct hc_arena *arena;
    struct hc_config_problems *problems;
    bool failed; /* out of memory; sticky */
};

static struct hc_mark option(const char *name)
{
    return (struct hc_mark){.option = name};
}

/* A child of `parent`; NULL without memory, also when the parent is. */
static struct hc_node *add(struct maker *m, struct hc_node *parent, const char *key, enum hc_node_kind kind,
                           const char *opt)
{
    struct hc_node *node = parent != NULL ? hc_node_make(m->arena, kind, option(opt)) : NULL;

    if (node == NULL) {
        m->failed = true;
        return NULL;
    }
    hc_node_add(parent, key, node);
    return node;
}

/* Nothing for a NULL text: the flag was not given. */
static void add_text(struct maker *m, struct hc_node *parent, const char *key, const char *text, const char *opt)
{
    struct hc_node *node = text != NULL ? add(m, parent, key, HC_NODE_SCALAR, opt) : NULL;
    char *copy = node != NULL ? hc_arena_copy(m->arena, hc_bytes_str(text)) : NULL;

    if (node == NULL)
        return;
    m->failed = m->failed || copy == NULL;
    node->text = hc_bytes_str(copy);
}

static void add_texts(struct maker *m, struct hc_node *parent, const char *key, struct hc_texts texts, const char *opt)
{
    struct hc_node *list = add(m, parent, key, HC_NODE_LIST, opt);

    for (size_t i = 0; i < texts.n; i++)
        add_text(m, list, NULL, texts.at[i], opt);
}

/* A flag that must be given; without it the binder meets a bad node and keeps silent about the key. */
static void need_text(struct maker *m, struct hc_node *parent, const char *key, const char *text, const char *opt,
                      const char *why)
{
    if (text != NULL) {
        add_text(m, parent, key, text, opt);
        return;
    }
    hc_config_problems_add(m->problems, option(opt), HC_E_CONFIG_MISSING, "%s", why);
    add(m, parent, key, HC_NODE_BAD, opt);
}

static void add_identity(struct maker *m, struct hc_node *gate, const struct hc_gate_flags *flags)
{
    bool files = flags->certificate != NULL || flags->key != NULL;
    struct hc_node *block;

    if (!files) {
        need_text(m, gate, "identity", flags->identity, "--identity",
                  "it is missing: which identity the gate presents; for instance --identity shop.example.com");
        return;
    }
    if (flags->identity != NULL)
        hc_config_problems_add(m->problems, option("--identity"), HC_E_CONFIG_CONTRADICTION,
                               "the identity is a name from the home or --certificate and --key, not both");
    block = add(m, gate, "identity", HC_NODE_BLOCK, flags->certificate != NULL ? "--certificate" : "--key");
    need_text(m, block, "certificate", flags->certificate, "--certificate",
              "it is missing; --key comes with --certificate FILE");
    need_text(m, block, "key", flags->key, "--key", "it is missing; --certificate comes with --key FILE");
}

static void add_back_end(struct maker *m, struct hc_node *gate, const struct hc_gate_flags *flags)
{
    if (flags->forward == NULL && flags->serve == NULL)
        need_text(
            m, gate, "forward", NULL, "--forward",
            "it is missing: say what is behind the gate with --forward http://127.0.0.1:8080 or --serve /srv/www");
    add_text(m, gate, "forward", flags->forward, "--forward");
    add_text(m, gate, "serve", flags->serve, "--serve");
}

static void add_route(struct maker *m, struct hc_node *gate, const struct hc_gate_flags *flags)
{
    struct hc_node *route = add(m, add(m, gate, "routes", HC_NODE_LIST, "--allow"), NULL, HC_NODE_BLOCK, "--allow");
    struct hc_forward forward = {0};
    struct hc_err ignored;

    if (flags->forward != NULL) /* a wrong one is reported by the check */
        hc_ignore(hc_forward_parse(hc_bytes_str(flags->forward), &forward, &ignored));
    if (!hc_forward_is_relay(forward.kind))
        add_text(m, route, "path", "/**", flags->forward != NULL ? "--forward" : "--serve");
    add_texts(m, route, "allow", (struct hc_texts){flags->allow, flags->n_allow}, "--allow");
    if (flags->n_allow == 0)
        hc_config_problems_add(m->problems, option("--allow"), HC_E_CONFIG_MISSING,
                               "it is missing: nobody is let in unless a rule names them; for instance --allow "
                               "\"email:*@example.com\"");
    if (flags->n_deny > 0)
        add_texts(m, route, "deny", (struct hc_texts){flags->deny, flags->n_deny}, "--deny");
}

static void add_gate(struct maker *m, struct hc_node *root, const struct hc_gate_flags *flags)
{
    struct hc_node *gate = add(m, add(m, root, "gates", HC_NODE_LIST, "gate"), NULL, HC_NODE_BLOCK, "gate");

    add_text(m, gate, "name", flags->name != NULL ? flags->name : "gate", "--name");
    need_text(m, gate, "listen", flags->listen, "--listen",
              "it is missing: the address and port to accept connections on; for instance --listen 0.0.0.0:8443");
    add_identity(m, gate, flags);
    add_text(m, gate, "clients", flags->clients != NULL ? flags->clients : "required", "--clients");
    add_back_end(m, gate, flags);
    add_route(m, gate, flags);
}

static void add_checked(struct maker *m, struct hc_node *root, const struct hc_gate_flags *flags)
{
    struct hc_node *block = add(m, root, "revocation", HC_NODE_BLOCK, flags->n_crl > 0 ? "--crl" : "--stale");

    if (flags->n_crl > 0) /* otherwise those of the home */
        add_texts(m, block, "crl", (struct hc_texts){flags->crl, flags->n_crl}, "--crl");
    add_text(m, block, "stale", flags->stale, "--stale");
}

static void add_revocation(struct maker *m, struct hc_node *root, const struct hc_gate_flags *flags)
{
    if (flags->no_revocation && flags->n_crl > 0)
        hc_config_problems_add(m->problems, option("--no-revocation"), HC_E_CONFIG_CONTRADICTION,
                               "revocation is either checked with --crl or not checked; keep one of the two");
    if (flags->no_revocation && flags->stale != NULL)
        hc_config_problems_add(
            m->problems, option("--stale"), HC_E_CONFIG_CONTRADICTION,
            "it says how long old CRLs count, and with --no-revocation none does; keep one of the two");
    if (flags->n_crl > 0 || flags->stale != NULL)
        add_checked(m, root, flags);
    else if (flags->no_revocation)
        add_text(m, root, "revocation", "none", "--no-revocation");
}

struct hc_rc hc_gateconf_from_flags(const struct hc_gate_flags *flags, struct hc_gateconf **out,
                                    struct hc_config_problems *problems, struct hc_err *e)
{
    HC_AUTO(hc_arena) arena = NULL;
    struct maker m = {.problems = problems};
    struct hc_node *root;

    HC_TRY(e, hc_arena_new(HC_TREE_MEMORY_MAX, &arena, e));
    m.arena = arena;
    root = hc_node_make(arena, HC_NODE_BLOCK, option("gate"));
    add_text(&m, root, "bundle", flags->bundle, "--bundle");
    add_revocation(&m, root, flags);
    add_text(&m, root, "profile", flags->profile, "--profile");
    add_gate(&m, root, flags);
    if (root == NULL || m.failed)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for the configuration");
    return hc_gateconf_from_tree(root, "the command line", &arena, out, problems, e);
}
