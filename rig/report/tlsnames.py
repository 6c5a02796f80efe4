"""Names of the numbers in a ClientHello (IANA TLS registries), those that embedded TLS stacks offer; others stay numbers."""

VERSIONS = {0x0300: "SSL 3.0", 0x0301: "TLS 1.0", 0x0302: "TLS 1.1", 0x0303: "TLS 1.2", 0x0304: "TLS 1.3"}

GROUPS = {
    0x0017: "secp256r1", 0x0018: "secp384r1", 0x0019: "secp521r1", 0x0015: "secp224r1", 0x0013: "secp192r1", 0x0016: "secp256k1",
    0x0014: "secp224k1", 0x0012: "secp192k1", 0x001A: "brainpoolP256r1", 0x001B: "brainpoolP384r1", 0x001C: "brainpoolP512r1",
    0x001D: "x25519", 0x001E: "x448", 0x0100: "ffdhe2048", 0x0101: "ffdhe3072", 0x0102: "ffdhe4096", 0x0103: "ffdhe6144",
    0x0104: "ffdhe8192", 0x11EC: "X25519MLKEM768",
}  # fmt: skip

SIGNATURES = {
    0x0401: "rsa_pkcs1_sha256", 0x0501: "rsa_pkcs1_sha384", 0x0601: "rsa_pkcs1_sha512", 0x0403: "ecdsa_secp256r1_sha256",
    0x0503: "ecdsa_secp384r1_sha384", 0x0603: "ecdsa_secp521r1_sha512", 0x0804: "rsa_pss_rsae_sha256", 0x0805: "rsa_pss_rsae_sha384",
    0x0806: "rsa_pss_rsae_sha512", 0x0807: "ed25519", 0x0808: "ed448", 0x0809: "rsa_pss_pss_sha256", 0x080A: "rsa_pss_pss_sha384",
    0x080B: "rsa_pss_pss_sha512", 0x0201: "rsa_pkcs1_sha1", 0x0203: "ecdsa_sha1", 0x0301: "rsa_pkcs1_sha224", 0x0303: "ecdsa_sha224",
    0x081A: "ecdsa_brainpoolP256r1tls13_sha256", 0x081B: "ecdsa_brainpoolP384r1tls13_sha384",
    0x081C: "ecdsa_brainpoolP512r1tls13_sha512", 0x0101: "rsa_pkcs1_md5",
}  # fmt: skip

