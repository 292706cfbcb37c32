#!/usr/bin/env bash
# Revoked, expired, no longer trusted, no longer named: the open connections of served files end, fresh and resumed ones alike.
. "$(dirname "$0")/support/crowd.sh"
household
mkdir "$TMP/www"
echo "a page" >"$TMP/www/index.html"
crowd_scenario http "serve: $TMP/www"
