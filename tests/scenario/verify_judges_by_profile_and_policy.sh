#!/usr/bin/env bash
# verify holds one chain against the rules that it is asked for: profile, certificate policies, depth, OCSP responses, old CRLs.
. "$(dirname "$0")/lib.sh"
P1=1.3.6.1.4.1.99999.1 P2=1.3.6.1.4.1.99999.2 P3=1.3.6.1.4.1.99999.3
serial=100

key() { # NAME
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key" 2>/dev/null
}

certify() { # NAME ISSUER SUBJECT EXTENSION...: a line of openssl's configuration each
    local name=$1 issuer=$2 subject=$3
    shift 3
    key "$name"
    printf '%s\n' "$@" 'subjectKeyIdentifier = hash' 'authorityKeyIdentifier = keyid' >"$name.ext"
    openssl req -new -key "$name.key" -subj "$subject" -out "$name.csr" 2>/dev/null
    serial=$((serial + 1))
    openssl x509 -req -in "$name.csr" -CA "$issuer.pem" -CAkey "$issuer.key" -set_serial "$serial" -days 30 -sha256 \
        -extfile "$name.ext" -out "$name.pem" 2>/dev/null
}

ca() { # NAME ISSUER EXTENSION...
    certify "$1" "$2" "/O=Scenario/CN=$1" 'basicConstraints = critical, CA:TRUE' 'keyUsage = critical, keyCertSign, cRLSign' "${@:3}"
}

leaf() { # NAME ISSUER EXTENSION...
    certify "$1" "$2" "/O=Scenario/CN=$1" 'basicConstraints = critical, CA:FALSE' 'keyUsage = critical, digitalSignature' "${@:3}"
}

key root
openssl req -x509 -key root.key -subj "/O=Scenario/CN=root" -days 60 -out root.pem -addext 'basicConstraints = critical, CA:TRUE' \
    -addext 'keyUsage = critical, keyCertSign, cRLSign' 2>/dev/null
server='extendedKeyUsage = serverAuth' both='extendedKeyUsage = serverAuth, clientAuth'
ca plain root
ca policy root "certificatePolicies = $P1, $P2"
ca any root 'certificatePolicies = 2.5.29.32.0'
ca mapper root "certificatePolicies = $P1" "policyMappings = critical, $P1:$P3"
ca lower plain
leaf shop plain "$server" 'subjectAltName = DNS:shop'
leaf no_purpose plain 'subjectAltName = DNS:shop'
leaf no_name plain "$server"
leaf workload plain "$both" 'subjectAltName = URI:spiffe://example.org/web'
leaf two_ids plain "$both" 'subjectAltName = URI:spiffe://example.org/web, URI:spiffe://example.org/db'
leaf no_id plain "$both" 'subjectAltName = DNS:shop'
leaf critical_names plain "$server" 'subjectAltName = critical, DNS:shop'
leaf p1 policy "$server" 'subjectAltName = DNS:shop' "certificatePolicies = $P1"
leaf below_any any "$server" 'subjectAltName = DNS:shop' "certificatePolicies = $P1"
leaf mapped mapper "$server" 'subjectAltName = DNS:shop' "certificatePolicies = $P3"
leaf deep lower "$server" 'subjectAltName = DNS:shop'
cat lower.pem >>deep.pem

judge() { # LEAF ISSUER OPTION...
    "$HANDCLASP" verify "$1.pem" --untrusted "$2.pem" --bundle root.pem "${@:3}"
}
yes() { # SENTENCE LEAF ISSUER OPTION...
    ok "$1" judge "${@:2}"
    like "$1: it says so" '^yes: ' "$(cat "$TMP/stdout")"
}
said_no() { # SENTENCE ID LEAF ISSUER OPTION...
    no "$1" 1 judge "${@:3}"
    like "$1: $2" "^no: .*\($2\)" "$(head -n 1 "$TMP/stdout")"
}
# A response that does not say that the certificate is good leaves the question to CRLs, and here there are none.
open_by() { # SENTENCE ID LEAF ISSUER OPTION...
    no "$1" 1 judge "${@:3}"
    like "$1: it says no" '^no: ' "$(cat "$TMP/stdout")"
    like "$1: $2 is among the reasons" "$2  *leaf" "$(cat "$TMP/stdout")"
}

