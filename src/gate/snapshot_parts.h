/* snapshot_parts.h - shared by the files of snapshot only. */
#ifndef HC_GATE_SNAPSHOT_PARTS_H
#define HC_GATE_SNAPSHOT_PARTS_H

#include "gate/snapshot.h"

/* Broken now, good before, and nobody asked for anything new: the good one stays, and somebody is told. True then. */
bool hc_snapshot_keep_old(const struct hc_snapshot_input *in, const char *source, const struct hc_err *e);

/* snapshot_gate.c: the next of s->gates, whose trust has its bundle already; and the end of one, built or half
 * built. */
struct hc_rc hc_snapshot_add_gate(const struct hc_snapshot_input *in, const struct hc_gate_conf *conf,
                                  struct hc_snapshot *s, struct hc_err *e);
void hc_snapshot_gate_fini(struct hc_snapshot_gate *g);

/* snapshot_trust.c: makes s->trusts, with their bundles. */
struct hc_rc hc_snapshot_set_trusts(const struct hc_snapshot_input *in, struct hc_snapshot *s, struct hc_err *e);
/* And then, when the gates are known, their CRLs. */
struct hc_rc hc_snapshot_set_revocation(const struct hc_snapshot_input *in, struct hc_snapshot *s, struct hc_err *e);
/* Lets go of what is in the trusts. */
void hc_snapshot_drop_trusts(struct hc_snapshot *s);
/* The auth domain of a gate whose clients are treated so, under this trust, whose CRLs are where `conf` says. */
void hc_snapshot_domain(enum hc_clients clients, const struct hc_trust *trust, const struct hc_revocation_conf *conf,
                        uint8_t out[HC_TLS_DOMAIN]);

#endif
