"""POSTs as the oracle reads them, and when it says that nobody can tell."""

import pytest

from rig.errors import BenchError
from rig.evidence.records import Attempt, Ending, Request
from rig.oracle import posts

FULL = b'{"autopid_data": {"a": 1}, "config": {}, "status": {}}'
BARE = b'{"autopid_data": {"a": 2}}'


def attempt(number, body, ending=Ending.SUCCESS):
    """One attempt, begun at `number` ns; without body it brought no request."""
    request = Request("receiver-1", number, number, number, number, number, "POST", "/", "HTTP/1.1", (), b"", body or b"")
    return Attempt("receiver-1", number, number, number, ending, request if body is not None else None)


def test_posts_come_in_order_with_their_bodies_and_what_became_of_them():
    told = posts.read([attempt(1, FULL, Ending.FAILURE), attempt(2, None, Ending.FAILURE), attempt(3, BARE)])
    assert [(post.started_ns, post.success, post.body.parameters) for post in told] == [(1, False, {"a": 1}), (3, True, {"a": 2})]


def test_what_cannot_be_read_is_left_out():
    told = posts.read([attempt(1, b"{"), attempt(2, b"[]"), attempt(3, b"{}"), attempt(4, BARE)])
    assert [post.started_ns for post in told] == [4]


def test_only_what_began_later_counts():
    assert [post.started_ns for post in posts.read([attempt(1, BARE), attempt(2, BARE), attempt(3, BARE)], since_ns=2)] == [3]


@pytest.mark.parametrize("attempts", [[], [attempt(1, None)], [attempt(1, b"{")], [attempt(1, BARE)]])
def test_too_few_are_no_answer(attempts):
    with pytest.raises(BenchError, match="expected 2 bodies"):
        posts.read(attempts, at_least=2)


def test_a_story_has_every_post_with_its_success():
    told = posts.story([attempt(1, FULL, Ending.FAILURE), attempt(2, FULL), attempt(3, BARE)])
    assert [success for success, _ in told] == [False, True, True]
    assert [sorted(body) for _, body in told][1:] == [["autopid_data", "config", "status"], ["autopid_data"]]


@pytest.mark.parametrize("after", [[], [attempt(2, FULL)]])
def test_an_answer_that_came_late_before_the_first_success_leaves_it_in_doubt(after):
    with pytest.raises(BenchError, match="late or was cut"):
        posts.story([attempt(1, FULL, Ending.NEITHER), *after])


def test_an_answer_that_came_late_after_the_first_success_changes_nothing():
    assert len(posts.story([attempt(1, FULL), attempt(2, BARE, Ending.NEITHER)])) == 2


def test_what_is_needed_is_given_back_or_nobody_can_tell():
    assert posts.needed({"a": 1}, "a block") == {"a": 1}
    with pytest.raises(BenchError, match="a status block"):
        posts.needed({}, "a status block")
