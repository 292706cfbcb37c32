#!/usr/bin/env bash
# trust install puts the root into the stores of a machine, and remove leaves each exactly as it was.
. "$(dirname "$0")/lib.sh"
export XDG_STATE_HOME=$TMP/state
unset JAVA_HOME
"$HANDCLASP" init "Example: Corp" --no-passphrase >/dev/null
bundle=$HOME_DIR/publish/bundle.pem
sha=$(openssl x509 -in "$bundle" -outform DER | sha256sum | cut -c1-64)
name="Handclasp Example Corp ${sha:0:8}"

# The machine: an image of a Debian system, Chromium's database, a profile of Firefox, a copy of Java's keystore.
image=$TMP/image
anchors=$image/usr/local/share/ca-certificates
firefox=$TMP/.mozilla/firefox/ab12cd34.default-release
mkdir -p "$anchors" "$TMP/.pki/nssdb" "$firefox" "$TMP/.mozilla/firefox/Crash Reports"
certutil -N -d "sql:$TMP/.pki/nssdb" --empty-password
certutil -N -d "sql:$firefox" --empty-password
stores=(--root "$image")
java=
if command -v keytool >/dev/null; then
    cacerts=$(readlink -f "$(dirname "$(dirname "$(readlink -f "$(command -v keytool)")")")/lib/security/cacerts")
    cp "$cacerts" "$TMP/cacerts"
    chmod 600 "$TMP/cacerts"
    java=$TMP/cacerts
    stores+=(--java-store "$java")
else
    stores+=(--store nss) # never the machine's own
fi
# Somebody else's certificate of the same subject lies there already, and one that has nothing to do with it.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$TMP/o.key" -out "$TMP/o.pem" -days 9 \
    -subj "$(openssl x509 -in "$bundle" -noout -subject -nameopt compat | sed 's/^subject=//')" 2>/dev/null
certutil -A -d "sql:$firefox" -n "Somebody's CA" -t "C,C," -i "$TMP/o.pem"
cp "$TMP/o.pem" "$anchors/corp.crt"

picture() { # what every store shows
    (cd "$image" && find . -printf '%p %m %s\n' | sort)
    certutil -L -d "sql:$TMP/.pki/nssdb"
    certutil -L -d "sql:$firefox"
    certutil -L -d "sql:$firefox" -n "Somebody's CA" -a
    if [[ -n $java ]]; then
        keytool -list -keystore "$java" -storepass changeit 2>/dev/null
    fi
}
picture >"$TMP/before"
picked=("${stores[@]}")
if [[ -z $java ]]; then
    picked=(--root "$image" --store nss)
fi

ok "--print shows what would be done" "$HANDCLASP" trust install "${picked[@]}" --print
like "certutil's command line, exactly" "/certutil -A -d sql:$firefox -n '$name' -t C,, -i " "$(cat "$TMP/stdout")"
picture | cmp -s - "$TMP/before" && same=yes || same=no
is "and changes nothing" yes "$same"
is "not even a record" no "$([[ -e $XDG_STATE_HOME ]] && echo yes || echo no)"
no "without --yes and a terminal nothing is done" 2 setsid "$HANDCLASP" trust install "${picked[@]}"
like "which has its id" HC-7019 "$(cat "$TMP/stderr")"

ok "install" "$HANDCLASP" trust install "${picked[@]}" --yes
like "the database of Chromium has it" "$name +C,," "$(certutil -L -d "sql:$TMP/.pki/nssdb")"
like "and the profile of Firefox" "$name +C,," "$(certutil -L -d "sql:$firefox")"
certutil -V -d "sql:$firefox" -n "$name" -u L >"$TMP/log" 2>&1 && valid=yes || valid=no
is "NSS takes it for a CA of servers" yes "$valid"
if [[ -n $java ]]; then
    is "the image has the file" "$sha" \
        "$(openssl x509 -in "$anchors/handclasp-${sha:0:16}.crt" -outform DER | sha256sum | cut -c1-64)"
    is "readable by everybody" 644 "$(stat -c %a "$anchors/handclasp-${sha:0:16}.crt")"
    like "Java has it" "${name,,}, .*trustedCertEntry" "$(keytool -list -keystore "$java" -storepass changeit 2>/dev/null)"
else
    skip "Java has it" "keytool is missing"
fi
is "the record is nobody else's business" 600 "$(stat -c %a "$XDG_STATE_HOME/handclasp/trust")"
is "no certificate is left lying about" trust "$(ls "$XDG_STATE_HOME/handclasp")"
ok "list" "$HANDCLASP" trust list "${picked[@]}" --json
is "shows them as ours" ours "$(python3 -c 'import json,sys; print(" ".join(sorted({s["state"] for s in json.load(sys.stdin)})))' <"$TMP/stdout")"
ok "installing again does nothing" "$HANDCLASP" trust install "${picked[@]}" --yes
like "and says so" "Nothing to do" "$(cat "$TMP/stdout")"

