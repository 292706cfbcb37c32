/* gateconf.c - the tables of the gate's configuration, and the way from text to struct. */
#include "gate/gateconf.h"

#include "base/file.h"
#include "config/bind.h"
#include "gate/gateconf_internal.h"

static const struct hc_word none_words[] = {{"none", 1}, {NULL, 0}};
static const struct hc_word check_words[] = {{"chain", HC_CONF_CHECK_CHAIN}, {"leaf", HC_CONF_CHECK_LEAF}, {NULL, 0}};
static const struct hc_word profile_words[] = {{"gate", HC_VERIFY_GATE},
                                               {"rfc5280", HC_VERIFY_RFC5280},
                                               {"webpki", HC_VERIFY_WEBPKI},
                                               {"spiffe", HC_VERIFY_SPIFFE},
                                               {NULL, 0}};
static const struct hc_word clients_words[] = {
    {"required", HC_CLIENTS_REQUIRED}, {"optional", HC_CLIENTS_OPTIONAL}, {"none", HC_CLIENTS_NONE}, {NULL, 0}};

static const struct hc_field route_fields[] = {
    {.key = "path",
     .kind = HC_KIND_STRING,
     .offset = offsetof(struct hc_route_conf, path),
     .help = "which requests the route decides; the first that matches decides alone. Required but for a relay, which "
             "has none",
     .example = "/orders/**"},
    {.key = "methods",
     .kind = HC_KIND_STRINGS,
     .min = 1,
     .max = HC_ROUTE_METHODS_MAX,
     .offset = offsetof(struct hc_route_conf, methods),
     .help = "the methods that are let through; every method when left out",
     .example = "[GET, POST]"},
    {.key = "allow",
     .kind = HC_KIND_STRINGS,
     .required = true,
     .max = HC_ROUTE_PATTERNS_MAX,
     .offset = offsetof(struct hc_route_conf, allow),
     .help = "who is let in; [] is nobody",
     .example = "[\"email:*@example.com\"]"},
    {.key = "deny",
     .kind = HC_KIND_STRINGS,
     .max = HC_ROUTE_PATTERNS_MAX,
     .offset = offsetof(struct hc_route_conf, deny),
     .help = "who is refused whatever allow says",
     .example = "[\"email:mallory@example.com\"]"},
    {.key = "issued-by",
     .kind = HC_KIND_STRINGS,
     .min = 1,
     .max = HC_ROUTE_ISSUERS_MAX,
     .offset = offsetof(struct hc_route_conf, issued_by),
     .help = "who must stand above a peer that allow lets in: entries of the bundle by name, or CA certificates by "
             "their SHA-256 fingerprint; anybody in the bundle when left out",
     .example = "[staff]"},
};
static const struct hc_schema route_schema = {
    .fields = route_fields, .n = HC_COUNT(route_fields), .size = sizeof(struct hc_route_conf)};

static const struct hc_field identity_fields[] = {
    {.key = "certificate",
     .kind = HC_KIND_STRING,
     .required = true,
     .offset = offsetof(struct hc_gate_identity, certificate),
     .help = "the file of the certificate and its intermediates",
     .example = "/etc/handclasp/chain.pem"},
    {.key = "key",
     .kind = HC_KIND_STRING,
     .required = true,
     .offset = offsetof(struct hc_gate_identity, key),
     .help = "the file of its private key",
     .example = "/etc/handclasp/key.pem"},
};
static const struct hc_schema identity_schema = {
    .fields = identity_fields, .n = HC_COUNT(identity_fields), .size = sizeof(struct hc_gate_identity)};
static const struct hc_field identity_name = {
    .key = "identity", .kind = HC_KIND_STRING, .offset = offsetof(struct hc_gate_identity, name)};

static const struct hc_field anchors_fields[] = {
    {.key = "name",
     .kind = HC_KIND_STRING,
     .offset = offsetof(struct hc_anchors_conf, name),
     .help = "what issued-by calls it",
     .example = "staff"},
    {.key = "file",
     .kind = HC_KIND_STRING,
     .required = true,
     .offset = offsetof(struct hc_anchors_conf, file),
     .help = "the file of its trust anchors",
     .example = "/etc/handclasp/partner.pem"},
    {.key = "asserts",
     .kind = HC_KIND_STRINGS,
     .min = 1,
     .max = HC_BUNDLE_ASSERTS,
     .offset = offsetof(struct hc_anchors_conf, asserts),
     .help = "the only names that certificates below these anchors may carry here: dns:example.com and everything "
             "below it, email:example.com, uri:example.com, ip:10.0.0.0/8; every name when left out",
     .example = "[\"dns:partner.example\", \"email:partner.example\"]"},
};
static const struct hc_schema anchors_schema = {
    .fields = anchors_fields, .n = HC_COUNT(anchors_fields), .size = sizeof(struct hc_anchors_conf)};
