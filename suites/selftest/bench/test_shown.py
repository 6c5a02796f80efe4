"""What is shown to a device, and how it took that."""

from types import SimpleNamespace

import pytest

from rig.bench import shown
from rig.errors import BenchError
from rig.evidence.records import Alert, Connection, Direction, TlsBytes
from rig.profile import DeviceProfile

MS, S = 1_000_000, 1_000_000_000


def connection(number=1, *, lasted_ns=10 * MS, **said):
    return Connection("receiver", number, ("127.0.0.1", 1), ("127.0.0.1", 2), accepted_ns=0, closed_ns=lasted_ns, **said)


def watched(*served, limit_s=5.0):
    return SimpleNamespace(
        name="watched", receiver=SimpleNamespace(success_within_s=limit_s), requests_on=lambda seen: [one for one in seen if one in served]
    )


@pytest.mark.parametrize(("profile", "expected"), [(DeviceProfile("short", gap_s=10.0), 3), (DeviceProfile("long", gap_s=30.0), 2)])
def test_a_third_failure_in_a_row_is_left_out_where_it_would_cost_half_a_minute(profile, expected):
    assert shown.times(profile) == expected


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (connection(aborted_by_peer=True, alert=Alert(2, 48, "unknown_ca")), "refused with unknown_ca"),
        (connection(aborted_by_peer=True), "refused without an alert"),
        (connection(no_agreement=True), "refused without an alert"),
        (connection(application_bytes=12, tls_version="TLSv1.3"), "12 bytes of application data after TLSv1.3"),
        (connection(failure="the receiver gave up listening"), "the receiver gave up listening"),
    ],
)
def test_the_end_of_a_connection_in_words(seen, words):
    assert shown.ended(seen) == words


def test_servers_that_were_served_are_left_out():
    served, refused = connection(1), connection(2, aborted_by_peer=True)
    assert shown.unserved(watched(served), [served, refused]) == ["refused without an alert"]


def test_an_attempt_that_ran_out_of_time_is_no_refusal():
    late = connection(aborted_by_peer=True, lasted_ns=5 * S)
    with pytest.raises(BenchError, match=r"watched: an attempt took 5.0 s of the 5 s"):
        shown.unserved(watched(), [late])


def test_an_alert_is_a_refusal_however_late_it_comes():
    late = connection(aborted_by_peer=True, alert=Alert(2, 48, "unknown_ca"), lasted_ns=5 * S)
    assert shown.unserved(watched(), [late]) == ["refused with unknown_ca"]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [([], False), ([b"\x15\x03\x03\x00\x02", b"\x02\x46"], False), ([b"\x16\x03\x03\x00\x01", b"\x10"], True), ([b"\x14\x03"], True)],
)
def test_going_on_is_any_record_but_an_alert_after_the_servers_first_bytes(answer, expected):
    hello, flight = TlsBytes(1, Direction.FROM_DEVICE, b"\x16\x03\x01hello"), TlsBytes(2, Direction.TO_DEVICE, b"\x16\x03\x00flight")
    seen = connection(tapped=[hello, flight, *(TlsBytes(3, Direction.FROM_DEVICE, data) for data in answer)])
    assert shown.went_on(seen) is expected


def test_without_a_flight_nobody_goes_on():
    assert not shown.went_on(connection(tapped=[TlsBytes(1, Direction.FROM_DEVICE, b"\x16\x03\x01hello")]))
