/* peers.h - peers for tests, written as one string: "dns:a.example email:x@y". */
#ifndef HC_TEST_PEERS_H
#define HC_TEST_PEERS_H

#include "policy/pattern.h"

#define PEER_NAMES 8

struct test_peer {
    struct hc_name names[PEER_NAMES];
    struct hc_peer_view view;
};

static inline struct hc_name name_of(const char *word, size_t n)
{
    static const char *const types[] = {
        [HC_NAME_DNS] = "dns:", [HC_NAME_EMAIL] = "email:", [HC_NAME_URI] = "uri:", [HC_NAME_IP] = "ip:"};
    struct hc_name name = {0};

    for (unsigned t = 0; t < 4; t++) {
        size_t skip = strlen(types[t]);

        if (strncmp(word, types[t], skip) == 0) {
            name.type = (enum hc_name_type)t;
            name.text = hc_bytes_of(word + skip, n - skip);
            if (t == HC_NAME_IP)
                name.ip_n = hc_name_ip(name.text, name.ip);
            return name;
        }
    }
    fail_msg("not a name: %s", word);
    return name;
}

/* NULL: no certificate. The names borrow from `words`. */
static inline void peer_of(const char *words, struct test_peer *out)
{
    memset(out, 0, sizeof *out);
    out->view.names = out->names;
    out->view.verified = words != NULL;
    while (words && *words) {
        size_t n = strcspn(words, " ");

        assert_true(out->view.n < PEER_NAMES);
        out->names[out->view.n++] = name_of(words, n);
        words += n + (words[n] == ' ');
    }
}

#endif
