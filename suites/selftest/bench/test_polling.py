"""What the bench reads from the requests and frames on the bus."""

import can
import pytest

from rig.bench import asks_for, expect_polls, not_called_for, pass_ms, polls_by_request, wait_for_polls
from rig.errors import BenchError
from rig.vehicle import EcuRequest

MS = 1_000_000
CALLED_FOR = {0x7DF: {"010C", "010D"}, 0x7E2: {"22C402"}}


def request(at_ms, data):
    return EcuRequest(at_ms * MS, "engine", 0x7DF, bytes.fromhex(data), functional=True)


class Car:
    """Requests that are already there."""

    def __init__(self, *requests):
        self.requests = list(requests)

    def wait_for_request(self, predicate, _within_s):
        return next((request for request in self.requests if predicate(request)), None)


@pytest.mark.parametrize(
    ("data", "asked", "is_asked"),
    [
        ("010C", "010C", True), ("010C0D", "010D", True), ("010C", "010D", False), ("010C", "020C", False), ("22F190", "22F190", True),
        ("22F191F190", "22F190", True), ("22F19022", "2290", False), ("2101", "2101", True), ("3E", "3E00", False), ("", "010C", False),
    ],
)  # fmt: skip
def test_what_a_request_asks_for(data, asked, is_asked):
    assert asks_for(request(0, data), asked) is is_asked


def test_polls_of_each_thing_are_counted_once_however_many_ecus_heard_them():
    heard = [request(1, "010C0D"), request(1, "010C0D"), request(2, "010C")]
    assert polls_by_request(heard) == {"010C": [1 * MS, 2 * MS], "010D": [1 * MS]}


def test_waiting_for_polls_counts_moments_after_a_moment():
    car = Car(request(1, "010C"), request(2, "010C"), request(2, "010C"), request(3, "010D"), request(4, "010C"))
    assert wait_for_polls(car, "010C", 2, 1 * MS) == [2 * MS, 4 * MS]
    with pytest.raises(BenchError, match=r"expected 3 requests .* for 010C .* observed 2"):
        wait_for_polls(car, "010C", 3, 1 * MS)
    with pytest.raises(AssertionError, match="observed 2"):
        expect_polls(car, "010C", 3, 1 * MS)


def test_a_pass_takes_as_long_as_requests_that_follow_close():
    stamps = [0, 20, 40, 1000, 1020, 1040, 2000, 2020, 2040]
    car = Car(*(request(at, data) for at, data in zip(stamps, ["010C", "010D", "0105"] * 3, strict=True)))
    assert pass_ms(car, -1) == 60
    assert pass_ms(Car(), -1) == 0


def frame(can_id, data, *, own=False):
    return can.Message(arbitration_id=can_id, is_extended_id=False, data=bytes.fromhex(data), is_rx=not own)


@pytest.mark.parametrize(
    ("can_id", "data", "is_called_for"),
    [
        (0x7DF, "02010C0000000000", True), (0x7DF, "03010C0DAAAAAAAA", True), (0x7DF, "0201", False), (0x7DF, "0201050000000000", False),
        (0x7DF, "03010C0500000000", False), (0x7E2, "0322C4025555", True), (0x7E2, "02010C0000000000", False), (0x7E2, "300000", True),
        (0x7E0, "300000", False), (0x7DF, "", False), (0x7DF, "023E80", False), (0x7DF, "013E", False), (0x7E2, "100922C402C403C4", False),
    ],
)  # fmt: skip
def test_which_frames_the_configuration_calls_for(can_id, data, is_called_for):
    assert (not_called_for([(5, frame(can_id, data))], CALLED_FOR, 0) == []) is is_called_for


def test_frames_of_the_car_and_of_the_boot_before_do_not_count():
    stranger = "023E80"
    frames = [(1, frame(0x7DF, stranger)), (5, frame(0x7E8, stranger, own=True)), (6, frame(0x7DF, stranger))]
    assert not_called_for(frames, CALLED_FOR, 1) == ["7DF 02 3e 80"]