# --- profiles ---------------------------------------------------------------------------------------------------------
yes "an ordinary server" shop plain
for profile in gate rfc5280 webpki; do
    yes "an ordinary server by $profile" shop plain --profile "$profile" --purpose server --name dns:shop
done
said_no "a gate wants a purpose" HC-1207 no_purpose plain --profile gate
yes "RFC 5280 asks for none" no_purpose plain --profile rfc5280
said_no "a gate wants a name" HC-1305 no_name plain --profile gate
yes "RFC 5280 asks for none" no_name plain --profile rfc5280
said_no "the web's rules want none critical beside a subject" HC-1014 critical_names plain --profile webpki
like "the finding names the clause" 'CABF' "$(cat "$TMP/stdout")"
yes "one SPIFFE identity" workload plain --profile spiffe --name spiffe://example.org/web
said_no "two SPIFFE identities" HC-1307 two_ids plain --profile spiffe
said_no "no SPIFFE identity" HC-1307 no_id plain --profile spiffe

# --- policies ---------------------------------------------------------------------------------------------------------
yes "a chain without policies" shop plain --policy $P1
said_no "a chain without policies, where one is needed" HC-1110 shop plain --explicit-policy
yes "the policy that is needed" p1 policy --explicit-policy --policy $P1
yes "one of those that would do" p1 policy --explicit-policy --policy $P3 --policy $P1
said_no "a policy of the CA that the leaf does not have" HC-1110 p1 policy --explicit-policy --policy $P2
yes "any policy will do" p1 policy --explicit-policy
yes "a CA for any policy" below_any any --explicit-policy --policy $P1
said_no "a CA for any policy, where that counts for nothing" HC-1110 below_any any --explicit-policy --policy $P1 --inhibit-any
yes "a policy that a CA mapped" mapped mapper --explicit-policy --policy $P1
said_no "a policy that a CA mapped, where that is not wanted" HC-1110 mapped mapper --explicit-policy --policy $P1 --inhibit-mapping

# --- depth ------------------------------------------------------------------------------------------------------------
yes "two CAs where two may be" deep plain --max-depth 2
no "two CAs where one may be" 1 judge deep plain --max-depth 1
like "it says no" '^no: ' "$(cat "$TMP/stdout")"
said_no "a CA where none may be" HC-1101 shop plain --max-depth 0

# --- OCSP -------------------------------------------------------------------------------------------------------------
leaf responder plain 'extendedKeyUsage = critical, OCSPSigning'
leaf revoked plain "$server" 'subjectAltName = DNS:shop'
number_of() {
    openssl x509 -in "$1.pem" -noout -serial | cut -d = -f 2
}
end=$(date -u -d '+20 days' +%y%m%d%H%M%SZ)
{
    printf 'V\t%s\t\t%s\tunknown\t/CN=shop\n' "$end" "$(number_of shop)"
    printf 'R\t%s\t%s,keyCompromise\t%s\tunknown\t/CN=revoked\n' "$end" "$(date -u -d yesterday +%y%m%d%H%M%SZ)" "$(number_of revoked)"
} >index
answer() { # OUT SIGNER LEAF...: what a responder says of them, for two days
    local out=$1 signer=$2 name
    local -a about=()
    for name in "${@:3}"; do
        about+=(-cert "$name.pem")
    done
    openssl ocsp -index index -CA plain.pem -issuer plain.pem "${about[@]}" -rsigner "$signer.pem" -rkey "$signer.key" -ndays 2 \
        -respout "$out" >/dev/null 2>&1
}
answer good.der plain shop
answer delegated.der responder shop
answer bad.der responder revoked
answer unknown.der responder no_purpose
answer forged.der root shop
answer both.der responder shop revoked
yes "the issuer says that it is good" shop plain --ocsp good.der
unlike "revocation was checked" 'revocation: not checked' "$(cat "$TMP/stdout")"
yes "the issuer's responder says that it is good" shop plain --ocsp delegated.der
yes "so it does among others" shop plain --ocsp both.der
yes "of several responses the one about it counts" shop plain --ocsp bad.der --ocsp good.der
said_no "it says that it is revoked" HC-1401 revoked plain --ocsp bad.der
said_no "so it does among others" HC-1401 revoked plain --ocsp both.der
open_by "it says that it does not know it" HC-1417 no_purpose plain --profile rfc5280 --ocsp unknown.der
said_no "a response about another certificate is none" HC-1403 no_purpose plain --profile rfc5280 --ocsp good.der
said_no "another CA's response" HC-1415 shop plain --ocsp forged.der
open_by "a response that is too old" HC-1416 shop plain --ocsp good.der --at "$(date -u -d '+3 days' +%FT%TZ)"
said_no "an old response still condemns" HC-1401 revoked plain --ocsp bad.der --at "$(date -u -d '+3 days' +%FT%TZ)"
head -c 50 good.der >cut.der
no "half a response" 1 judge shop plain --ocsp cut.der
like "half a response: why" 'HC-1414' "$(cat "$TMP/stdout" "$TMP/stderr")"
no "a response that is not there" 3 judge shop plain --ocsp none.der
openssl ocsp -respin good.der -resp_text -noverify 2>/dev/null | sed -n 's/^ *Next Update: //p' >"$TMP/next"
last=$(date -u -d "$(cat "$TMP/next")" +%s)
yes "the last second of a response" shop plain --ocsp good.der --at "$(date -u -d "@$last" +%FT%TZ)"
open_by "the second after it" HC-1416 shop plain --ocsp good.der --at "$(date -u -d "@$((last + 1))" +%FT%TZ)"