static const struct hc_field bundle_file = {
    .key = "bundle", .kind = HC_KIND_STRING, .offset = offsetof(struct hc_bundle_conf, file)};
static const struct hc_field bundle_entries = {.key = "bundle",
                                               .kind = HC_KIND_BLOCKS,
                                               .min = 1,
                                               .max = HC_BUNDLE_ENTRIES,
                                               .offset = offsetof(struct hc_bundle_conf, entries),
                                               .block = &anchors_schema};

static const struct hc_field revocation_fields[] = {
    {.key = "crl",
     .kind = HC_KIND_STRINGS,
     .min = 1,
     .max = HC_GATECONF_CRLS_MAX,
     .offset = offsetof(struct hc_revocation_conf, crl),
     .help = "files of CRLs, or directories that hold them; the home's own when left out and the identity is a name "
             "from the home",
     .example = "[/var/lib/handclasp/publish/crl]"},
    {.key = "check",
     .kind = HC_KIND_WORD,
     .words = check_words,
     .offset = offsetof(struct hc_revocation_conf, check),
     .help = "which certificates are looked up: all below the root (chain, also when left out) or only the peer's own "
             "(leaf)"},
    {.key = "stale",
     .kind = HC_KIND_STRING,
     .offset = offsetof(struct hc_revocation_conf, stale),
     .help = "what happens when the newest CRL of an issuer has ended: refuse, also when left out, or allow-for and "
             "how long after its end it still clears a certificate, at most 30d",
     .example = "allow-for 6h"},
};
static const struct hc_schema revocation_schema = {
    .fields = revocation_fields, .n = HC_COUNT(revocation_fields), .size = sizeof(struct hc_revocation_conf)};
static const struct hc_field revocation_none = {.key = "revocation",
                                                .kind = HC_KIND_WORD,
                                                .words = none_words,
                                                .offset = offsetof(struct hc_revocation_conf, none)};

static const struct hc_field gate_fields[] = {
    {.key = "name",
     .kind = HC_KIND_STRING,
     .required = true,
     .offset = offsetof(struct hc_gate_conf, name),
     .help = "how the gate is called in logs and on the control socket",
     .example = "shop"},
    {.key = "listen",
     .kind = HC_KIND_STRING,
     .required = true,
     .offset = offsetof(struct hc_gate_conf, listen_text),
     .help = "the address and port it accepts connections on; several gates may say the same one",
     .example = "\"0.0.0.0:8443\""},
    {.key = "hosts",
     .kind = HC_KIND_STRINGS,
     .min = 1,
     .max = HC_HOSTS_MAX,
     .offset = offsetof(struct hc_gate_conf, hosts),
     .help = "the server names that it answers to, which choose between gates that share an address; the DNS names of "
             "its certificate when left out",
     .example = "[shop.example.com, \"*.shop.example.com\"]"},
    {.key = "identity",
     .kind = HC_KIND_EITHER,
     .required = true,
     .offset = offsetof(struct hc_gate_conf, identity),
     .scalar = &identity_name,
     .block = &identity_schema,
     .help = "what it presents: the name of an identity of the home, or {certificate: FILE, key: FILE}",
     .example = "shop.example.com"},
    {.key = "clients",
     .kind = HC_KIND_WORD,
     .required = true,
     .words = clients_words,
     .offset = offsetof(struct hc_gate_conf, clients),
     .help = "whether a client must present a certificate",
     .example = "required"},
    {.key = "forward",
     .kind = HC_KIND_STRING,
     .offset = offsetof(struct hc_gate_conf, forward_text),
     .help = "the back end; exactly one of forward and serve is said",
     .example = "http://127.0.0.1:8080"},
    {.key = "serve",
     .kind = HC_KIND_STRING,
     .offset = offsetof(struct hc_gate_conf, serve),
     .help = "the directory whose files are served",
     .example = "/srv/www"},
    {.key = "routes",
     .kind = HC_KIND_BLOCKS,
     .required = true,
     .min = 1,
     .max = HC_ROUTES_MAX,
     .offset = offsetof(struct hc_gate_conf, routes),
     .block = &route_schema,
     .help = "who may do what, tried in this order"},
    {.key = "bundle",
     .kind = HC_KIND_EITHER,
     .offset = offsetof(struct hc_gate_conf, trust.bundle),
     .scalar = &bundle_file,
     .list = &bundle_entries,
     .help = "whom this gate trusts; the top one when left out",
     .example = "/etc/handclasp/partner.pem"},
    {.key = "revocation",
     .kind = HC_KIND_EITHER,
     .offset = offsetof(struct hc_gate_conf, trust.revocation),
     .scalar = &revocation_none,
     .block = &revocation_schema,
     .help = "how revoked certificates are known to this gate; the top one, as a whole, when left out",
     .example = "{crl: [/var/lib/partner/crl], stale: allow-for 6h}"},
    {.key = "profile",
     .kind = HC_KIND_WORD,
     .words = profile_words,
     .offset = offsetof(struct hc_gate_conf, trust.profile),
     .help = "how this gate judges chains; the top one when left out"},
};
static const struct hc_schema gate_schema = {
    .fields = gate_fields, .n = HC_COUNT(gate_fields), .size = sizeof(struct hc_gate_conf)};

