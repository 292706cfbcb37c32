// peer_node.js - an https server for each setting of the JSON file: name, port, cert, key, ca, crl, clients, low, high, ...
'use strict';
const fs = require('fs');
const https = require('https');

for (const spec of JSON.parse(fs.readFileSync(process.argv[2], 'utf8'))) {
  const options = {
    cert: fs.readFileSync(spec.cert),
    key: fs.readFileSync(spec.key),
    minVersion: 'TLSv' + (spec.low === '1.0' ? '1' : spec.low),
    maxVersion: 'TLSv' + spec.high,
    requestCert: spec.clients !== 'none',
    rejectUnauthorized: spec.clients === 'required',
  };
  if (spec.clients !== 'none') options.ca = fs.readFileSync(spec.ca);
  if (spec.crl) options.crl = fs.readFileSync(spec.crl, 'utf8').match(/-----BEGIN[^]+?-----END X509 CRL-----\n/g);
  if (spec.suites) options.ciphers = spec.suites + ':@SECLEVEL=0';
  else if (['weak', 'sha1'].includes(spec.cert) || spec.low < '1.2') options.ciphers = 'ALL:@SECLEVEL=0';
  if (spec.groups) options.ecdhCurve = spec.groups;
  if (spec.alpn) options.ALPNProtocols = [spec.alpn];
  const server = https.createServer(options, (request, response) => {
    response.end('hello\n');
  });
  server.on('tlsClientError', (error) => console.log(spec.name, error.message));
  server.listen(spec.port, '127.0.0.1');
}
process.on('SIGTERM', () => process.exit(0));
