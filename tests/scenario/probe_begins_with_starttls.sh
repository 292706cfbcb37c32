#!/usr/bin/env bash
# The probe begins with the words of PostgreSQL, LDAP, SMTP and IMAP, and names what goes wrong in them.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/scenario/support/causes.sh"

services starttls
done_testing
