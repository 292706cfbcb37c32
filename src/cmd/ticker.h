/* ticker.h - seconds on a terminal while one long call is under way that tells nothing by itself. */
#ifndef HC_CMD_TICKER_H
#define HC_CMD_TICKER_H

struct hc_ticker;

/* Begins: after two seconds "WHAT, seconds: 3" stands on stderr, when that is a terminal. Never fails: whoever cannot be
 * told is not told, and NULL is fine for the end. */
struct hc_ticker *hc_ticker_start(const char *what);

/* Erases it. Nothing else may be printed before. NULL-safe. */
void hc_ticker_stop(struct hc_ticker *ticker);

#endif
