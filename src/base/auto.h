/*
 * auto.h - clean-up bound to scope.
 *
 *     HC_AUTO(hc_cert) cert = NULL;      freed on every path out of the block
 *     *out = HC_GIVE(cert);              ownership leaves the block
 */
#ifndef HC_BASE_AUTO_H
#define HC_BASE_AUTO_H

#define HC_AUTO(type) __attribute__((cleanup(type##_auto_free))) struct type *

/* Beside the declaration of `type##_free`, in the header that owns the type. */
#define HC_DEFINE_AUTO(type)                                                                                           \
    static inline void type##_auto_free(struct type **p)                                                               \
    {                                                                                                                  \
        type##_free(*p);                                                                                               \
    }

#define HC_GIVE(p)                                                                                                     \
    __extension__({                                                                                                    \
        __typeof__(p) hc_given_ = (p);                                                                                 \
        (p) = NULL;                                                                                                    \
        hc_given_;                                                                                                     \
    })

#define HC_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The struct of `type` whose member `member` is at `ptr`. */
#define HC_CONTAINER(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#endif