_HASHED = {
    0x1301: "AES_128_GCM_SHA256", 0x1302: "AES_256_GCM_SHA384", 0x1303: "CHACHA20_POLY1305_SHA256", 0x1304: "AES_128_CCM_SHA256",
    0x1305: "AES_128_CCM_8_SHA256",
}  # fmt: skip
_BLOCKS = {
    "RSA": {
        "AES_128_CBC_SHA": 0x002F, "AES_256_CBC_SHA": 0x0035, "AES_128_CBC_SHA256": 0x003C, "AES_256_CBC_SHA256": 0x003D,
        "AES_128_GCM_SHA256": 0x009C, "AES_256_GCM_SHA384": 0x009D, "AES_128_CCM": 0xC09C, "AES_256_CCM": 0xC09D,
        "AES_128_CCM_8": 0xC0A0, "AES_256_CCM_8": 0xC0A1, "3DES_EDE_CBC_SHA": 0x000A, "NULL_SHA": 0x0002, "NULL_SHA256": 0x003B,
        "CAMELLIA_128_CBC_SHA": 0x0041, "CAMELLIA_256_CBC_SHA": 0x0084, "CAMELLIA_128_CBC_SHA256": 0x00BA,
        "CAMELLIA_256_CBC_SHA256": 0x00C0, "CAMELLIA_128_GCM_SHA256": 0xC07A, "CAMELLIA_256_GCM_SHA384": 0xC07B,
        "ARIA_128_GCM_SHA256": 0xC050, "ARIA_256_GCM_SHA384": 0xC051, "ARIA_128_CBC_SHA256": 0xC03C, "ARIA_256_CBC_SHA384": 0xC03D,
    },
    "DHE_RSA": {
        "AES_128_CBC_SHA": 0x0033, "AES_256_CBC_SHA": 0x0039, "AES_128_CBC_SHA256": 0x0067, "AES_256_CBC_SHA256": 0x006B,
        "AES_128_GCM_SHA256": 0x009E, "AES_256_GCM_SHA384": 0x009F, "AES_128_CCM": 0xC09E, "AES_256_CCM": 0xC09F,
        "AES_128_CCM_8": 0xC0A2, "AES_256_CCM_8": 0xC0A3, "CHACHA20_POLY1305_SHA256": 0xCCAA, "CAMELLIA_128_CBC_SHA": 0x0045,
        "CAMELLIA_256_CBC_SHA": 0x0088, "CAMELLIA_128_CBC_SHA256": 0x00BE, "CAMELLIA_256_CBC_SHA256": 0x00C4,
        "CAMELLIA_128_GCM_SHA256": 0xC07C, "CAMELLIA_256_GCM_SHA384": 0xC07D, "ARIA_128_GCM_SHA256": 0xC052,
        "ARIA_256_GCM_SHA384": 0xC053, "ARIA_128_CBC_SHA256": 0xC044, "ARIA_256_CBC_SHA384": 0xC045,
    },
    "ECDHE_RSA": {
        "AES_128_CBC_SHA": 0xC013, "AES_256_CBC_SHA": 0xC014, "AES_128_CBC_SHA256": 0xC027, "AES_256_CBC_SHA384": 0xC028,
        "AES_128_GCM_SHA256": 0xC02F, "AES_256_GCM_SHA384": 0xC030, "CHACHA20_POLY1305_SHA256": 0xCCA8,
        "CAMELLIA_128_CBC_SHA256": 0xC076, "CAMELLIA_256_CBC_SHA384": 0xC077, "CAMELLIA_128_GCM_SHA256": 0xC08A,
        "CAMELLIA_256_GCM_SHA384": 0xC08B, "ARIA_128_GCM_SHA256": 0xC060, "ARIA_256_GCM_SHA384": 0xC061,
        "ARIA_128_CBC_SHA256": 0xC04C, "ARIA_256_CBC_SHA384": 0xC04D,
    },
    "ECDHE_ECDSA": {
        "AES_128_CBC_SHA": 0xC009, "AES_256_CBC_SHA": 0xC00A, "AES_128_CBC_SHA256": 0xC023, "AES_256_CBC_SHA384": 0xC024,
        "AES_128_GCM_SHA256": 0xC02B, "AES_256_GCM_SHA384": 0xC02C, "AES_128_CCM": 0xC0AC, "AES_256_CCM": 0xC0AD,
        "AES_128_CCM_8": 0xC0AE, "AES_256_CCM_8": 0xC0AF, "CHACHA20_POLY1305_SHA256": 0xCCA9, "CAMELLIA_128_CBC_SHA256": 0xC072,
        "CAMELLIA_256_CBC_SHA384": 0xC073, "CAMELLIA_128_GCM_SHA256": 0xC086, "CAMELLIA_256_GCM_SHA384": 0xC087,
        "ARIA_128_GCM_SHA256": 0xC05C, "ARIA_256_GCM_SHA384": 0xC05D, "ARIA_128_CBC_SHA256": 0xC048, "ARIA_256_CBC_SHA384": 0xC049,
    },
}  # fmt: skip

SUITES = (
    {number: f"TLS_{name}" for number, name in _HASHED.items()}
    | {number: f"TLS_{exchange}_WITH_{name}" for exchange, names in _BLOCKS.items() for name, number in names.items()}
    | {0x00FF: "TLS_EMPTY_RENEGOTIATION_INFO_SCSV", 0x5600: "TLS_FALLBACK_SCSV"}
)


def named(number: int, names: dict[int, str]) -> str:
    """The name of a number of the registry `names`; RFC 8701 values are told as what they are."""
    if number & 0x0F0F == 0x0A0A and number >> 8 == number & 0xFF:
        return "GREASE"
    return names.get(number, f"0x{number:04x}")
