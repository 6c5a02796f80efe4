"""Certificate sets on a device that somebody else uses, too."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from urllib.parse import unquote

import pytest

from rig.bench.cert_sets import MAX_SETS, CertSets
from rig.device import CertSet
from rig.device.web import Answer
from rig.errors import BenchError

OK, REFUSED = Answer(200, "", b""), Answer(400, "", b"bad name")
ONE, TWO = CertSet("rig-one", ca=b"1"), CertSet("rig-two", ca=b"2")


@dataclass
class Manager:
    """The part of a web API that keeps sets: names longer than eight characters are cut, and 'never' is refused."""

    sets: dict[str, frozenset[str]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def cert_sets(self):
        return dict(self.sets)

    def upload_cert_set(self, cert_set, name=None):
        name = unquote(cert_set.name if name is None else name)[:8]
        self.calls.append(f"+{name}")
        if name == "never":
            return REFUSED
        self.sets[name] = frozenset({"ca"})
        return OK

    def delete_cert_set(self, name):
        self.calls.append(f"-{name}")
        self.sets.pop(name, None)
        return OK


@pytest.fixture
def manager():
    return Manager()


@pytest.fixture
def sets(manager):
    return CertSets(SimpleNamespace(web=manager))


def test_what_is_there_already_is_not_uploaded_again(manager, sets):
    sets.provide([ONE, TWO])
    sets.provide([TWO])
    sets.provide([TWO])
    assert manager.calls == ["+rig-one", "+rig-two", "-rig-one"]


def test_a_set_of_another_content_replaces_the_one_of_its_name(manager, sets):
    sets.provide([ONE])
    sets.provide([CertSet("rig-one", ca=b"other")])
    assert manager.calls == ["+rig-one", "-rig-one", "+rig-one"]


def test_a_set_that_is_there_from_before_the_run_is_uploaded_anew(manager, sets):
    manager.sets["rig-one"] = frozenset({"ca"})
    sets.provide([ONE])
    assert manager.calls == ["-rig-one", "+rig-one"]


def test_sets_of_others_are_never_touched(manager, sets):
    manager.sets |= {"theirs": frozenset(), "default": frozenset()}
    sets.provide([ONE])
    sets.provide([])
    assert manager.sets.keys() == {"theirs", "default"}
    for act in (sets.forget, lambda name: sets.offer(CertSet(name))):
        with pytest.raises(BenchError, match=r"'default' (that is|is) not the rig's"):
            act("default")


def test_without_room_it_is_the_benchs_fault(manager, sets):
    manager.sets |= {f"theirs{number}": frozenset() for number in range(MAX_SETS)}
    with pytest.raises(BenchError, match=f"1 certificate sets are needed and {MAX_SETS} of the device's {MAX_SETS} are in use"):
        sets.provide([ONE])


def test_a_refused_set_is_the_benchs_fault_if_it_is_needed_and_an_answer_if_it_is_offered(sets):
    with pytest.raises(BenchError, match="refused certificate set never: 400 'bad name'"):
        sets.provide([CertSet("never")])
    assert sets.offer(CertSet("never")) is REFUSED


def test_what_was_offered_stays_until_the_scenario_is_over(manager, sets):
    sets.offer(ONE)
    sets.offer(CertSet("own", ca=b"3"))
    sets.provide([TWO])
    assert manager.sets.keys() == {"rig-one", "own", "rig-two"}
    sets.begin()
    sets.provide([TWO])
    assert manager.sets.keys() == {"rig-two"}


def test_what_was_offered_over_a_set_is_not_taken_for_the_set(manager, sets):
    sets.provide([ONE])
    sets.offer(CertSet("rig-one", ca=b"other"))
    sets.provide([ONE])
    assert manager.calls == ["+rig-one", "+rig-one", "-rig-one", "+rig-one"]


def test_a_strange_name_is_tried_and_taken_away_again(manager, sets):
    sets.provide([ONE])
    trial = sets.try_name("rig-a/b c", b"1")
    assert (trial.answer.ok, trial.gained, trial.lasting, trial.unchanged) == (True, {"rig-a/b "}, {"rig-a/b "}, True)
    assert manager.calls[-1] == "-rig-a%2Fb%20"


def test_a_name_that_is_cut_is_seen_as_it_was_cut(manager, sets):
    trial = sets.try_name("rig-longer-than-eight", b"1")
    assert (trial.gained, trial.lasting, trial.unchanged) == ({"rig-long"}, set(), True)
    assert manager.sets == {}


def test_a_name_arrives_as_it_is_meant_even_if_it_looks_encoded(sets):
    assert sets.try_name("%2e%2e", b"1").gained == {"%2e%2e"}
