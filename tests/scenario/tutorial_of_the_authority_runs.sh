# Every command of docs/authority.md, in its order, as a reader would type it.
# shellcheck source=tests/scenario/lib.sh
. "$(dirname "$0")/lib.sh"

bin=$TMP/bin
mkdir "$bin" work
ln -s "$HANDCLASP" "$bin/handclasp"
export PATH=$bin:$PATH
unset HANDCLASP_HOME

# The blocks become one script, so that variables and directories carry over; it says which block it is in.
awk '/^```sh$/ { inside = 1; n++; print "echo \"@@ " n "\" >&3"; next }
     /^```$/ { inside = 0; next }
     /^## / { print "echo \"## " substr($0, 4) "\" >&3"; next }
     inside { print }' "$ROOT/docs/authority.md" >tutorial.sh
blocks=$(grep -c '^echo "@@' tutorial.sh)

code=0
(cd work && bash -euo pipefail ../tutorial.sh 3>../progress >../tutorial.out 2>&1 </dev/null) || code=$?
is "the tutorial of the authority runs to its end" 0 "$code"
if ((code != 0)); then
    _note "it stopped in block $(grep -c '^@@' progress) of $blocks, under: $(grep '^##' progress | tail -n 1)"
    tail -n 15 tutorial.out | sed 's/^/# /'
fi
is "every block of it was run" "$blocks" "$(grep -c '^@@' progress)"
is "and it has blocks to run" 1 "$((blocks > 10))"

done_testing