no "another authority has nothing to remove" 1 "$HANDCLASP" trust remove --bundle "$TMP/o.pem" --yes
like "which has its id" HC-7049 "$(cat "$TMP/stderr")"
ok "remove" "$HANDCLASP" trust remove --yes
picture >"$TMP/after"
if cmp -s "$TMP/before" "$TMP/after"; then
    same=yes
else
    same=no
    diff "$TMP/before" "$TMP/after" | sed 's/^/# /' || true
fi
is "leaves every store as it was" yes "$same"
is "and no record" "" "$(ls "$XDG_STATE_HOME/handclasp")"
no "a second time there is nothing" 1 "$HANDCLASP" trust remove --yes

# What somebody else put before us is never ours.
certutil -A -d "sql:$TMP/.pki/nssdb" -n "put by hand" -t "CT,C,C" -i "$bundle"
ok "install beside somebody else's" "$HANDCLASP" trust install --store nss --yes
like "tells who has it there" "not from here, as put by hand" "$(cat "$TMP/stdout")"
ok "and remove" "$HANDCLASP" trust remove --yes
like "leaves it with its trust" "put by hand +CT,C,C" "$(certutil -L -d "sql:$TMP/.pki/nssdb")"
unlike "and takes ours" "$name" "$(certutil -L -d "sql:$firefox")"

# A crash between the record and the change, and a record that was touched.
ok "install once more" "$HANDCLASP" trust install --store nss --yes
certutil -D -d "sql:$firefox" -n "$name"
ok "what somebody removed is forgotten" "$HANDCLASP" trust remove --yes
printf 'handclasp trust 1\nsystem\t../../etc\tx\ty\n' >"$XDG_STATE_HOME/handclasp/trust"
chmod 600 "$XDG_STATE_HOME/handclasp/trust"
no "a record that is no record changes nothing" 3 "$HANDCLASP" trust remove --everything --yes
like "and says where it is broken" "line 2.*HC-7048|HC-7048.*line 2|line 2" "$(cat "$TMP/stderr")"
rm "$XDG_STATE_HOME/handclasp/trust"
no "a store that does not exist is refused" 2 "$HANDCLASP" trust install --store windows --yes
no "a store that is not found" 3 env HOME="$TMP/run" "$HANDCLASP" trust install --store nss --yes

# A bundle that names its anchor twice, started by something that does not wait for its children.
cat "$bundle" "$bundle" >"$TMP/twice.pem"
ok "an anchor that stands twice is put once, whatever signals were ignored" python3 -c '
import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.execv(sys.argv[1], sys.argv[1:])' "$HANDCLASP" trust install --store nss --bundle "$TMP/twice.pem" --yes
like "and so said once, for the one database without it" "^1$" "$(grep -c '^  put  *nss' <(sed '1,/^Done:/d' "$TMP/stdout"))"
ok "and removed" "$HANDCLASP" trust remove --yes

# With somebody else's HOME: what lies there leads whoever runs the command.
if [[ $(id -u) = 0 ]] && mkdir "$TMP/theirs" && chown 65534 "$TMP/theirs" 2>/dev/null; then
    no "another user's HOME is refused" 3 env HOME="$TMP/theirs" "$HANDCLASP" trust list
    like "with the way out" "belongs to another user.*sudo -H" "$(cat "$TMP/stderr")"
else
    skip "another user's HOME is refused" "only root can make one"
fi

# Debian's own program, in a mount namespace where the system's directories are copies.
if unshare -rm true 2>/dev/null && [[ -x /usr/sbin/update-ca-certificates ]]; then
    cat >"$TMP/inside" <<'INSIDE'
set -e
mkdir -p local certs hooks
cp -a /etc/ssl/certs/. certs
cp -a /usr/local/share/ca-certificates/. local
mount --bind local /usr/local/share/ca-certificates
mount --bind certs /etc/ssl/certs
mount --bind hooks /etc/ca-certificates/update.d
update-ca-certificates --fresh >/dev/null 2>&1 # as the program itself leaves it, without the dead links of others
listing() { find /usr/local/share/ca-certificates /etc/ssl/certs -printf '%p %l\n' | sort; sha256sum /etc/ssl/certs/ca-certificates.crt; }
listing >system.before
"$HANDCLASP" trust install --store system --yes
openssl verify -CApath /etc/ssl/certs "$1"
"$HANDCLASP" trust remove --yes
listing >system.after
diff system.before system.after
INSIDE
    ok "the system trusts it, and then is as before" unshare -rm bash "$TMP/inside" "$bundle"
else
    skip "the system trusts it, and then is as before" "no mount namespace, or no update-ca-certificates"
fi
done_testing
