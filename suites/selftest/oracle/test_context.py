"""The rule of the boot-only context, on stories told by hand."""

import pytest

from rig.oracle import context

FULL = {"autopid_data": {"a": 1}, "config": {"a": {}}, "status": {"device_id": "x"}}
BARE = {"autopid_data": {"a": 1}}


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        (FULL, []),
        ({**FULL, "autopid_data": {}}, []),
        (BARE, ["config", "status"]),
        ({**FULL, "status": "online"}, ["status"]),
        ({**FULL, "config": None}, ["config"]),
        ({"config": {}, "status": {}}, ["autopid_data"]),
        ([], ["autopid_data", "config", "status"]),
        (None, ["autopid_data", "config", "status"]),
    ],
)
def test_every_block_has_to_be_an_object(body, missing):
    assert context.missing_blocks(body) == missing


@pytest.mark.parametrize(
    ("story", "positions"),
    [
        ([(True, FULL), (True, BARE), (True, BARE)], []),
        ([(True, FULL), (True, FULL), (True, BARE)], [1]),
        ([(False, FULL), (True, FULL), (False, BARE), (True, BARE)], []),
        ([(True, FULL), (False, {**BARE, "status": {}})], [1]),
        ([(True, FULL), (False, {**BARE, "config": None})], [1]),
        ([(False, FULL), (False, FULL)], []),
        ([], []),
        ([(True, FULL), (True, ["config"])], []),
    ],
)
def test_after_the_first_success_context_in_any_form_is_a_repetition(story, positions):
    assert context.repeated(story) == positions


def test_the_first_success_is_looked_at_and_no_earlier_attempt():
    assert context.first_success_without_context([(False, BARE), (True, FULL), (True, BARE)]) == []
    assert context.first_success_without_context([(False, FULL), (True, BARE)]) == ["config", "status"]


def test_without_a_success_everything_is_missing():
    assert context.first_success_without_context([(False, FULL)]) == ["autopid_data", "config", "status"]


def test_each_attempt_up_to_the_first_success_has_to_carry_context():
    assert context.attempts_without_context([(False, FULL), (False, BARE), (True, FULL), (True, BARE)]) == [1]
    assert context.attempts_without_context([(False, BARE)]) == [0]
    assert context.attempts_without_context([(False, FULL), (True, BARE)]) == [1]
