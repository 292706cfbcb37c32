/*
 * pattern.h - patterns over identities (who) and over paths (where).
 *
 *   dns:NAME                 exactly this DNS name                     dns:*.example.com    one label more on the left
 *   email:alice@example.com  exactly this address                      email:*@example.com  any local part of it
 *   uri:..., spiffe://...    exactly this URI; in its path `*` is one whole segment, a final `**` one or more
 *   ip:10.0.0.7  ip:CIDR     this address, or one in the block
 *   authenticated            any verified peer                         anyone               also without a certificate
 *
 * DNS names and domains are compared without case; local parts and URI paths with it; a URI's scheme and host without.
 * A wildcard stands in a pattern only. A name `*.example.com` *in a certificate* proves nothing about its bearer and
 * satisfies no allow pattern but `authenticated` (T21).
 *
 * Parsed patterns are immutable and may be shared between threads.
 */
#ifndef HC_POLICY_PATTERN_H
#define HC_POLICY_PATTERN_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/name.h"

#define HC_PATTERN_MAX 2048 /* bytes in a pattern; RFC 5280 names are shorter */

/* Who is asking, as policy sees it. The names are of the verified certificate, all of them, in its order. */
struct hc_peer_view {
    const struct hc_name *names; /* borrowed */
    size_t n;
    bool verified;                /* false: no certificate; the names are then ignored */
    const char *entry;            /* the bundle entry that its anchor came from; NULL: one without a name */
    const struct hc_bytes *above; /* SHA-256 fingerprints of the CA certificates of its chain; borrowed */
    size_t n_above;
};

struct hc_pattern;

/* Fails with HC_E_PATTERN (the sentence quotes the pattern and says what is wrong with it), HC_E_NOMEM. */
struct hc_rc hc_pattern_parse(const char *text, struct hc_pattern **out, struct hc_err *e);
void hc_pattern_free(struct hc_pattern *p);
HC_DEFINE_AUTO(hc_pattern)

/* As it was written. Valid as long as the pattern. */
const char *hc_pattern_text(const struct hc_pattern *p);

/* It admits a peer without a certificate. */
bool hc_pattern_is_anyone(const struct hc_pattern *p);

/* What a pattern is asked for. */
enum hc_pattern_use {
    HC_PATTERN_ALLOW, /* proof: a wildcard name proves nothing, and a URI pattern wants exactly one URI name (T26) */
    HC_PATTERN_DENY,  /* suspicion: any name will do, a wildcard one for all it could stand for, case is ignored */
};

/*
 * Whether the pattern matches the peer. `*name` gets the name that matched, borrowed from the peer, or NULL: for
 * `anyone`, and for `authenticated` when the certificate carries no name but wildcards. Untouched when there is no
 * match.
 */
bool hc_pattern_matches(const struct hc_pattern *p, enum hc_pattern_use use, const struct hc_peer_view *peer,
                        const struct hc_name **name);

/* A pattern over paths: `/a/b` exactly, `*` one whole segment, a final `**` any number of segments, none too. A
 * trailing slash makes no difference: `/a` matches /a/ too, and `**` below /a matches /a, /a/ and everything below. */
struct hc_path_pattern;

/* Fails with HC_E_PATTERN, HC_E_NOMEM. */
struct hc_rc hc_path_pattern_parse(const char *text, struct hc_path_pattern **out, struct hc_err *e);
void hc_path_pattern_free(struct hc_path_pattern *p);
HC_DEFINE_AUTO(hc_path_pattern)

/* `path` in the normal form of path.h. Bytes are compared after decoding, so that /%40me and /@me are one path to a
 * rule; of a segment only what stands before its first `;`. */
bool hc_path_pattern_matches(const struct hc_path_pattern *p, struct hc_bytes path);

#endif
