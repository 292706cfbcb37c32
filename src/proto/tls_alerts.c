/* tls_alerts.c - the alerts of TLS, and what their sender says by each. Whose fault it is is not in the alert. */
#include "base/auto.h"
#include "proto/tls_wire.h"

static const struct hc_tls_alert_row alerts[] = {
    {0, "close_notify", "I have sent everything that I had to send and am closing the connection in good order."},
    {10, "unexpected_message", "You sent a message that must not come at this point."},
    {20, "bad_record_mac", "A record of yours could not be decrypted: it was changed on the way, or our keys differ."},
    {21, "decryption_failed", "A record of yours could not be decrypted. (Used up to TLS 1.0 only.)"},
    {22, "record_overflow", "You sent a record that is longer than TLS allows."},
    {30, "decompression_failure", "What you sent could not be decompressed. (Used up to TLS 1.2 only.)"},
    {40, "handshake_failure",
     "Of what you offer or present nothing is acceptable to me; which part of it I do not say (versions, suites, "
     "groups, signatures, or a missing certificate)."},
    {41, "no_certificate", "I have no certificate to present. (Used in SSL 3.0 only.)"},
    {42, "bad_certificate",
     "Your certificate is not acceptable: it cannot be read, a signature in its chain is wrong, or I refuse it for a "
     "reason that has no alert of its own."},
    {43, "unsupported_certificate", "Your certificate is of a kind that I do not support, or not meant for this use."},
    {44, "certificate_revoked", "Your certificate, or one above it, was revoked by the authority that issued it."},
    {45, "certificate_expired", "Your certificate, or one above it, is not valid now by my clock."},
    {46, "certificate_unknown", "Something else about your certificate makes it unacceptable to me."},
    {47, "illegal_parameter", "A message of yours holds a value that is out of range or contradicts another."},
    {48, "unknown_ca",
     "I find no way from your certificate to an authority that I trust: I do not know the root, or a certificate in "
     "between is missing."},
    {49, "access_denied", "Your certificate is valid, and its owner may not come in here."},
    {50, "decode_error", "A message of yours is malformed: a length or a field in it is wrong."},
    {51, "decrypt_error", "A signature or a Finished message of yours does not prove what it must prove."},
    {52, "too_many_cids_requested", "You asked for more connection identifiers than I give. (DTLS only.)"},
    {60, "export_restriction", "The key lengths are not allowed by old export rules. (Used in TLS 1.0 only.)"},
    {70, "protocol_version", "The TLS version that you speak is one that I recognise and do not accept."},
    {71, "insufficient_security", "What you offer is weaker than I demand."},
    {80, "internal_error", "Something failed inside me that has nothing to do with you or the protocol."},
    {86, "inappropriate_fallback",
     "You came back with an older TLS version although I speak a newer one that you could have used."},
    {90, "user_canceled", "The handshake is given up for a reason that is not a failure of the protocol."},
    {100, "no_renegotiation", "I do not want a second handshake on this connection; it goes on without. (TLS 1.2.)"},
    {109, "missing_extension", "Your message lacks an extension that must be there."},
    {110, "unsupported_extension",
     "You sent an extension that must not be in that message, or that was not asked for."},
    {111, "certificate_unobtainable", "I could not fetch the certificate from the URL that you sent. (TLS 1.2.)"},
    {112, "unrecognized_name", "I am not, or do not know, the server of the name that you asked for."},
    {113, "bad_certificate_status_response",
     "The OCSP response that you sent with your certificate is not acceptable."},
    {114, "bad_certificate_hash_value",
     "What I fetched from your certificate's URL does not have the hash that you sent. (TLS 1.2.)"},
    {115, "unknown_psk_identity", "I do not know the pre-shared key that you named."},
    {116, "certificate_required", "I demand a certificate and you presented none."},
    {117, "general_error", "Something went wrong, and I do not say more about it."},
    {120, "no_application_protocol", "I speak none of the application protocols (ALPN) that you offer."},
    {121, "ech_required", "I asked for an encrypted ClientHello, you did not accept it, and I do not go on without."},
};

const struct hc_tls_alert_row *hc_tls_alert_at(size_t i)
{
    return i < HC_COUNT(alerts) ? &alerts[i] : NULL;
}

const struct hc_tls_alert_row *hc_tls_alert(uint8_t number)
{
    for (size_t i = 0; i < HC_COUNT(alerts); i++)
        if (alerts[i].number == number)
            return &alerts[i];
    return NULL;
}