# --- CRLs that are past their end -------------------------------------------------------------------------------------
printf '[ca]\ndefault_ca = d\n[d]\ndatabase = crl.index\ncrlnumber = crl.number\ndefault_md = sha256\ndefault_crl_days = 2\n' >crl.conf
printf 'crl_extensions = e\n[e]\nauthorityKeyIdentifier = keyid\n' >>crl.conf
for name in root plain; do
    echo 01 >crl.number
    : >crl.index
    openssl ca -config crl.conf -gencrl -cert $name.pem -keyfile $name.key -out $name.crl 2>/dev/null
done
last=$(date -u -d "$(openssl crl -in plain.crl -noout -nextupdate | cut -d = -f 2)" +%s)
root_last=$(date -u -d "$(openssl crl -in root.crl -noout -nextupdate | cut -d = -f 2)" +%s)
((root_last >= last)) || last=$root_last
at() {
    date -u -d "@$1" +%FT%TZ
}
crls=(--crl plain.crl --crl root.crl)
yes "the last second of a CRL" shop plain "${crls[@]}" --at "$(at "$last")"
said_no "an hour after its end" HC-1404 shop plain "${crls[@]}" --at "$(at $((last + 3600)))"
yes "the last second of the hour that is allowed" shop plain "${crls[@]}" --at "$(at $((last + 3600)))" --allow-stale 1h
said_no "a minute after it" HC-1404 shop plain "${crls[@]}" --at "$(at $((last + 3660)))" --allow-stale 1h

# --- CRLs of the CAs above --------------------------------------------------------------------------------------------
revoke_by() { # ISSUER [REVOKED]: ISSUER.crl
    echo 02 >crl.number
    : >crl.index
    [[ -z ${2:-} ]] || printf 'R\t%s\t%s\t%s\tunknown\t/CN=x\n' "$end" "$(date -u -d yesterday +%y%m%d%H%M%SZ)" "$(number_of "$2")" >crl.index
    openssl ca -config crl.conf -gencrl -cert "$1.pem" -keyfile "$1.key" -out "$1.crl" 2>/dev/null
}
revoke_by lower
revoke_by plain
yes "the root's CRL is not at hand" deep plain --crl lower.crl --crl plain.crl
like "and that is said" 'not checked for its issuing CA' "$(cat "$TMP/stdout")"
revoke_by plain lower
said_no "a CA is revoked, and the root's CRL is not at hand" HC-1402 deep plain --crl lower.crl --crl plain.crl
said_no "a CA is revoked" HC-1402 deep plain --crl lower.crl --crl plain.crl --crl root.crl

# --- what is no option ------------------------------------------------------------------------------------------------
usage() { # REGEX OPTION...
    no "refused: ${*:2}" 2 judge shop plain "${@:2}"
    like "refused: ${*:2}: it says why" "$1" "$(cat "$TMP/stderr")"
}
usage 'gate, rfc5280, webpki and spiffe' --profile strict
usage 'no duration' --allow-stale soon
usage 'no OID' --policy anyPolicy
usage 'max-depth' --max-depth many
done_testing
