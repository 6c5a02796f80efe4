"""TLS alerts that a device sent: from a record in the clear, or from OpenSSL's word for one that was encrypted."""

import re

from rig.evidence.records import Alert

WARNING, FATAL = 1, 2

# RFC 8446, 6; the older ones RFC 5246, 7.2 and RFC 2246, 7.2; 111 to 115 RFC 6066 and RFC 4279.
_NAMES = {
    0: "close_notify",
    10: "unexpected_message",
    20: "bad_record_mac",
    21: "decryption_failed",
    22: "record_overflow",
    30: "decompression_failure",
    40: "handshake_failure",
    41: "no_certificate",
    42: "bad_certificate",
    43: "unsupported_certificate",
    44: "certificate_revoked",
    45: "certificate_expired",
    46: "certificate_unknown",
    47: "illegal_parameter",
    48: "unknown_ca",
    49: "access_denied",
    50: "decode_error",
    51: "decrypt_error",
    60: "export_restriction",
    70: "protocol_version",
    71: "insufficient_security",
    80: "internal_error",
    86: "inappropriate_fallback",
    90: "user_canceled",
    100: "no_renegotiation",
    109: "missing_extension",
    110: "unsupported_extension",
    111: "certificate_unobtainable",
    112: "unrecognized_name",
    113: "bad_certificate_status_response",
    114: "bad_certificate_hash_value",
    115: "unknown_psk_identity",
    116: "certificate_required",
    120: "no_application_protocol",
}
_NUMBERS = {name: number for number, name in _NAMES.items()} | {"user_cancelled": 90}
# OpenSSL writes SSLV3_ALERT_…, TLSV1_ALERT_… or TLSV13_ALERT_…, and leaves ALERT out for those that came as extensions.
_REASON = re.compile(r"(?:SSLV3|TLSV1|TLSV13)_(?:ALERT_)?(\w+)")


def alert_of_record(payload: bytes) -> Alert:
    """The alert of a record in the clear: two bytes, level and description."""
    level, description = payload
    return Alert(level, description, _NAMES.get(description, f"alert {description}"))


def alert_of_reason(reason: str | None) -> Alert | None:
    """The alert that OpenSSL gives as the reason of an error; None if the reason is another one.

    The level is fatal: those that end a connection are, whatever the record says (RFC 8446, 6).
    """
    match = _REASON.fullmatch(reason or "")
    name = match[1].lower() if match else ""
    return Alert(FATAL, _NUMBERS[name], _NAMES[_NUMBERS[name]]) if name in _NUMBERS else None
