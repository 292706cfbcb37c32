#!/usr/bin/env bash
# What the completion scripts offer: asked of a real bash as its line editor asks; zsh and fish only read theirs.
. "$(dirname "$0")/lib.sh"

"$HANDCLASP" completion bash >"$TMP/handclasp.bash"
mkdir -p "$TMP/there/directory"
touch "$TMP/there/chain.pem" "$TMP/there/two words.pem"

# offers WORD...: what a bash offers for the last of these words, one a line, sorted. Nothing of this program is run by it.
offers() {
    (
        cd "$TMP/there" || exit
        # shellcheck disable=SC2016 # for the inner bash
        env -i PATH=/nowhere "$BASH" --norc --noprofile -c '
            source "$1"
            shift
            COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
            _handclasp
            printf "%s\n" "${COMPREPLY[@]}"
        ' bash "$TMP/handclasp.bash" handclasp "$@" | LC_ALL=C /usr/bin/sort
    )
}

# lines WORD...: the words, one a line
lines() {
    printf '%s\n' "$@"
}

ok "bash reads its script" bash -n "$TMP/handclasp.bash"
is "all commands are offered" "$("$HANDCLASP" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p' | sort)" "$(offers '')"
is "a command is completed" "$(lines publish)" "$(offers pu)"
is "so is probe" "$(lines probe)" "$(offers pro)"
is "several that begin alike are all offered" "$(lines issue issuer)" "$(offers issu)"
is "an option of a command is completed" "$(lines --listen)" "$(offers gate --li)"
is "after another option too" "$(lines --forward)" "$(offers gate --listen 127.0.0.1:1 --fo)"
is "options stand before a command as well" "$(lines --home)" "$(offers --ho)"
is "the command is found behind --home DIR" "$(lines verify)" "$(offers --home /nowhere verif)"
like "the words of a command are offered" "status" "$(offers gate sta)"
is "but only as its first word" "" "$(offers gate status sta)"
is "an option's value does not count as a word" "$(lines reload run)" "$(offers gate --name x r)"
is "where nothing is asked for, options are offered" "$("$HANDCLASP" list --help | sed -n 's/^  \(--[a-z-]*\).*/\1/p' | sort)" "$(offers list '')"
is "a file is completed where one is meant" "$(lines chain.pem)" "$(offers verify ch)"
is "as an option's value" "$(lines chain.pem)" "$(offers gate --certificate ch)"
is "with blanks in its name" "$(lines 'two words.pem')" "$(offers verify tw)"
is "only a directory where that is meant" "$(lines directory)" "$(offers gate --serve '')"
is "nothing where a value is one's own" "" "$(offers gate --listen '')"
is "nothing after a command that there is not" "" "$(offers nothing '')"
for command in $(offers ''); do
    is "every option of $command is offered" \
        "$("$HANDCLASP" "$command" --help | sed -n '/^Options:/,/^Example:/s/^  \(--[a-z0-9-]*\).*/\1/p' | sort)" "$(offers "$command" --)"
done
ok "the pages of the manual are completed" grep -qx errors <(offers manual '')

"$HANDCLASP" completion zsh >"$TMP/_handclasp"
"$HANDCLASP" completion fish >"$TMP/handclasp.fish"
like "the script for zsh says what it is for" '^#compdef handclasp' "$(<"$TMP/_handclasp")"
if command -v zsh >/dev/null; then
    ok "zsh reads its script" zsh -n "$TMP/_handclasp"
else
    skip "zsh reads its script" "zsh is not here"
fi
if command -v fish >/dev/null; then
    ok "fish reads its script" fish --no-execute "$TMP/handclasp.fish"
else
    skip "fish reads its script" "fish is not here"
fi
no "there is no script for another shell" 2 "$HANDCLASP" completion csh
done_testing
