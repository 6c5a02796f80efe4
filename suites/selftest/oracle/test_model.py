"""The model of a device that conforms to the document: what may be in force, what is owed, and whose promise is at stake."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig.exploration.plans import LETTERS, plans
from rig.oracle import blame
from rig.oracle.commands import Add, Delete, Edit, Grouping, Remove, Restart, Server, Settings, Submit, Trouble, Upload, Watch
from rig.oracle.model import MOST, PUBLIC, State, end_of, states, without_idle_steps
from rig.requirements import catalogue

RED = Upload("red", "trusted")
ADD, BOOT = Add("a"), Restart()
OFF = Edit("a", (("enabled", False),))


def after(*commands):
    return end_of(commands)


def test_what_is_added_counts_from_the_next_boot_on():
    state = after(RED, BOOT, ADD)
    assert state.views("a") == []
    assert after(RED, BOOT, ADD, BOOT).owed_a_success("a")


def test_what_is_stored_may_count_at_once_but_is_owed_only_after_the_boot():
    state = after(RED, ADD, BOOT, OFF, Submit())
    assert state.views("a") == [Settings()]
    assert not state.owed_an_attempt("a")
    assert after(RED, ADD, BOOT, OFF, Submit(), BOOT).views("a") == []


def test_grouping_rules_over_every_destination():
    state = after(RED, ADD, Grouping(False), BOOT)
    assert state.views("a") == []
    assert blame.blamed_for_silence(state, "a") == "grouping/disabled-sends-nothing"


def test_a_boot_stores_what_was_edited_before_it():
    assert after(RED, ADD, BOOT, OFF, Restart(power=True)).stored.of("a") == Settings(enabled=False)


def test_no_more_than_the_maximum_is_added():
    state = after(*(Add(letter) for letter in "abcdefg"))
    assert len(state.draft.destinations) == MOST


def test_a_destination_is_added_at_its_place():
    state = after(Add("a"), Add("b"), Add("c", place=1))
    assert [name for name, _ in state.draft.destinations] == ["a", "c", "b"]


@pytest.mark.parametrize(
    ("sets", "settings", "authority", "trusted"),
    [
        ([RED], Settings(), "trusted", True),
        ([RED], Settings(), "stranger", False),
        ([Upload("red", "stranger")], Settings(), "trusted", False),
        ([], Settings(), "trusted", False),
        ([RED, Remove("red")], Settings(), "trusted", False),
        ([RED], Settings(cert_set="default"), "trusted", False),
        ([RED], Settings(cert_set="default"), PUBLIC, True),
        ([RED], Settings(), PUBLIC, False),
    ],
)
def test_a_server_is_trusted_by_the_set_of_its_destination_alone(sets, settings, authority, trusted):
    state = after(*sets, Add("a", settings), Server("a", authority=authority), BOOT)
    assert state.owed_a_success("a") is trusted
    assert state.may_be_trusted("a") is trusted


def test_between_two_sets_of_a_name_either_is_right_and_nothing_is_owed():
    state = after(RED, ADD, BOOT, Upload("red", "stranger"))
    assert state.may_be_trusted("a")
    assert not state.owed_a_success("a")
    assert not after(RED, ADD, BOOT, Upload("red", "stranger"), BOOT).may_be_trusted("a")


def test_a_server_in_trouble_is_owed_attempts_only():
    state = after(RED, ADD, Server("a", trouble=Trouble.ERROR), BOOT)
    assert state.owed_an_attempt("a")
    assert not state.owed_a_success("a")
    assert state.after(Server("a", well=True)).owed_a_success("a")


def test_idle_steps_and_what_nobody_watches_are_left_out():
    script = (RED, RED, ADD, ADD, Watch(), BOOT, Watch(), Delete("b"), Edit("a", (("token", 0),)), Submit(), OFF, Remove("red"))
    assert without_idle_steps(script) == (RED, ADD, BOOT)


TOKEN_1, TOKEN_2, NO_TOKEN = (Edit("a", (("token", number),)) for number in (1, 2, 0))
ERROR = Server("a", trouble=Trouble.ERROR)


@pytest.mark.parametrize(
    ("script", "who", "promise"),
    [
        ([RED, ADD, BOOT], "token", "auth/none-sends-no-header"),
        ([RED, ADD, TOKEN_1, BOOT], "token", "auth/bearer-header"),
        ([RED, ADD, TOKEN_1, BOOT, TOKEN_2, BOOT], "token", "auth/changed-token"),
        ([RED, ADD, TOKEN_1, BOOT, OFF, TOKEN_2, BOOT, Edit("a", (("enabled", True),)), BOOT], "token", "auth/changed-token"),
        ([RED, ADD, TOKEN_1, BOOT, NO_TOKEN, BOOT], "token", "auth/none-after-bearer"),
        ([RED, ADD, TOKEN_1, BOOT, Delete("a"), Add("a", Settings(address=1)), BOOT, BOOT], "token", "auth/none-after-bearer"),
        ([RED, ADD, Add("b"), BOOT, Delete("b"), BOOT], "token", "destinations/neighbours-keep-their-settings"),
        ([RED, ADD, Add("b"), BOOT, Delete("b"), TOKEN_1, BOOT], "token", "auth/bearer-header"),
        ([RED, ADD, Add("b"), BOOT, Delete("b"), TOKEN_1, BOOT], "query", "destinations/neighbours-keep-their-settings"),
        ([RED, ADD, BOOT], "sending", "grouping/enabled-sends"),
        ([RED, ADD, BOOT, Restart(power=True)], "sending", "boot/power-cut-resends"),
        ([RED, ADD, OFF, BOOT, Edit("a", (("enabled", True),)), BOOT], "sending", "destinations/re-enabled-resumes"),
        ([RED, ADD, BOOT, Edit("a", (("address", 1),)), BOOT], "sending", "destinations/edited-url"),
        ([RED, ADD, ERROR, BOOT, Server("a", well=True)], "sending", "network/error-status-is-retried"),
        ([RED, ADD, ERROR, BOOT, Server("a", well=True), BOOT], "sending", "grouping/enabled-sends"),
        ([RED, ADD, BOOT], "acceptance", "trust/custom-accepts-own-ca"),
        ([RED, ADD, BOOT, BOOT], "acceptance", "certs/sets-persist"),
        ([RED, ADD, BOOT, Remove("red"), RED, BOOT], "acceptance", "certs/replaced-set"),
        ([RED, ADD, BOOT, Upload("red", "stranger"), BOOT], "refusal", "certs/replaced-set"),
        ([RED, ADD, BOOT, Remove("red"), BOOT], "refusal", "certs/deleted-set"),
        ([ADD, BOOT], "refusal", "certs/unknown-set-trusts-nothing"),
        ([RED, ADD, OFF, BOOT], "silence", "destinations/disabled-attempts-nothing"),
        ([RED, ADD, BOOT, Delete("a"), BOOT], "silence", "destinations/deleted-is-gone"),
        ([RED, ADD, BOOT, Edit("a", (("cycle_ms", 2000),)), BOOT], "cycle", "cycle/change-applies"),
        ([RED, ADD, Edit("a", (("cycle_ms", 400),)), BOOT], "cycle", "cycle/minimum"),
        ([RED, ADD, BOOT, OFF, Submit(), Edit("a", (("enabled", True),)), Submit()], "repetition", "boot/re-enable-does-not-resend"),
    ],
)
def test_whose_promise_is_at_stake(script, who, promise):
    assert getattr(blame, f"blamed_for_{who}")(end_of(script), "a") == promise


@pytest.mark.parametrize(
    ("script", "failed", "promise"),
    [
        ([RED, ADD, BOOT], False, "boot/first-success-carries-context"),
        ([RED, ADD, BOOT], True, "boot/context-again-until-success"),
        ([RED, ADD, BOOT, BOOT], False, "boot/web-reboot-resends"),
        ([RED, ADD, BOOT, Restart(power=True)], False, "boot/power-cut-resends"),
        ([RED, Add("b"), BOOT, ADD, BOOT], False, "boot/late-destination-gets-context"),
    ],
)
def test_whose_promise_the_context_is(script, failed, promise):
    assert blame.blamed_for_context(end_of(script), "a", failed=failed) == promise


def test_every_promise_is_in_the_catalogue():
    assert set(blame.PROMISES) <= catalogue().keys()
    assert len(set(blame.PROMISES)) == len(blame.PROMISES)


@given(plans(power=True, public=True), st.data())
def test_in_whatever_is_drawn_what_is_owed_is_allowed_and_what_is_blamed_is_listed(script, data):
    for _, state in states(script):
        name = data.draw(st.sampled_from(LETTERS))
        owed = state.owed_a_success(name)
        assert state.owed_an_attempt(name) or not owed
        assert state.may_be_trusted(name) or not owed
        assert len(state.draft.destinations) <= MOST
        blamed = [blame.blamed_for_silence(state, name)]
        if state.views(name):
            blamed += [getattr(blame, f"blamed_for_{who}")(state, name) for who in ("sending", "acceptance", "refusal", "path", "query")]
            blamed += [getattr(blame, f"blamed_for_{who}")(state, name) for who in ("token", "cycle", "repetition")]
            blamed += [blame.blamed_for_context(state, name, failed=data.draw(st.booleans()))]
        assert set(blamed) <= set(blame.PROMISES)


@given(plans(power=True, public=True))
def test_a_plan_has_no_idle_step_and_ends_observed(script):
    assert without_idle_steps(script) == script
    assert isinstance(script[-1], Watch | Restart)
    assert isinstance(State().after(script[0]), State)
