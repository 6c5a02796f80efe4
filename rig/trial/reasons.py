"""Why an exchange failed, in plain words: the name, the connection, the certificate with its reason, or the HTTP status."""

import re
from http import HTTPStatus

from rig.trial.exchanges import Exchange

_NOBODY_TRUSTED = (
    "self-signed certificate",
    "self-signed certificate in certificate chain",
    "unable to get local issuer certificate",
    "unable to get issuer certificate",
    "unable to verify the first certificate",
)
_HINTS = {
    401: "the server does not accept the token, or wants one",
    403: "the server knows the token and forbids this",
    404: "the server has nothing at this path",
    405: "the server takes no POST there",
    413: "the body is too large for the server",
    415: "the server wants another content type than application/json",
    422: "the server does not like what is in the body",
    429: "the server wants fewer requests",
}
_LINES: tuple[tuple[str, str], ...] = (
    (r"couldn't get hostname for :(.*): getaddrinfo", "name: {0} has no address"),
    (r"verification info: (.*)$", "certificate: {0}"),
    (r"Failed to verify peer certificate! \((.*)\)", "certificate: {0}"),
    (r"mbedtls_x509_crt_parse", "certificate: the CA file cannot be read"),
    (
        r"\((?:TLSV\w*_ALERT_)?CERTIFICATE_REQUIRED\)|ALERT_CERTIFICATE_REQUIRED",
        "certificate: the server wants a client certificate (--cert, --key)",
    ),
    (
        r"ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|CERTIFICATE_EXPIRED)",
        "certificate: the server does not believe the client certificate ({0})",
    ),
    (r"ALERT_(HANDSHAKE_FAILURE)", "TLS: the server found nothing in common with the device, or wants a client certificate ({0})"),
    (r"ALERT_(\w+)\)", "TLS: the server broke the handshake off ({0})"),
    (r"\((WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|RECORD_LAYER_FAILURE)\)", "TLS: what answers there does not speak TLS"),
    (r"\((UNEXPECTED_EOF_WHILE_READING)\)", "TLS: the server closed the connection during the handshake"),
    (r"mbedtls_ssl_\w+ returned \S+ \((.*)\)", "TLS: {0}"),
    (r"timed out (while connecting)", "connection: no connection in time"),
    (r"timed out (during the TLS handshake)", "TLS: the handshake did not end in time"),
    (r"timed out (.*)", "no answer in time"),
    (r"delayed connect error: Connection refused", "connection: nobody listens there (connection refused)"),
    (r"delayed connect error: (.*)", "connection: {0}"),
    (r"transport error: (.*)", "connection: broken during the exchange ({0})"),
    (r"closed before the end of the head", "no answer: the server closed the connection instead"),
    (r"not an HTTP answer|no status line", "no answer: what the server sent is no HTTP"),
    (r"Error parse url (.*)", "the URL cannot be used"),
)


def in_words(exchange: Exchange) -> str:
    """Why it failed; empty where it did not."""
    if exchange.accepted:
        return ""
    if exchange.status is not None:
        return _of_status(exchange.status)
    for line in reversed(exchange.details):
        for pattern, words in _LINES:
            if found := re.search(pattern, line):
                return _plainer(words.format(*found.groups()))
    return f"the device says {exchange.error}" + "".join(f"; {line}" for line in exchange.details)


def named(status: int) -> str:
    """A status with its name."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _of_status(status: int) -> str:
    if 200 <= status <= 299:
        return "the answer ended before its announced length"
    if 300 <= status <= 399:
        return "a redirect, which the device does not follow"
    return _HINTS.get(status, "the server failed" if status >= 500 else "the server refused the request")


def _plainer(words: str) -> str:
    """OpenSSL's words for a certificate that cannot be believed, with what can be done."""
    kind, _, said = words.partition(": ")
    if kind == "certificate" and said in _NOBODY_TRUSTED:
        return f"certificate: issued by nobody whom the device trusts ({said}); --ca names a CA"
    return words.replace("Hostname mismatch, certificate", "it is for another name: the certificate").rstrip(".")
