"""Which values in POSTs are none that a car answered by then."""

import json
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import pytest

from rig.oracle import payload, truth
from rig.tolerance import Tolerances

S = 1_000_000_000
TOLERANCE = Tolerances()


@dataclass(eq=False)
class Ecu:
    """Answers by request, each with the moment from which it is in force."""

    answers: dict[str, list[tuple[int, bytes]]] = field(default_factory=dict)
    name: str = "engine"

    def value(self, key):
        return self.answers[key][-1][1] if self.answers.get(key) else None

    def values_between(self, key, start_ns, end_ns):
        known = [(since, data) for since, data in self.answers.get(key, []) if since <= end_ns]
        return [data for since, data in known if since <= start_ns][-1:] + [data for since, data in known if since > start_ns]


def post(at_s, **telemetry):
    body = payload.read(json.dumps({"autopid_data": telemetry}).encode())
    return SimpleNamespace(started_ns=at_s * S, request=SimpleNamespace(arrived_ns=at_s * S + 1, number=7), body=body)


def custom(ecu, expression="B4", **limits):
    parameter = SimpleNamespace(name="X", expression=expression, minimum=limits.get("low"), maximum=limits.get("high"))
    return truth.Reading.expressed("22F1901", parameter, ecu)


@pytest.fixture
def ecu():
    return Ecu({"22F190": [(0, b"\x0a"), (10 * S, b"\x14")], "010D": [(0, b"\x32")]})


def test_a_count_of_frames_is_no_part_of_the_request(ecu):
    assert custom(ecu).request == "22F190"


@pytest.mark.parametrize(("value", "wrong"), [(20, 0), (20.01, 0), (10, 1), ("20", 1), (None, 1)])
def test_what_is_answered_now(ecu, value, wrong):
    assert len(truth.wrong_now(post(20, X=value), [custom(ecu)], TOLERANCE)) == wrong


def test_what_is_missing_is_wrong_unless_it_may_be_lacking(ecu):
    readings = [custom(ecu), truth.Reading.standard("0D-VehicleSpeed", ecu)]
    shows = post(20, **{"0D-VehicleSpeed": 50})
    assert repr(truth.wrong_now(shows, readings, TOLERANCE)) == "[X is missing, the vehicle answers 20]"
    assert truth.wrong_now(shows, readings, TOLERANCE, may_lack=True) == []


@pytest.mark.parametrize(("at_s", "value", "wrong"), [(12, 10, 0), (12, 20, 0), (14, 10, 1), (14, 20, 0), (9, 20, 1), (14, 0, 1)])
def test_an_old_value_is_true_until_the_poll_after_it_is_long_over(ecu, at_s, value, wrong):
    polls = {("engine", "22F190"): [1 * S, 8 * S, 11 * S]}
    assert len(truth.untrue([post(at_s, X=value)], [custom(ecu)], TOLERANCE, polls, 2 * S)) == wrong


@pytest.mark.parametrize(("value", "wrong"), [(10, 0), (20, 0), (30, 1), (0, 1)])
def test_without_polls_whatever_was_ever_answered_is_true(ecu, value, wrong):
    assert len(truth.untrue([post(99, X=value)], [custom(ecu)], TOLERANCE, {}, 0)) == wrong


@pytest.mark.parametrize(("value", "old"), [(10, True), (0, False)])
def test_an_answer_of_another_time_is_told_from_one_that_never_was(ecu, value, old):
    assert [wrong.old for wrong in truth.wrong_now(post(20, X=value), [custom(ecu)], TOLERANCE)] == [old]
    polls = {("engine", "22F190"): [11 * S]}
    assert [wrong.old for wrong in truth.untrue([post(20, X=value)], [custom(ecu)], TOLERANCE, polls, S)] == [old]


def test_polls_of_another_ecu_do_not_count(ecu):
    assert truth.untrue([post(99, X=10)], [custom(ecu)], TOLERANCE, {("battery", "22F190"): [50 * S]}, S) == []


@pytest.mark.parametrize(("sharing", "wrong"), [(1, 1), (2, 0)])
def test_readings_that_share_a_request_may_have_polls_of_their_own(ecu, sharing, wrong):
    readings = [custom(ecu), *(replace(custom(ecu), name=f"Y{number}") for number in range(1, sharing))]
    polls = {("engine", "22F190"): [1 * S, 8 * S, 11 * S, 12 * S]}
    assert len(truth.untrue([post(14, X=10)], readings, TOLERANCE, polls, 2 * S)) == wrong


def test_a_missing_key_is_no_value(ecu):
    assert truth.untrue([post(99)], [custom(ecu)], TOLERANCE, {}, 0) == []


@pytest.mark.parametrize(
    ("limits", "values"), [({}, {10, 20}), ({"low": 15}, {20}), ({"high": 15}, {10}), ({"low": 10, "high": 20}, {10, 20})]
)
def test_values_outside_the_limits_are_none(ecu, limits, values):
    assert custom(ecu, **limits).of(ecu.values_between("22F190", 0, 99 * S)) == values


def test_an_expression_without_value_has_no_true_one(ecu):
    reading = custom(ecu, "1/0")
    assert reading.now == set()
    assert (
        repr(truth.wrong_now(post(20, X=0), [reading], TOLERANCE)) == "[X is 0 in POST 7, the vehicle answers nothing that gives a value]"
    )
    assert truth.untrue([post(20, X=0)], [reading], TOLERANCE, {}, 0)


def test_another_form_of_the_name_is_the_same_parameter(ecu):
    assert truth.shown(post(20, **{"car.x": 20}), [custom(ecu)]) == {"X": 20}
