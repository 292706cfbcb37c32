#!/usr/bin/env bash
# The .p12 of every platform is read back by OpenSSL, NSS and Java with the algorithms that platform imports; the profiles of
# ios and macos by a reader of property lists.
. "$(dirname "$0")/lib.sh"
id=$HOME_DIR/identities
"$HANDCLASP" init "Example Corp" --no-passphrase >/dev/null
"$HANDCLASP" issue person alice@example.com >/dev/null
"$HANDCLASP" issue server shop.example.com >/dev/null
printf 'a passphrase of mine\n' >pass
certutil -N -d "$TMP" --empty-password

imports() { # FILE PASSPHRASE PLATFORM
    ok "$3: openssl opens it" openssl pkcs12 -in "$1" -passin "pass:$2" -legacy -nodes -out all.pem
    is "$3: one key" 1 "$(grep -c 'BEGIN PRIVATE KEY' all.pem)"
    is "$3: certificate, issuing CA and root" 3 "$(grep -c 'BEGIN CERTIFICATE' all.pem)"
    no "$3: another passphrase does not" 1 openssl pkcs12 -in "$1" -passin pass:other -legacy -nodes
    rm -rf nss
    mkdir nss
    certutil -N -d nss --empty-password
    ok "$3: NSS lists it" pk12util -l "$1" -d nss -W "$2"
    ok "$3: NSS imports it" pk12util -i "$1" -d nss -W "$2" -K ""
    like "$3: with its key" 'u,u,u' "$(certutil -L -d nss)"
    if command -v keytool >/dev/null; then
        ok "$3: Java lists it" keytool -list -keystore "$1" -storetype PKCS12 -storepass "$2"
        like "$3: as a key with its chain" 'PrivateKeyEntry' "$(cat "$TMP/stdout")"
    else
        skip "$3: Java lists it" "no keytool"
        skip "$3: as a key with its chain" "no keytool"
    fi
}

modern='PBES2, PBKDF2, AES-256-CBC, Iteration [0-9]+, PRF hmacWithSHA256'
legacy='pbeWithSHA1And3-KeyTripleDES-CBC'
for platform in modern android ios macos windows firefox java; do
    mkdir "$platform"
    ok "$platform: export says where and how" bash -c 'cd "$1" && "$HANDCLASP" export alice@example.com --for "$1"' - "$platform"
    made=$(sed -n 's/^  passphrase *//p' "$TMP/stdout")
    like "$platform: the passphrase is made" '^[a-z0-9]{4}(-[a-z0-9]{4}){3,}$' "$made"
    file=$platform/alice@example.com.p12
    is "$platform: nobody else reads it" 600 "$(stat -c %a "$file")"
    imports "$file" "$made" "$platform"
    how=$(openssl pkcs12 -info -in "$file" -passin "pass:$made" -legacy -nokeys -nocerts 2>&1)
    case $platform in
    android | ios | macos)
        like "$platform: 3DES" "$legacy" "$how"
        like "$platform: SHA-1 check" 'MAC: sha1' "$how"
        ;;
    *)
        like "$platform: AES-256" "$modern" "$how"
        like "$platform: SHA-256 check" 'MAC: sha256' "$how"
        ;;
    esac
    unlike "$platform: never RC2" 'RC2' "$how"
done
is "only ios and macos get a profile" "ios/alice@example.com.mobileconfig macos/alice@example.com.mobileconfig" "$(echo ./*/*.mobileconfig | sed 's|\./||g')"

# --- profiles ---
cat >profile.py <<'END'
import plistlib, re, ssl, subprocess, sys, uuid
profile = plistlib.load(open(sys.argv[1], "rb"))
assert profile["PayloadType"] == "Configuration" and profile["PayloadVersion"] == 1
parts = {part["PayloadType"]: part for part in profile["PayloadContent"]}
assert {"com.apple.security.root", "com.apple.security.pkcs12"} <= set(parts), parts.keys()
ids = [part["PayloadUUID"] for part in [profile, *profile["PayloadContent"]]]
assert len(set(ids)) == len(ids) and all(uuid.UUID(i) for i in ids)
assert len({part["PayloadIdentifier"] for part in [profile, *profile["PayloadContent"]]}) == len(ids)
root = ssl.PEM_cert_to_DER_cert(re.search("-----BEGIN.*?END CERTIFICATE-----\n", open(sys.argv[2]).read(), re.S)[0])
assert parts["com.apple.security.root"]["PayloadContent"] == root
assert "Password" not in parts["com.apple.security.pkcs12"]
open("inside.p12", "wb").write(parts["com.apple.security.pkcs12"]["PayloadContent"])
END
for platform in ios macos; do
    ok "$platform: the passphrase may be given" "$HANDCLASP" export alice@example.com --for "$platform" --out "mine-$platform.p12" --p12-passphrase-file pass
    unlike "$platform: it is not printed then" 'mine|passphrase of' "$(grep -v mine- "$TMP/stdout")"
    is "$platform: the profile is beside it" 600 "$(stat -c %a "mine-$platform.mobileconfig")"
    ok "$platform: a reader of property lists reads it" python3 profile.py "mine-$platform.mobileconfig" "$HOME_DIR/publish/bundle.pem"
    ok "$platform: the .p12 in it opens" openssl pkcs12 -in inside.p12 -passin "pass:a passphrase of mine" -legacy -nodes -out inside.pem
    is "$platform: and is the person's" "$(openssl x509 -in "$id/alice@example.com/cert.pem" -noout -fingerprint)" "$(openssl x509 -in inside.pem -noout -fingerprint)"
done

# --- issue --for, others than persons, refusals ---
ok "issue --for ios makes the profile at once" "$HANDCLASP" issue person bob@example.com --for ios
like "and says where" 'bob@example.com.mobileconfig' "$(cat "$TMP/stdout")"
ok "it is there" test -s "$id/bob@example.com/bob@example.com.mobileconfig"
no "a key that the platform does not import is not made" 2 "$HANDCLASP" issue person ed@example.com --key ed25519 --for ios
ok "nor anything else" test ! -e "$id/ed@example.com"
no "a server gets none" 2 "$HANDCLASP" issue server a.example.com --for ios
ok "but can be exported, for Java for instance" "$HANDCLASP" export shop.example.com --for java --out keystore.p12 --p12-passphrase-file pass
no "never over another file" 1 "$HANDCLASP" export shop.example.com --out keystore.p12
like "HC-7053" 'HC-7053' "$(cat "$TMP/stderr")"
no "a platform that there is not" 2 "$HANDCLASP" export shop.example.com --for iso
like "the nearest is named" 'ios' "$(cat "$TMP/stderr")"
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout far.key -subj / -out far.csr 2>/dev/null
"$HANDCLASP" sign far.csr far.example.com >/dev/null
no "a key that is elsewhere" 1 "$HANDCLASP" export far.example.com
like "HC-7047" 'HC-7047' "$(cat "$TMP/stderr")"
ok "leaves nothing behind" test ! -e far.example.com.p12
"$HANDCLASP" revoke shop.example.com --yes >/dev/null
no "what is revoked is not exported" 1 "$HANDCLASP" export shop.example.com --out again.p12
no "nor what there never was" 1 "$HANDCLASP" export nobody.example.com
like "the help lists the platforms" 'android .*3DES' "$("$HANDCLASP" export --help | tr '\n' ' ')"
done_testing
