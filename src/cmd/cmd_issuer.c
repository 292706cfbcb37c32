/* cmd_issuer.c - handclasp issuer: the issuing CAs below the root. */
#include "cmd/issuer.h"
#include "cmd/names.h"
#include "cmd/plan.h"

static const struct hc_option OPTIONS[] = {
    HC_OPTION_KEY,
    {"days", "N", "add: lifetime of the issuer (365)", false},
    HC_OPTIONS_SUBTREES,
    {"profile", "PROFILE", "add: issues server, client, peer or person only", true},
    {"leaf-days", "N", "add: longest lifetime of what it issues", false},
    {"public-url", "URL", "add: http:// place of CRLs (as before; '' none)", false},
    {"request-out", "FILE", "add: ask the root's home for the certificate", false},
    {"certificate", "FILE", "add: take the reply of the root's home", false},
    {"reason", "R", "revoke: cACompromise, superseded, ...", false},
    {"reissue", NULL, "revoke: first renew what hangs on it", false},
    {"issuer", "NAME", "revoke: who issues them (the newest that may)", false},
    {"yes", NULL, "revoke: do not ask", false},
    {"wait", NULL, "revoke: until this host's gates have obeyed", false},
    {"timeout", "TIME", "revoke: how long to --wait: 10s, 500ms, 2m", false},
    HC_OPTIONS_ROOT_KEY,
    HC_OPTIONS_PASSPHRASE,
    {"no-passphrase", NULL, "add: no CA key is here yet; leave this one plain", false},
    HC_OPTION_JSON,
    HC_OPTIONS_END,
};

struct part {
    const char *word;
    size_t min_names, max_names;
    struct hc_rc (*run)(struct hc_invocation *in, struct hc_err *e);
    const char *options[20]; /* that it takes; everybody's besides */
};

static const struct part PARTS[] = {
    {"add",
     0,
     1,
     hc_issuer_cmd_add,
     {"key", "days", "permit", "exclude", "profile", "leaf-days", "public-url", "request-out", "certificate",
      "root-key", "root-passphrase-file", "root-passphrase-fd", "passphrase-file", "passphrase-fd", "no-passphrase",
      "json"}},
    {"list", 0, 0, hc_issuer_cmd_list, {"json"}},
    {"show", 1, 1, hc_issuer_cmd_show, {"json"}},
    {"revoke",
     1,
     1,
     hc_issuer_cmd_revoke,
     {"reason", "reissue", "issuer", "yes", "root-key", "root-passphrase-file", "root-passphrase-fd", "passphrase-file",
      "passphrase-fd", "wait", "timeout", "json"}},
};

static bool takes(const struct part *part, const char *option)
{
    if (strcmp(option, "home") == 0 || strcmp(option, "help") == 0)
        return true;
    for (size_t i = 0; i < HC_COUNT(part->options) && part->options[i]; i++)
        if (strcmp(part->options[i], option) == 0)
            return true;
    return false;
}

/* An option of another part would otherwise be passed over in silence. */
static struct hc_rc check(const struct part *part, const struct hc_opts *opts, struct hc_err *e)
{
    size_t names = hc_opts_args(opts) - 1;
    if (names > part->max_names)
        return HC_FAIL(e, HC_E_USAGE, "'%s' is one word too many for issuer %s", hc_opts_arg(opts, 1 + part->max_names),
                       part->word);
    if (names < part->min_names)
        return HC_FAIL(e, HC_E_USAGE, "issuer %s needs the issuer's NAME", part->word);
    for (size_t i = 0; i < hc_opts_count(opts); i++)
        if (!takes(part, hc_opts_at(opts, i).option->name))
            return HC_FAIL(e, HC_E_USAGE, "issuer %s has no option --%s", part->word, hc_opts_at(opts, i).option->name);
    return HC_OK;
}

static struct hc_rc run(struct hc_invocation *in, struct hc_err *e)
{
    const char *word = hc_opts_arg(in->opts, 0);
    for (size_t i = 0; i < HC_COUNT(PARTS); i++) {
        if (strcmp(word, PARTS[i].word) != 0)
            continue;
        HC_TRY(e, check(&PARTS[i], in->opts, e));
        return PARTS[i].run(in, e);
    }
    return HC_FAIL(e, HC_E_USAGE, "issuer takes add, list, show or revoke, not '%.40s'", word);
}

const struct hc_command hc_cmd_issuer = {
    .name = "issuer",
    .summary = "issuing CAs below the root: add, list, show, revoke",
    .usage = "add NAME [OPTION]...\n"
             "       handclasp issuer list | show NAME\n"
             "       handclasp issuer revoke NAME [--reissue] [--reason R]",
    .about = "Whoever trusts the root needs no change when an issuer is added or revoked.\n"
             "`add` has the root sign: its key is here, or brought (--root-key FILE), or in\n"
             "another home: `add NAME --request-out FILE` here, `handclasp sign-issuer FILE`\n"
             "there, `add --certificate REPLY` here; both sides print lines to compare.\n"
             "With any --permit, every type of name that no --permit names is excluded.\n"
             "`revoke` ends everything that the issuer ever issued. With --reissue every live\n"
             "certificate whose key is in this home is renewed first, with a new key.\n",
    .example = "  handclasp issuer add people --profile person --permit email:example.com\n"
               "  handclasp issuer add edge --root-key /mnt/stick/root.key.pem\n"
               "  handclasp issuer add edge --request-out /mnt/stick/edge.csr\n"
               "  handclasp issuer revoke issuing --reissue --reason cACompromise\n",
    .options = OPTIONS,
    .min_args = 1,
    .max_args = 2,
    .run = run,
};
