/*
 * path.h - one path with one reading (T42): what rules judge and what is forwarded are the same bytes.
 *
 * Two programs that read a path differently are the commonest way around a proxy's rules. So a path is brought into one
 * normal form, and a path that any common back end might read as another one is refused.
 *
 * The normal form starts with `/`; letters, digits and - . _ ~ are never escaped; every other escape is kept, in upper
 * case; bytes that a URI may not carry plainly (" < > [ ] ^ ` { | }) are escaped [RFC 3986 6.2.2]. It is its own normal
 * form.
 */
#ifndef HC_POLICY_PATH_H
#define HC_POLICY_PATH_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#define HC_PATH_TARGET_MAX (8 * 1024)               /* path and query as they came; what the HTTP codec accepts */
#define HC_PATH_NORMAL_MAX (3 * HC_PATH_TARGET_MAX) /* every byte escaped; a cap that fits for `path` and `query` */

/*
 * hc_path_normalise - split a request's target and bring its path into the normal form.
 *
 *   target           path and query as they came (head.path). `*` has no path and is refused: answer it before.
 *   allow_semicolon  let `;` (and %3B) pass; see hc_policy_allows_semicolon. Rules then judge each segment up to its
 *                    first `;`
 *   path             gets the normal form appended
 *   query            gets the rest appended, from its `?` on, as it came; nothing when there is no `?`. The target to
 *                    forward is path followed by query
 *
 * Fails with HC_E_HTTP_PATH for: no leading `/`; an invalid escape; an encoded slash; a backslash, control byte, NUL or
 * DEL, plain or encoded (C1 controls too); bytes that do not decode to UTF-8; any plain byte above 0x7e; a `.` or `..`
 * segment, an empty segment (one trailing slash is fine), also before a `;`; `;` unless allowed; `#`; an escape of an
 * escape (%252e) that would become one of these if decoded twice; in the query: a space, control byte, `#` or a byte
 * above 0x7e. Fails with HC_E_HTTP_URI_TOO_LONG beyond HC_PATH_TARGET_MAX, HC_E_NOMEM, HC_E_TOO_BIG (a smaller cap).
 * On failure both buffers hold what they held before. Cost: O(target). Pure but for the buffers; any thread.
 */
struct hc_rc hc_path_normalise(struct hc_bytes target, bool allow_semicolon, struct hc_buf *path, struct hc_buf *query,
                               struct hc_err *e);

/* Takes one byte off the front of a path, decoded when it is an escape; the path must not be empty. */
uint8_t hc_path_decode(struct hc_bytes *path);

#endif
