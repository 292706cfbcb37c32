/* checked_chain.h - the maker of a checked chain; for verify.c only. Everybody else reads verify.h. */
#ifndef HC_PKI_CHECKED_CHAIN_H
#define HC_PKI_CHECKED_CHAIN_H

#include "pki/path.h"
#include "pki/verify.h"
#include "pki/verify_revocation.h"

/* Chains up to further signers of CRLs, which a checked chain needs to be judged again. One owner each. */
struct hc_checked_signers {
    struct hc_checked_chain *chain[HC_VERIFY_SIGNERS];
    size_t n;
};

/* The signers get one owner more; `path_only`: libcrypto judged without its strict flag. Fails with HC_E_NOMEM. */
struct hc_rc hc_checked_chain_new(const struct hc_path *path, const struct hc_checked_signers *signers, bool path_only,
                                  struct hc_checked_chain **out, struct hc_err *e);

bool hc_checked_chain_is_path_only(const struct hc_checked_chain *chain);

/* The chain as a path, whose indices mean nothing. Borrowed until the chain is freed. */
void hc_checked_chain_path(const struct hc_checked_chain *chain, struct hc_path *out);

/* Borrowed until the chain is freed. */
const struct hc_checked_signers *hc_checked_chain_signers(const struct hc_checked_chain *chain);

#endif
