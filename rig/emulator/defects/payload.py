"""Defects of the request as a whole: method, head, the JSON text, its shape and length."""

import json
from urllib.parse import unquote

from rig.emulator.behaviour import Alteration, Behaviour, Point
from rig.emulator.defects.common import every, header, later, not_the_first, only, telemetry, text_of
from rig.emulator.defects.registry import defect
from rig.emulator.publisher.turn import Turn


def _in_head(old: bytes, new: bytes) -> Alteration:
    return lambda writes, _turn: [writes[0].replace(old, new, 1), *writes[1:]]


@defect("put-instead-of-post", "Data is sent with PUT")
def put_instead_of_post(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.REQUEST_BYTES, _in_head(b"POST ", b"PUT "))


@defect("put-after-first-success", "The first success is a POST, every later request a PUT")
def put_after_first_success(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.REQUEST_BYTES, only(later, _in_head(b"POST ", b"PUT ")))


@defect("content-type-form", "Content-Type says it is a form")
def content_type_form(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.HEADERS, header("Content-Type", lambda _: "application/x-www-form-urlencoded"))


@defect("content-type-only-at-first", "After the first success there is no Content-Type")
def content_type_only_at_first(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.HEADERS, only(later, header("Content-Type", lambda _: None)))


@defect("content-type-latin1", "Content-Type says the charset is ISO 8859-1")
def content_type_latin1(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.HEADERS, header("Content-Type", lambda value: f"{value}; charset=iso-8859-1"))


@defect("units-in-latin1", "Characters outside ASCII are sent as ISO 8859-1 (a lone B0 for a degree sign)")
def units_in_latin1(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.BODY_BYTES, lambda data, _: data.decode().encode("latin-1", "replace"))


@defect("key-twice", "A telemetry key stands in the body twice")
def key_twice(behaviour: Behaviour) -> Behaviour:
    def alter(text: str) -> str:
        start = text.index('"autopid_data":{') + len('"autopid_data":{')
        first, comma, _ = text[start:].partition(",")
        return text[:start] + first + "," + text[start:] if comma and "}" not in first else text

    return behaviour.altered(Point.BODY_BYTES, text_of(alter))


@defect("last-byte-lost-sometimes", "Every third body lacks its last byte")
def last_byte_lost_sometimes(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.BODY_BYTES, only(every(3), lambda data, _: data[:-1]))


@defect("content-length-in-characters", "Content-Length counts characters, not bytes")
def content_length_in_characters(behaviour: Behaviour) -> Behaviour:
    def alter(writes: list[bytes], _: Turn) -> list[bytes]:
        counted = len(writes[1].decode("utf-8", "replace"))
        return [writes[0].replace(f"Content-Length: {len(writes[1])}\r".encode(), f"Content-Length: {counted}\r".encode()), writes[1]]

    return behaviour.altered(Point.REQUEST_BYTES, alter)


@defect("two-objects", "The body holds two JSON objects, one after the other")
def two_objects(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.BODY_BYTES, only(later, lambda data, _: data + b"\n" + data))


@defect("params-wrapper", "Telemetry is wrapped in a params object")
def params_wrapper(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.BODY, telemetry(lambda values: {"params": values}))


@defect("value-with-unit-object", "After the first success the last parameter is an object of value and unit")
def value_with_unit_object(behaviour: Behaviour) -> Behaviour:
    def alter(values: dict[str, object]) -> dict[str, object]:
        *rest, name = values or [""]
        return {**{key: values[key] for key in rest}, name: {"value": values.get(name), "unit": ""}} if values else values

    return behaviour.altered(Point.BODY, only(later, telemetry(alter)))


@defect("values-in-arrays", "Every fifth POST has each value in an array")
def values_in_arrays(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.BODY, only(every(5), telemetry(lambda values: {key: [value] for key, value in values.items()})))


@defect("payload-not-wrapped", "The body is the telemetry itself, without autopid_data")
def payload_not_wrapped(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.BODY, lambda body, _: {**body.pop("autopid_data", {}), **body})


