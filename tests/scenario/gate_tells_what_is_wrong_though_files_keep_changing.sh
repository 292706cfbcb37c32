#!/usr/bin/env bash
# What is wrong is told after some seconds though files change all the time; and a configuration that was refused for the want of
# a file is taken as soon as the file is there, though only it names that file.
. "$(dirname "$0")/support/gate.sh"
household
mkdir "$TMP/www"
echo "a page" >"$TMP/www/index.html"
conf() { # CRLS WHO
    cat >"$TMP/gate.yaml.new" <<CONF
revocation: {crl: [$1]}
gates:
  - name: web
    listen: "127.0.0.1:0"
    identity: gate.example.com
    clients: required
    serve: $TMP/www
    routes:
      - path: /**
        allow: ["email:$2@example.com"]
CONF
    mv "$TMP/gate.yaml.new" "$TMP/gate.yaml"
}
conf "$CRLS" "*"
gate_run web "$TMP/gate.yaml"
allowed "Bob is let in" bob@example.com

restless() { # another wrong file at every tick
    while sleep 0.1; do
        echo "$RANDOM is no CRL" >"$CRLS/wrong.crl"
    done
}
mark_log
start restless restless
ok "a wrong file is told, though it changes all the time" wait_for 6 _new_line '"event":"alarm","id":"HC-1406"'
allowed "and what is good stays in use" bob@example.com
stop restless || true
rm "$CRLS/wrong.crl"
sleep 0.5

mark_log
conf "$CRLS, $TMP/more" alice
alarm "a configuration that names what is not there is refused" HC-6002
mark_log
allowed "and the one before goes on" bob@example.com
mkdir -m 755 "$TMP/more"
ok "once it is there, the configuration is taken without another touch" until_status 403 bob@example.com
allowed "all of it" alice@example.com
ok "a reload finds the same" "$HANDCLASP" gate reload "$TMP/gate.yaml"
is "and nothing wrong" "configuration, certificates and CRLs were read again" "$(cat "$TMP/stdout")"
done_testing
