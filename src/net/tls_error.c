/* tls_error.c - from OpenSSL's error queue to a row of the catalogue. */
#include <openssl/err.h>
#include <stdio.h>

#include "net/tls_internal.h"

static const struct {
    int reason;
    enum hc_code code;
} reasons[] = {
    {SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, HC_E_NO_CERTIFICATE},
    {SSL_R_HTTP_REQUEST, HC_E_TLS_NOT_TLS},
    {SSL_R_HTTPS_PROXY_REQUEST, HC_E_TLS_NOT_TLS},
    {SSL_R_WRONG_VERSION_NUMBER, HC_E_TLS_NOT_TLS},
    {SSL_R_BAD_RECORD_TYPE, HC_E_TLS_NOT_TLS},
    {SSL_R_UNSUPPORTED_PROTOCOL, HC_E_TLS_VERSION},
    {SSL_R_UNKNOWN_PROTOCOL, HC_E_TLS_VERSION},
    {SSL_R_VERSION_TOO_LOW, HC_E_TLS_VERSION},
    {SSL_R_INAPPROPRIATE_FALLBACK, HC_E_TLS_VERSION},
    {SSL_R_NO_SHARED_CIPHER, HC_E_TLS_NO_COMMON},
    {SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, HC_E_TLS_NO_COMMON},
    {SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, HC_E_TLS_NO_COMMON},
    {SSL_R_NO_SUITABLE_KEY_SHARE, HC_E_TLS_NO_COMMON},
    {SSL_R_NO_SHARED_GROUPS, HC_E_TLS_NO_COMMON},
    {SSL_R_NO_SUITABLE_GROUPS, HC_E_TLS_NO_COMMON},
    {SSL_R_NO_APPLICATION_PROTOCOL, HC_E_TLS_NO_APPLICATION_PROTOCOL},
    {SSL_R_BAD_SIGNATURE, HC_E_TLS_PROOF},
    {SSL_R_WRONG_SIGNATURE_TYPE, HC_E_TLS_PROOF},
    {SSL_R_EXCESSIVE_MESSAGE_SIZE, HC_E_CERT_TOO_BIG},
    {SSL_R_UNEXPECTED_EOF_WHILE_READING, HC_E_TLS_CLOSED},
};

static enum hc_code code_of(unsigned long lib)
{
    int reason = ERR_GET_REASON(lib);

    if (lib == 0 || ERR_GET_LIB(lib) != ERR_LIB_SSL)
        return HC_E_TLS_HANDSHAKE;
    if (reason >= SSL_AD_REASON_OFFSET)
        return HC_E_TLS_PEER_ALERT;
    for (size_t i = 0; i < HC_COUNT(reasons); i++)
        if (reasons[i].reason == reason)
            return reasons[i].code;
    return HC_E_TLS_HANDSHAKE;
}

/* The first error in the queue is the cause, later ones are its consequences; but where libcrypto spoke first, only
 * libssl says what was being done ("the signature does not hold"). */
static unsigned long cause(void)
{
    unsigned long first = ERR_get_error();
    unsigned long lib = first;

    while (lib != 0 && code_of(lib) == HC_E_TLS_HANDSHAKE && ERR_GET_LIB(first) != ERR_LIB_SSL)
        lib = ERR_get_error();
    return lib != 0 ? lib : first;
}

/* OpenSSL 3.0 has no words for those of TLS 1.3. */
static struct hc_rc from_alert(int number, struct hc_err *e)
{
    const char *words = SSL_alert_desc_string_long(number);

    if (strcmp(words, "unknown") == 0)
        return HC_FAIL(e, HC_E_TLS_PEER_ALERT, "the peer sent the alert %d", number);
    return HC_FAIL(e, HC_E_TLS_PEER_ALERT, "the peer sent the alert '%s'", words);
}

struct hc_rc hc_tls_error_library(struct hc_err *e)
{
    unsigned long lib = cause();
    enum hc_code code = code_of(lib);
    const char *why = ERR_reason_error_string(lib);
    struct hc_rc rc;

    if (code == HC_E_TLS_PEER_ALERT)
        rc = from_alert(ERR_GET_REASON(lib) - SSL_AD_REASON_OFFSET, e);
    else
        rc = HC_FAIL(e, code, "%s", why ? why : "OpenSSL gave no reason");
    e->lib = lib;
    ERR_clear_error();
    return rc;
}

struct hc_rc hc_tls_error(const struct hc_tls *tls, int ssl_error, int sys, struct hc_err *e)
{
    if (tls->refused != HC_OK_CODE) {
        ERR_clear_error();
        *e = tls->refusal;
        return HC_FAIL(e, tls->refused, "%s", tls->refusal.text);
    }
    if (ssl_error == SSL_ERROR_SSL)
        return hc_tls_error_library(e);
    ERR_clear_error();
    if (ssl_error == SSL_ERROR_SYSCALL && sys != 0)
        return HC_FAIL_SYS(e, HC_E_TLS_CLOSED, sys, "the connection broke during the handshake");
    return HC_FAIL(e, HC_E_TLS_CLOSED, "the peer closed the connection during the handshake");
}
