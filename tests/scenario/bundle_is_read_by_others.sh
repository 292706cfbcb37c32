#!/usr/bin/env bash
# The bundle in each of its forms, read by OpenSSL, GnuTLS, Java and Python.
. "$(dirname "$0")/lib.sh"
"$HANDCLASP" init "Example Corp" --no-passphrase >/dev/null
bundle=$HOME_DIR/publish/bundle.pem
print=$(openssl x509 -in "$bundle" -noout -fingerprint -sha256 | cut -d= -f2)

ok "PEM on stdout" "$HANDCLASP" bundle
cp "$TMP/stdout" "$TMP/b.pem"
is "is the same certificate" "$print" "$(openssl x509 -in "$TMP/b.pem" -noout -fingerprint -sha256 | cut -d= -f2)"
like "with whose it is, its fingerprint and its end" "^# .*Example Corp.*# sha256 ${print,,}.*# until 20" "$(tr '\n' ' ' <"$TMP/b.pem")"
ok "and verifies the root" openssl verify -CAfile "$TMP/b.pem" "$bundle"

# A bundle of several, of every kind of key.
cp "$bundle" "$TMP/many.pem"
for key in rsa:3072 ed25519 "ec -pkeyopt ec_paramgen_curve:P-256" "ec -pkeyopt ec_paramgen_curve:P-521"; do
    # shellcheck disable=SC2086
    openssl req -x509 -newkey $key -nodes -keyout "$TMP/k.pem" -days 90 -subj "/O=Other/CN=$RANDOM" 2>/dev/null >>"$TMP/many.pem"
done
prints=$(awk -v d="$TMP" '/BEGIN/{n++} n{print > (d "/one" n ".pem")}' "$TMP/many.pem"
    for f in "$TMP"/one*.pem; do openssl x509 -in "$f" -noout -fingerprint -sha256; done | cut -d= -f2 | sort)
fingerprints_of() { # PEM on stdin
    awk -v d="$TMP" '/BEGIN CERT/{n++; on=1} on{print > (d "/out" n ".pem")} /END CERT/{on=0}'
    for f in "$TMP"/out*.pem; do openssl x509 -in "$f" -noout -fingerprint -sha256; done | cut -d= -f2 | sort
    rm -f "$TMP"/out*.pem
}

mkfifo "$TMP/device"
no "--out never puts a file in the place of a device" 3 "$HANDCLASP" bundle --out "$TMP/device"
is "which is one still" yes "$([[ -p $TMP/device ]] && echo yes || echo no)"

ok "PKCS #7" "$HANDCLASP" bundle --format pkcs7 --bundle "$TMP/many.pem" --out "$TMP/b.p7b"
is "is a file for everybody" 644 "$(stat -c %a "$TMP/b.p7b")"
is "openssl finds every certificate" "$prints" "$(openssl pkcs7 -in "$TMP/b.p7b" -print_certs | fingerprints_of)"
ok "GnuTLS reads it" certtool --p7-info --infile "$TMP/b.p7b"
is "and finds as many" 5 "$(grep -c 'BEGIN CERTIFICATE' "$TMP/stdout")"

ok "PKCS #12, with a passphrase that is made" "$HANDCLASP" bundle --format p12 --bundle "$TMP/many.pem" --out "$TMP/b.p12"
made=$(grep -oE '[a-z0-9]{4}(-[a-z0-9]{4}){3,}' "$TMP/stderr")
is "openssl finds every certificate" "$prints" "$(openssl pkcs12 -in "$TMP/b.p12" -passin "pass:$made" -nokeys 2>/dev/null | fingerprints_of)"
if command -v keytool >/dev/null; then
    ok "Java lists them" keytool -list -keystore "$TMP/b.p12" -storepass "$made"
    is "each as an anchor" 5 "$(grep -c trustedCertEntry "$TMP/stdout")"
    like "by our name" "handclasp example corp" "$(cat "$TMP/stdout")"
else
    skip "Java lists them" "keytool is missing"
fi
printf 'my own passphrase\n' >"$TMP/pass"
chmod 600 "$TMP/pass"
ok "PKCS #12, with one's own" bash -c '"$HANDCLASP" bundle --format p12 --p12-passphrase-file "$1" | cat > "$2"' - "$TMP/pass" "$TMP/own.p12"
is "which is not shown" "" "$(cat "$TMP/stderr")"
ok "opens it" openssl pkcs12 -in "$TMP/own.p12" -passin "pass:my own passphrase" -nokeys -noout
if script -qec true /dev/null >/dev/null 2>&1 </dev/null; then
    no "a binary form does not go to a terminal" 2 script -qec "$HANDCLASP bundle --format p12" /dev/null
else
    skip "a binary form does not go to a terminal" "this machine has no pseudo-terminals"
fi

ok "JWKS" "$HANDCLASP" bundle --format jwks --bundle "$TMP/many.pem"
cp "$TMP/stdout" "$TMP/b.json"
cat >"$TMP/read.py" <<'PYTHON'
import base64, hashlib, json, subprocess, sys
doc = json.load(open(sys.argv[1]))
assert isinstance(doc["spiffe_sequence"], int) and doc["spiffe_refresh_hint"] > 0
def number(text):
    assert "=" not in text and "+" not in text and "/" not in text
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
for key in doc["keys"]:
    assert key["use"] == "x509-svid" and len(key["x5c"]) == 1, key
    der = base64.b64decode(key["x5c"][0], validate=True)
    text = subprocess.run(["openssl", "x509", "-inform", "DER", "-noout", "-pubkey"], input=der, capture_output=True, check=True).stdout
    spki = base64.b64decode(b"".join(line for line in text.splitlines() if not line.startswith(b"-----")))
    if key["kty"] == "EC":
        size = {"P-256": 32, "P-384": 48, "P-521": 66}[key["crv"]]
        x, y = number(key["x"]), number(key["y"])
        assert len(x) == len(y) == size and spki.endswith(b"\x04" + x + y), key
    elif key["kty"] == "OKP":
        assert key["crv"] == "Ed25519" and spki.endswith(number(key["x"])), key
    else:
        n, e = number(key["n"]), number(key["e"])
        assert key["kty"] == "RSA" and n[0] and n in spki and spki.endswith(e), key
    print(hashlib.sha256(der).hexdigest().upper())
PYTHON
ok "Python reads every key, and it is the certificate's" python3 "$TMP/read.py" "$TMP/b.json"
is "of every certificate" "${prints//:/}" "$(sort "$TMP/stdout")"

no "a format that is none" 2 "$HANDCLASP" bundle --format der
no "a leaf is no anchor" 1 bash -c 'openssl req -x509 -newkey ed25519 -nodes -keyout k -subj /CN=x -addext basicConstraints=CA:FALSE -out leaf.pem 2>/dev/null; exec "$HANDCLASP" bundle --bundle leaf.pem'
no "a bundle that is missing" 3 "$HANDCLASP" bundle --bundle "$TMP/nowhere.pem"
no "a directory that is missing" 3 "$HANDCLASP" bundle --out "$TMP/nowhere/b.pem"
done_testing
