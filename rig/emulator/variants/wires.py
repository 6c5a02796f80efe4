"""Harmless differences of what a device sends, when, and of what it keeps."""

import json
import math
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rig.emulator.active import CachedSet
from rig.emulator.behaviour import Alteration, Behaviour, Point
from rig.emulator.publisher.trust import certificates
from rig.emulator.publisher.turn import Turn
from rig.emulator.publisher.url import Url
from rig.emulator.storage import AUTOMATE
from rig.emulator.variants.registry import variant
from rig.emulator.web.call import Answer, refused

Lines = list[tuple[str, str]]


# The request ------------------------------------------------------------------------------------------------------------


@variant("header-order", "Header lines stand in another order, Host first")
def header_order(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.HEADERS, lambda lines, _: sorted(lines, key=lambda line: (line[0] != "Host", line[0])))


@variant("header-case", "Names of header lines are in lower case")
def header_case(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.HEADERS, lambda lines, _: [(name.lower(), value) for name, value in lines])


@variant("header-more", "There are further harmless header lines")
def header_more(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.HEADERS, lambda lines, _: [*lines, ("Accept", "*/*"), ("Connection", "close")])


@variant("content-type-charset", "Content-Type says that the charset is UTF-8")
def content_type_charset(behaviour: Behaviour) -> Behaviour:
    def alter(lines: Lines, _: Turn) -> Lines:
        return [(name, f"{value}; charset=UTF-8" if name == "Content-Type" else value) for name, value in lines]

    return behaviour.altered(Point.HEADERS, alter)


