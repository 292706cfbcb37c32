/* explain_pattern.c - lines that other people's programs print: pieces of text that must occur in order, no more. */
#include "base/auto.h"
#include "doctor/explain_inside.h"

struct meaning {
    enum hc_code code;
    const char *means, *causes, *fix;
};

enum meaning_name {
#define HC_MEANING(name, code, means, causes, fix) MEANS_##name,
#include "doctor/explain_meaning.def"
#undef HC_MEANING
};

static const struct meaning meanings[] = {
#define HC_MEANING(name, code, means, causes, fix) [MEANS_##name] = {code, means, causes, fix},
#include "doctor/explain_meaning.def"
#undef HC_MEANING
};

struct pattern {
    const char *slug, *source;
    enum hc_explain_said said;
    enum meaning_name meaning;
    const char *pieces; /* separated by '|' */
    const char *fix;    /* "": the meaning's */
    const char *example;
};

static const struct pattern patterns[] = {
#define HC_PATTERN(slug, source, said, meaning, pieces, fix, example)                                                  \
    {slug, source, HC_SAID_##said, MEANS_##meaning, pieces, fix, example},
#include "doctor/patterns.def"
#undef HC_PATTERN
};

/* How many bytes of the line the pieces cover, 0 when one is missing. */
static size_t score(struct hc_bytes line, const char *pieces)
{
    size_t covered = 0, n;
    for (const char *p = pieces; *p; p += n + (p[n] == '|')) {
        n = strcspn(p, "|");
        const uint8_t *at = line.n < n ? NULL : memmem(line.p, line.n, p, n);
        if (!at)
            return 0;
        line = hc_bytes_skip(line, (size_t)(at - line.p) + n);
        covered += n;
    }
    return covered;
}

bool hc_explain_pattern_find(struct hc_bytes line, struct hc_explain_match *out)
{
    struct hc_explain_match best = {0, 0};
    for (size_t i = 0; i < HC_COUNT(patterns); i++) {
        size_t s = score(line, patterns[i].pieces);
        if (s > best.score)
            best = (struct hc_explain_match){i, s};
    }
    if (best.score == 0)
        return false;
    *out = best;
    return true;
}

bool hc_explain_pattern_named(struct hc_bytes slug, size_t *row)
{
    for (size_t i = 0; i < HC_COUNT(patterns); i++)
        if (hc_bytes_eq_str(slug, patterns[i].slug)) {
            *row = i;
            return true;
        }
    return false;
}

void hc_explain_pattern_add(struct hc_explain_found *f, size_t row)
{
    const struct pattern *p = &patterns[row];
    const struct meaning *m = &meanings[p->meaning];
    hc_explain_add(f, (struct hc_explanation){
                          .source = p->source,
                          .id = p->slug,
                          .said = p->said,
                          .means = m->means,
                          .causes = m->causes,
                          .fix = *p->fix ? p->fix : m->fix,
                          .code = m->code,
                      });
}

bool hc_explain_pattern(size_t i, struct hc_pattern_row *out)
{
    if (i >= HC_COUNT(patterns))
        return false;
    *out = (struct hc_pattern_row){patterns[i].slug, patterns[i].source, patterns[i].example};
    return true;
}