@defect("diagnostics-in-every-post", "POSTs after the first success have a further top-level key")
def diagnostics_in_every_post(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.BODY, only(later, lambda body, _: {**body, "diagnostics": {"heap": 81_234}}))


@defect("diagnostics-now-and-then", "Every fourth POST has a further top-level key")
def diagnostics_now_and_then(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.BODY, only(every(4), lambda body, _: {**body, "diagnostics": {"heap": 81_234}}))


@defect("body-cut-at-4096", "Of a body only the first 4096 bytes are sent")
def body_cut_at_4096(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.BODY_BYTES, lambda data, _: data[:4096])


@defect("body-cut-at-tls-record", "Of a body only what fits one TLS record is sent, though the whole length is announced")
def body_cut_at_tls_record(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.REQUEST_BYTES, lambda writes, _: [writes[0], writes[1][:16384]])


@defect("large-body-skipped", "A body of more than 16 KiB is not sent; an empty object goes in its place")
def large_body_skipped(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.BODY_BYTES, lambda data, _: data if len(data) <= 16384 else b"{}")


@defect("http10", "Requests say HTTP/1.0")
def http10(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.REQUEST_BYTES, _in_head(b" HTTP/1.1\r\n", b" HTTP/1.0\r\n"))


@defect("host-without-port", "Host lacks the port")
def host_without_port(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.HEADERS, header("Host", lambda host: host.rpartition(":")[0] or host))


@defect("host-twice", "There are two Host lines")
def host_twice(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.HEADERS, lambda lines, _: [*lines, next(line for line in lines if line[0] == "Host")])


@defect("host-of-first-destination", "Every destination is sent the first one's Host")
def host_of_first_destination(behaviour: Behaviour) -> Behaviour:
    def alter(lines: list[tuple[str, str]], turn: Turn) -> list[tuple[str, str]]:
        host = turn.lanes[0].destination.url.split("/")[2]
        return [(name, host if name == "Host" else value) for name, value in lines]

    return behaviour.altered(Point.HEADERS, only(not_the_first, alter))


@defect("trailing-slash-dropped", "A slash at the end of the path is dropped")
def trailing_slash_dropped(behaviour: Behaviour) -> Behaviour:
    def alter(target: str, _: Turn) -> str:
        path, mark, query = target.partition("?")
        return (path.rstrip("/") or "/") + mark + query

    return behaviour.altered(Point.TARGET, alter)


@defect("path-decoded", "Percent-escapes in the path are decoded")
def path_decoded(behaviour: Behaviour) -> Behaviour:
    def alter(target: str, _: Turn) -> str:
        path, mark, query = target.partition("?")
        return unquote(path).replace(" ", "+") + mark + query

    return behaviour.altered(Point.TARGET, alter)


@defect("path-lower-cased", "The path is sent in lower case")
def path_lower_cased(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TARGET, lambda target, _: target.partition("?")[0].lower() + "".join(target.partition("?")[1:]))


@defect("double-slash-joined", "Two slashes in a row in the path become one")
def double_slash_joined(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.TARGET, lambda target, _: target.replace("//", "/"))


@defect("json-by-repr", "The body is written with single quotes")
def json_by_repr(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.BODY_BYTES, lambda data, _: repr(json.loads(data)).encode())


@defect("large-body-cut-at-other-destinations", "Every destination but the first gets at most 16 KiB of a body, with that length announced")
def large_body_cut_at_other_destinations(behaviour: Behaviour) -> Behaviour:
    return behaviour.altered(Point.BODY_BYTES, only(not_the_first, lambda data, _: data[:16384]))


@defect("parameters-end-at-4-kib", "Telemetry ends with the parameter at which it would exceed 4 KiB")
def parameters_end_at_4_kib(behaviour: Behaviour) -> Behaviour:
    def alter(values: dict[str, object]) -> dict[str, object]:
        kept: dict[str, object] = {}
        for name, value in values.items():
            if len(json.dumps({**kept, name: value})) > 4096:
                break
            kept[name] = value
        return kept

    return behaviour.altered(Point.BODY, telemetry(alter))