@variant("user-agent", "User-Agent names another version")
def user_agent(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(user_agent="ESP32 WiCAN/2.3")


@variant("one-write", "Head and body are sent in one write")
def one_write(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.REQUEST_BYTES, lambda writes, _: [b"".join(writes)])


@variant("small-writes", "Head and body are sent in writes of a hundred bytes")
def small_writes(behaviour: Behaviour) -> Behaviour:
    def alter(writes: list[bytes], _: Turn) -> list[bytes]:
        whole = b"".join(writes)
        return [whole[start : start + 100] for start in range(0, len(whole), 100)]

    return behaviour.altered(Point.REQUEST_BYTES, alter)


@variant("chunked-body", "The body is sent in chunks, without Content-Length")
def chunked_body(behaviour: Behaviour) -> Behaviour:
    def lines(there: Lines, _: Turn) -> Lines:
        return [("Transfer-Encoding", "chunked") if line[0] == "Content-Length" else line for line in there]

    def chunked(writes: list[bytes], _: Turn) -> list[bytes]:
        head, body = writes
        chunks = [body[start : start + 500] for start in range(0, len(body), 500)]
        return [head, *(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks), b"0\r\n\r\n"]

    return behaviour.altered(Point.HEADERS, lines).altered(Point.REQUEST_BYTES, chunked)


@variant("keep-alive", "Connections are kept where the server does so")
def keep_alive(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(keep_alive=True)


@variant("session-resumption", "TLS sessions are resumed")
def session_resumption(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(session_resumption=True)


@variant("tls12-only", "TLS 1.3 is not spoken")
def tls12_only(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(newest_tls="1.2")


@variant("redirects-followed-safely", "Redirects are followed over https, without credentials to another host")
def redirects_followed_safely(behaviour: Behaviour) -> Behaviour:
    def only_https(where: Url | None, _: Turn) -> Url | None:
        return where if where and where.encrypted else None

    def without_credentials(lines: Lines, turn: Turn) -> Lines:
        host = next(value for name, value in lines if name == "Host")
        if host in turn.destination.url:
            return lines
        return [line for line in lines if line[0] in {"User-Agent", "Host", "Content-Type", "Content-Length"}]

    followed = behaviour.but(redirect_hops=3).altered(Point.REDIRECT, only_https)
    return followed.altered(Point.HEADERS, without_credentials)


# The body ---------------------------------------------------------------------------------------------------------------


def _rewritten(write: Callable[[Any], str]) -> Alteration:
    return lambda data, _turn: write(json.loads(data)).encode()


@variant("json-order", "Keys of the body stand in another order")
def json_order(behaviour: Behaviour) -> Behaviour:
    def write(content: Any) -> str:
        return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    return behaviour.but(body_order=("status", "config", "autopid_data")).altered(Point.BODY_BYTES, _rewritten(write))


@variant("json-white-space", "The body is indented")
def json_white_space(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.BODY_BYTES, _rewritten(lambda content: json.dumps(content, ensure_ascii=False, indent=2) + "\n"))


@variant("json-escaped", "Characters outside ASCII are escaped in the body")
def json_escaped(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.BODY_BYTES, _rewritten(lambda content: json.dumps(content, separators=(",", ":"))))


@variant("decimals-padded", "Values are written with two decimals (34.00)")
def decimals_padded(behaviour: Behaviour) -> Behaviour:
    def written(value: object) -> str:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return f"{value:.2f}" if number else json.dumps(value, ensure_ascii=False)

    def write(content: dict[str, Any]) -> str:
        values = content.get("autopid_data", {})
        telemetry = ",".join(f"{json.dumps(name, ensure_ascii=False)}:{written(value)}" for name, value in values.items())
        others = {name: block for name, block in content.items() if name != "autopid_data"}
        rest = json.dumps(others, ensure_ascii=False)[1:-1]
        return '{"autopid_data":{' + telemetry + "}" + (f",{rest}" if rest else "") + "}"

    return behaviour.altered(Point.BODY_BYTES, _rewritten(write))


@variant("timestamp-in-telemetry", "autopid_data has a timestamp")
def timestamp_in_telemetry(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(posted_timestamp=True)


@variant("status-more", "Status has further keys")
def status_more(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.STATUS, lambda values, _: {**values, "gnss_status": "disabled", "rssi": -52})


@variant("config-more", "Entries of config have further keys")
def config_more(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.CONFIG, lambda config, _: {name: {**entry, "min": "0", "max": "0"} for name, entry in config.items()})


@variant("values-a-step-apart", "Values are rounded up to the second decimal, not to the nearest")
def values_a_step_apart(behaviour: Behaviour) -> Behaviour:
    def alter(value: float | None, _: object) -> float | None:
        return value if value is None or not abs(value) < 1e12 else round(math.ceil(value * 100 - 1e-6) / 100, 2)

    return behaviour.altered(Point.VALUE, alter)


# Time -------------------------------------------------------------------------------------------------------------------


@variant("jitter", "Every POST comes up to 25 ms early or late")
def jitter(behaviour: Behaviour) -> Behaviour:
    chance = random.Random(7)

    def alter(due: float, turn: Turn) -> float:
        planned = turn.lane.memory.setdefault("planned", due)
        base = planned if isinstance(planned, float) and abs(planned - due) < 0.2 else due
        turn.lane.memory["planned"] = base + turn.destination.cycle_ms / 1000
        return max(base + chance.uniform(-0.025, 0.025), turn.ended or turn.started)

    return behaviour.altered(Point.DUE, alter)


@variant("first-post-after-four-seconds", "The first POST comes four seconds after the boot")
def first_post_after_four_seconds(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(publish_delay_s=4.0)


@variant("end-to-start", "A cycle runs from the end of an exchange, of which up to 30 ms count")
def end_to_start(behaviour: Behaviour) -> Behaviour:
    def alter(due: float, turn: Turn) -> float:
        return due + min((turn.ended or turn.started) - turn.started, 0.03)

    return behaviour.altered(Point.DUE, alter)


@variant("slow-exchange", "The device spends 50 ms of its own inside each exchange")
def slow_exchange(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(request_ms=50.0)


@variant("poll-jitter", "PIDs are polled up to 50 ms early or late")
def poll_jitter(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(poll_jitter_ms=50.0)


@variant("float32-values", "Values are kept in 32-bit floating point, and rounded when they are sent")
def float32_values(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(values_float32=True)


@variant("live-apply", "Stored destinations and certificate sets count at once, without a reboot")
def live_apply(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(live_apply=True)


@variant("status-posts-secrets", "The posted status holds sensitive fields, as the product document warns")
def status_posts_secrets(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(status_posts_secrets=True)


# Certificates ------------------------------------------------------------------------------------------------------------


@variant("refusals-without-alert", "A server that does not verify is left after the handshake, without a TLS alert")
def refusals_without_alert(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TRUST, lambda trust, _: replace(trust, intermediates=8))


@variant("useless-sets-not-tried", "A destination whose set does not exist, or has no CA that can be read, makes no attempt")
def useless_sets_not_tried(behaviour: Behaviour) -> Behaviour:
    def alter(goes: bool, turn: Turn) -> bool:
        name = turn.destination.cert_set or "default"
        chosen = turn.device.active.cert_sets.get(name)
        return goes and (name == "default" or (chosen is not None and certificates(chosen.ca or b"") != ()))

    return behaviour.altered(Point.ATTEMPT, alter)


@variant("sets-checked", "Sets are checked when they are uploaded, and a destination may name only sets that are there")
def sets_checked(behaviour: Behaviour) -> Behaviour:
    def named(data: bytes) -> set[str]:
        entries = json.loads(data).get("destinations", [])
        return {name for entry in entries if (name := entry.get("cert_set", "default")) not in {"", "default"}}

    def keep(data: bytes, occasion: tuple[str, Any]) -> bytes:
        what, device = occasion
        unknown = what == AUTOMATE and named(data) - set(device.storage.set_names())
        return device.storage.read(AUTOMATE) or b"{}" if unknown else data

    def answered(answer: Answer, call: Any) -> Answer:
        if call.method != "POST" or answer.status != 200:
            return answer
        if call.path == "/store_auto_data" and named(call.body) - set(call.device.storage.set_names()):
            return refused("unknown set")
        stored = call.device.storage.read_set(call.parameter("name") or "") if call.path == "/cert_manager/sets" else None
        if stored is None or _usable(stored):
            return answer
        call.device.storage.delete_set(stored.name)
        return refused("bad certificate")

    return behaviour.altered(Point.STORE, keep).altered(Point.WEB_ANSWER, answered)


def _usable(one: CachedSet) -> bool:
    """Whether a set has a CA that parses, and either a client certificate with its own key or neither of the two."""
    from cryptography import x509  # noqa: PLC0415 (only this variant needs it)
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 (the same)

    try:
        x509.load_pem_x509_certificates(one.ca or b"")
        if one.client_cert is None and one.client_key is None:
            return True
        certificate = x509.load_pem_x509_certificate(one.client_cert or b"")
        return certificate.public_key() == load_pem_private_key(one.client_key or b"", None).public_key()
    except (ValueError, TypeError):
        return False
