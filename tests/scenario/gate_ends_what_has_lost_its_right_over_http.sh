#!/usr/bin/env bash
# Revoked, expired, no longer trusted, no longer named: the open HTTP connections before a back end end, fresh and resumed ones alike.
. "$(dirname "$0")/support/crowd.sh"
household
backend_start app
crowd_scenario http "forward: http://$backend"
