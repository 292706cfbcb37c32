/* grant.c - the doors, one function each. Today there is one door. */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "authority/grant_inside.h"

struct hc_rc hc_issue_grant_cli(struct hc_issue_grant **out, struct hc_err *e)
{
    struct hc_issue_grant *grant = calloc(1, sizeof *grant);
    char store[4096];
    struct passwd pw, *found = NULL;

    if (!grant)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for a grant");
    grant->door = "cli";
    grant->profiles = 1u << HC_PROFILE_SERVER | 1u << HC_PROFILE_CLIENT | 1u << HC_PROFILE_PEER |
                      1u << HC_PROFILE_PERSON | 1u << HC_PROFILE_ISSUING_CA;
    if (getpwuid_r(getuid(), &pw, store, sizeof store, &found) != 0 || !found)
        (void)snprintf(grant->who, sizeof grant->who, "uid %u", (unsigned)getuid());
    else
        (void)snprintf(grant->who, sizeof grant->who, "%s (uid %u)", pw.pw_name, (unsigned)getuid());
    *out = grant;
    return HC_OK;
}

void hc_issue_grant_free(struct hc_issue_grant *grant)
{
    free(grant);
}

struct hc_rc hc_grant_check(const struct hc_issue_grant *grant, enum hc_profile profile, struct hc_err *e)
{
    if ((grant->profiles & 1u << profile) == 0) /* what no door named is refused */
        return HC_FAIL(e, HC_E_USAGE, "%s may not have a certificate of the profile %s by the door %s", grant->who,
                       hc_profile_row(profile)->word, grant->door);
    return HC_OK;
}