static const struct hc_field top_fields[] = {
    {.key = "bundle",
     .kind = HC_KIND_EITHER,
     .offset = offsetof(struct hc_gateconf, trust.bundle),
     .scalar = &bundle_file,
     .list = &bundle_entries,
     .help = "the file of trust anchors, or a list of organisations with a file each; the home's own bundle when every "
             "identity is a name from the home",
     .example = "/var/lib/handclasp/publish/bundle.pem"},
    {.key = "revocation",
     .kind = HC_KIND_EITHER,
     .offset = offsetof(struct hc_gateconf, trust.revocation),
     .scalar = &revocation_none,
     .block = &revocation_schema,
     .help = "how revoked certificates are known; the home's own CRLs when every identity is a name from the home",
     .example = "{crl: [/var/lib/handclasp/publish/crl], stale: refuse}"},
    {.key = "profile",
     .kind = HC_KIND_WORD,
     .words = profile_words,
     .offset = offsetof(struct hc_gateconf, trust.profile),
     .help = "by whose rules chains are judged: ours, the strictest (gate, also when left out), the letter of "
             "RFC 5280, those of the public web for servers, or those of SPIFFE"},
    {.key = "gates",
     .kind = HC_KIND_BLOCKS,
     .required = true,
     .min = 1,
     .max = HC_GATECONF_GATES_MAX,
     .offset = offsetof(struct hc_gateconf, gates),
     .block = &gate_schema,
     .help = "what listens, who is let in there, and what is behind"},
};
static const struct hc_schema top_schema = {
    .fields = top_fields, .n = HC_COUNT(top_fields), .size = sizeof(struct hc_gateconf)};

void hc_gateconf_free(struct hc_gateconf *conf)
{
    if (conf != NULL)
        hc_arena_free(conf->arena); /* and with it the struct */
}

struct hc_rc hc_gateconf_from_tree(const struct hc_node *root, const char *file_name, struct hc_arena **arena,
                                   struct hc_gateconf **out, struct hc_config_problems *problems, struct hc_err *e)
{
    struct hc_binding binding = {.arena = *arena, .problems = problems};
    struct hc_gateconf *conf = hc_arena_take(*arena, sizeof *conf);

    if (conf == NULL)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for the configuration");
    if (root != NULL)
        HC_TRY(e, hc_bind(&top_schema, root, &binding, conf, e));
    HC_TRY(e, hc_gateconf_check(&(struct hc_gateconf_work){conf, *arena, problems}, e));
    HC_TRY(e, hc_config_problems_check(problems, file_name, e));
    conf->arena = HC_GIVE(*arena);
    *out = conf;
    return HC_OK;
}

struct hc_rc hc_gateconf_parse(struct hc_bytes yaml, const char *file_name, struct hc_gateconf **out,
                               struct hc_config_problems *problems, struct hc_err *e)
{
    HC_AUTO(hc_arena) arena = NULL;
    struct hc_node *root = NULL;
    struct hc_rc rc;

    HC_TRY(e, hc_arena_new(HC_TREE_MEMORY_MAX, &arena, e));
    rc = hc_tree_parse(yaml, arena, problems, &root, e);
    if (rc.code != HC_E_CONFIG_SYNTAX) /* which is among the problems */
        HC_TRY(e, rc);
    return hc_gateconf_from_tree(root, file_name, &arena, out, problems, e);
}

struct hc_rc hc_gateconf_load(const char *path, struct hc_gateconf **out, struct hc_config_problems *problems,
                              struct hc_err *e)
{
    HC_BUF_AUTO(text, HC_TREE_INPUT_MAX);

    HC_TRY(e, hc_file_check_not_shared(path, e));
    HC_TRY(e, hc_file_read(path, &text, e));
    return hc_gateconf_parse(hc_buf_view(&text), path, out, problems, e);
}

void hc_gateconf_manual(struct hc_buf *out)
{
    hc_schema_manual(&top_schema, out);
}
