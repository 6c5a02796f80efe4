"""From console lines to exchanges and their reasons; the lines are written as the console facts have them."""

import pytest

from rig.trial.exchanges import Exchange, ExchangeReader
from rig.trial.reasons import in_words
from rig.trial.summary import Summary, line_of

GOOD = """
I (1000) AUTO_PID: Using built-in certificate bundle for HTTPS
I (1001) HTTPS_CLIENT_MGR: Sending request to https://host/path
I (1002) HTTPS_CLIENT_MGR: Posting 2766 bytes
I (1040) HTTPS_CLIENT_MGR: Response received: status code 200, 0 bytes
I (1041) AUTO_PID: HTTP(S) dest 0 status 200 success
"""
REFUSED = """
I (2001) HTTPS_CLIENT_MGR: Sending request to https://host/path
I (2002) HTTPS_CLIENT_MGR: Posting 488 bytes
E (2003) esp-tls: delayed connect error: Connection refused
E (2004) HTTPS_CLIENT_MGR: HTTP request failed: ESP_ERR_HTTP_CONNECT
E (2004) AUTO_PID: HTTP(S) dest 0 request failed: ESP_ERR_HTTP_CONNECT
"""
STATUS = """
I (3001) HTTPS_CLIENT_MGR: Sending request to https://host/path
I (3002) HTTPS_CLIENT_MGR: Posting 488 bytes
I (3010) HTTPS_CLIENT_MGR: Response received: status code 401, 0 bytes
E (3010) AUTO_PID: HTTP(S) dest 0 request failed: ESP_OK
"""


def read(text):
    reader = ExchangeReader()
    return [exchange for line in text.splitlines() if (exchange := reader.take(line))]


def test_exchanges_are_numbered_and_keep_nothing_of_the_one_before():
    assert read(REFUSED + GOOD + STATUS) == [
        Exchange(1, False, None, 488, 3, "ESP_ERR_HTTP_CONNECT", ("delayed connect error: Connection refused",)),
        Exchange(2, True, 200, 2766, 40),
        Exchange(3, False, 401, 488, 9, "ESP_OK"),
    ]


def test_prompt_colours_and_other_lines_are_no_matter():
    noise = "wican> I (900) main_task: Returned from app_main()\n\nwican> \nnonsense"
    assert [exchange.status for exchange in read(noise + GOOD.replace("I (1001)", "wican> I (1001)"))] == [200]


def failed(*details, error="ESP_ERR_HTTP_CONNECT", status=None):
    return Exchange(1, False, status, 488, 3, error, details)


VERIFIED = ("mbedtls_ssl_handshake returned -0x2700 (CERTIFICATE_VERIFY_FAILED)", "Failed to verify peer certificate!")


@pytest.mark.parametrize(
    ("exchange", "words"),
    [
        (failed("couldn't get hostname for :nowhere.test: getaddrinfo() returns 202, addrinfo=0x0"), "name: nowhere.test has no address"),
        (failed("delayed connect error: Connection refused"), "connection: nobody listens there (connection refused)"),
        (failed("delayed connect error: Network is unreachable"), "connection: Network is unreachable"),
        (failed("timed out while connecting", error="ESP_ERR_HTTP_EAGAIN"), "connection: no connection in time"),
        (failed(*VERIFIED, "verification info: certificate has expired"), "certificate: certificate has expired"),
        (
            failed(*VERIFIED, "verification info: Hostname mismatch, certificate is not valid for 'a.test'."),
            "certificate: it is for another name: the certificate is not valid for 'a.test'",
        ),
        (
            failed(*VERIFIED, "verification info: self-signed certificate"),
            "certificate: issued by nobody whom the device trusts (self-signed certificate); --ca names a CA",
        ),
        (
            failed("mbedtls_ssl_read returned -0x7780 (TLSV13_ALERT_CERTIFICATE_REQUIRED)", error="ESP_ERR_HTTP_FETCH_HEADER"),
            "certificate: the server wants a client certificate (--cert, --key)",
        ),
        (
            failed("mbedtls_ssl_handshake returned -0x7780 (TLSV1_ALERT_UNKNOWN_CA)"),
            "certificate: the server does not believe the client certificate (UNKNOWN_CA)",
        ),
        (failed("mbedtls_ssl_handshake returned -0x7280 (WRONG_VERSION_NUMBER)"), "TLS: what answers there does not speak TLS"),
        (failed("mbedtls_ssl_handshake returned -0x7280 (SOMETHING_NEW)"), "TLS: SOMETHING_NEW"),
        (failed("timed out during the TLS handshake", error="ESP_ERR_HTTP_EAGAIN"), "TLS: the handshake did not end in time"),
        (failed("timed out waiting for the answer", error="ESP_ERR_HTTP_EAGAIN"), "no answer in time"),
        (
            failed("closed before the end of the head", error="ESP_ERR_HTTP_FETCH_HEADER"),
            "no answer: the server closed the connection instead",
        ),
        (failed(status=401, error="ESP_OK"), "the server does not accept the token, or wants one"),
        (failed(status=302, error="ESP_OK"), "a redirect, which the device does not follow"),
        (failed(status=500, error="ESP_OK"), "the server failed"),
        (failed(status=418, error="ESP_OK"), "the server refused the request"),
        (failed(status=200, error="ESP_ERR_HTTP_INCOMPLETE_DATA"), "the answer ended before its announced length"),
        (failed("something new", error="ESP_FAIL"), "the device says ESP_FAIL; something new"),
        (Exchange(1, True, 200, 488, 3), ""),
    ],
)
def test_what_went_wrong_is_said_in_plain_words(exchange, words):
    assert in_words(exchange) == words


def test_an_exchange_is_one_line_with_status_size_and_duration():
    good, refused = read(GOOD + REFUSED)
    assert line_of(good).split() == ["1", line_of(good).split()[1], "200", "OK", "2766", "B", "40", "ms"]
    assert line_of(refused).endswith("failed                         -      3 ms  connection: nobody listens there (connection refused)")


def test_the_summary_counts_by_cause():
    summary = Summary(read(GOOD + STATUS + STATUS + REFUSED + GOOD.replace("2766", "488")))
    assert summary.lines((2, 3))[0].endswith("2 accepted, 3 failed")
    assert summary.lines((2, 3))[1:] == [
        "  2 x 401 Unauthorized: the server does not accept the token, or wants one",
        "  1 x connection: nobody listens there (connection refused)",
        "accepted in 40 ms (median), 40 ms at most; bodies of 488 to 2766 B",
        "the device counted 2 accepted, 3 failed",
    ]
    assert not summary.good


def test_nothing_posted_is_no_success():
    assert Summary().lines(None) == ["nothing was posted"]
    assert not Summary().good
    assert Summary(read(GOOD)).good
