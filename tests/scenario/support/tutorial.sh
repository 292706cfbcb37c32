# tutorial.sh - runs the commands of a page, every ```sh block of it, in their order and as a reader would type them.
#
#     . "$(dirname "$0")/support/tutorial.sh"       # sources lib.sh as well
#     tutorial docs/authority.md
#
# In the end the files that they left lie in $PWD/work, what they printed in tutorial.out. Ports of the loopback interface that the
# page names are replaced by ports that are free here.
# shellcheck shell=bash
# shellcheck source=tests/scenario/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

tutorial() {
    local bin=$TMP/bin code=0 blocks page_port
    mkdir "$bin" work
    ln -s "$HANDCLASP" "$bin/handclasp"
    export PATH=$bin:$PATH
    unset HANDCLASP_HOME HANDCLASP_RUNTIME

    # The blocks become one script, so that variables and directories carry over; it says which block it is in.
    awk '/^```sh$/ { inside = 1; n++; print "echo \"@@ " n "\" >&3"; next }
         /^```$/ { inside = 0; next }
         /^## / { gsub(/[`"$\\]/, ""); print "echo \"## " substr($0, 4) "\" >&3"; next }
         inside { print }' "$ROOT/$1" >tutorial.sh
    while read -r page_port; do
        sed -i -E "s/\b(127\.0\.0\.1|localhost):$page_port\b/\1:$(free_port)/" tutorial.sh
    done < <(grep -oE '\b(127\.0\.0\.1|localhost):[0-9]+' tutorial.sh | sed 's/.*://' | sort -u)
    # shellcheck disable=SC2016 # for that script to expand
    sed -i '1i trap '\''kill $(jobs -p) 2>/dev/null || true'\'' EXIT' tutorial.sh # what a page starts ends with it
    blocks=$(grep -c '^echo "@@' tutorial.sh)

    (cd work && bash -euo pipefail ../tutorial.sh 3>../progress >../tutorial.out 2>&1 </dev/null) || code=$?
    is "the commands of $1 run to their end" 0 "$code"
    if ((code != 0)); then
        _note "it stopped in block $(grep -c '^@@' progress) of $blocks, under: $(grep '^##' progress | tail -n 1)"
        tail -n 15 tutorial.out | sed 's/^/# /'
    fi
    is "every block of it was run" "$blocks" "$(grep -c '^@@' progress)"
    is "and it has blocks to run" 1 "$((blocks > 5))"
}
