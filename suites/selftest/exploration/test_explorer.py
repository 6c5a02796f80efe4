"""The explorer with plays that cost nothing: what it finds, how small it makes it, what it keeps, and when it stops."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from rig.errors import BenchError
from rig.exploration import explorer as exploring
from rig.exploration.explorer import Explorer
from rig.exploration.script import read_script
from rig.exploration.shrinking import cost, shrunk
from rig.exploration.summary import summary
from rig.oracle.commands import Add, Edit, Restart, Server, Trouble, Upload, Watch
from rig.oracle.conduct import Broken, Judged
from rig.oracle.model import State, without_idle_steps

TWO_OFF = "destinations/disabled-attempts-nothing"
NO_CONTEXT = "boot/web-reboot-resends"


def two_go_off(before, state):
    """A defect of interaction: two destinations are disabled in one boot while another is served."""
    off = [name for name, settings in before.destinations if settings.enabled and (now := state.stored.of(name)) and not now.enabled]
    return len(off) > 1 and any(settings.enabled for _, settings in state.stored.destinations)


CLOCK = SimpleNamespace(seconds=0.0)
"""A boot takes a second of it, and nothing else takes any."""


class FakePlay:
    """Plays on the model alone; a device that is as the model says but for its defects."""

    defects = ((TWO_OFF, two_go_off),)

    def __init__(self, bench, _nonce, _patience, check_time):
        self.bench, self.check_time = bench, check_time

    def judge(self, script):
        judged, state = Judged(), State()
        for number, command in enumerate(script, 1):
            self.played = script[:number]
            before, state = state, state.after(command)
            if isinstance(command, Restart):
                self.check_time()
                self.bench.boots += 1
                CLOCK.seconds += 1.0
                judged.reached.update([TWO_OFF, NO_CONTEXT])
                judged.broken += [Broken(name, "nothing", "something") for name, wrong in self.defects if wrong(before.documents[0], state)]
                if judged.broken:
                    break
        return judged


class FakeBench:
    features = frozenset({"power_control"})
    boots = 0


class FakeScenes:
    """Keeps folders as the real ones do."""

    def __init__(self, folder):
        self.run_folder, self.bench, self.open = folder, FakeBench(), None

    def begin(self, name):
        assert self.open is None
        self.open = name
        return self.bench

    def end(self, *, keep):
        if keep:
            (self.run_folder / self.open).mkdir(exist_ok=True)
        self.open = None

    def folder(self, name):
        return Path(name)

    def forget(self, folder):
        for file in (self.run_folder / folder).iterdir():
            file.unlink()
        (self.run_folder / folder).rmdir()


@pytest.fixture
def explorer(tmp_path, monkeypatch):
    monkeypatch.setattr(exploring, "Play", FakePlay)
    monkeypatch.setattr(exploring, "_BOOT_S", 1.0)
    monkeypatch.setattr(exploring, "time", SimpleNamespace(monotonic=lambda: CLOCK.seconds))
    return Explorer(FakeScenes(tmp_path), 1)


def test_a_defect_of_interaction_is_found_and_made_as_small_as_it_can_be(explorer, tmp_path):
    explorer.explore(400)
    finding = explorer.found.findings[TWO_OFF]
    kinds = [type(command) for command in finding.script]
    assert kinds.count(Add) == 3
    assert kinds.count(Edit) == 2
    assert kinds.count(Restart) == 2
    assert len(kinds) == 7
    assert read_script(tmp_path / finding.file) == finding.script
    kept = {path.name for path in tmp_path.iterdir()}
    assert kept == {finding.folder.name}
    with pytest.raises(AssertionError, match="expected nothing, observed something"):
        explorer.found.conclude(TWO_OFF)
    assert explorer.found.evidence(TWO_OFF) == (str(finding.folder), str(finding.file))


def test_what_was_found_does_not_hide_what_else_there_is(explorer, monkeypatch):
    def three_there(_, state):
        return len(state.stored.destinations) == 3

    monkeypatch.setattr(FakePlay, "defects", ((TWO_OFF, two_go_off), (NO_CONTEXT, three_there)))
    explorer.explore(400)
    assert set(explorer.found.findings) == {TWO_OFF, NO_CONTEXT}
    assert [type(command) for command in explorer.found.findings[NO_CONTEXT].script] == [Add, Add, Add, Restart]


def test_a_device_without_defect_is_explored_to_the_end_and_no_further(explorer, monkeypatch):
    monkeypatch.setattr(FakePlay, "defects", ())
    began = CLOCK.seconds
    explorer.explore(60)
    assert CLOCK.seconds - began == 60
    assert explorer.found.boots == 60
    assert explorer.found.findings == {}
    assert "held" in explorer.found.conclude(TWO_OFF)
    assert list(explorer._scenes.run_folder.iterdir()) == []
    with pytest.raises(pytest.skip.Exception, match="put it to the test"):
        explorer.found.conclude("auth/bearer-header")


def test_the_same_seed_tries_the_same(explorer, monkeypatch, tmp_path):
    monkeypatch.setattr(FakePlay, "defects", ())
    other = Explorer(FakeScenes(tmp_path), 1)
    third = Explorer(FakeScenes(tmp_path), 2)
    for each in (explorer, other, third):
        each.explore(60)
    first, second, different = (list(each._known) for each in (explorer, other, third))
    assert len(first) > 10
    assert first == second
    assert first != different


def test_a_bench_in_trouble_makes_what_holds_inconclusive_and_ends_the_exploration(explorer, monkeypatch, tmp_path):
    def breaks_down(*_):
        raise BenchError("the device did not come back")

    monkeypatch.setattr(FakePlay, "judge", lambda self, script: breaks_down() if setattr(self, "played", script) is None else None)
    explorer.explore(1000)
    assert len(explorer.found.unjudged) == 3
    with pytest.raises(BenchError, match="3 of 3 sequences could not be judged: the device did not come back"):
        explorer.found.conclude(TWO_OFF)
    assert read_script(tmp_path / explorer.found.unjudged[0].file)


def test_the_summary_joins_lanes_and_tells_the_shortest_script(explorer, tmp_path):
    assert summary(tmp_path) == []
    explorer.explore(400)
    for lane in (1, 2):
        explorer.found.told.write(tmp_path, lane)
    lines = summary(tmp_path)
    assert "on 2 benches" in lines[0]
    assert "1 promises broken" in lines[0]
    assert sum(TWO_OFF in line for line in lines) == 1
    assert sum('do = "edit"' in line for line in lines) == 2


# Making small -----------------------------------------------------------------------------------------------------------


LONG = (
    Upload("red", "trusted"),
    *(Add(letter) for letter in "abcdef"),
    Restart(power=True),
    Edit("a", (("token", 1), ("query", 2))),
    Server("b", trouble=Trouble.ERROR),
    Restart(),
    Server("b", well=True),
    Watch(),
    Edit("c", (("token", 3),)),
    Edit("d", (("enabled", False),)),
    Edit("e", (("enabled", False),)),
    Restart(power=True),
    Edit("f", (("query", 1),)),
    Restart(),
)


def two_edits_at_once(script):
    """Whether a boot brings d and e disabled together."""
    state = State()
    for command in script:
        before, state = state, state.after(command)
        if isinstance(command, Restart) and all(
            (old := before.documents[0].of(name)) and old.enabled and (new := state.stored.of(name)) and not new.enabled for name in "de"
        ):
            return True
    return False


def test_shrinking_costs_few_plays():
    plays = []
    small = shrunk(LONG, lambda script: plays.append(script) or two_edits_at_once(script))
    assert small == (Add("d"), Add("e"), Restart(), LONG[14], LONG[15], Restart())
    assert len(plays) <= 30
    assert len(set(plays)) == len(plays)
    assert all(cost(play) < cost(LONG) and without_idle_steps(play) == play for play in plays)


def test_what_depends_on_nothing_before_becomes_one_boot():
    small = shrunk(LONG, lambda script: any(isinstance(step, Restart) for step in script) and "f" in str(script))
    assert small == (Add("f"), Restart())


def test_what_cannot_be_made_smaller_stays():
    assert shrunk(LONG, lambda _: False) == LONG
