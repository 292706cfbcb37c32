#!/usr/bin/env bash
# Revoked, expired, no longer trusted, no longer named: the open connections of a TCP relay end, fresh and resumed ones alike.
. "$(dirname "$0")/support/crowd.sh"
household
start echo python3 "$SUPPORT/crowd.py" --echo "$TMP/echo.port"
wait_for 10 test -s "$TMP/echo.port"
crowd_scenario tcp "forward: tcp://127.0.0.1:$(cat "$TMP/echo.port")"
