"""Every other number in the device's own list of standard PIDs, all in one configuration, at both ends of the ranges.

A pass over so many PIDs takes a device twenty seconds and more, so that two levels have to show everything: the upper end, and
some steps above the lower one, where no two bytes are alike.
"""

import pytest

from rig.bench import StandardPid
from rig.marks import control, verifies
from rig.oracle import posts, standard, truth

COMMON = ("04", "05", "0B", "0C", "0D", "0E", "0F", "11", "2F", "42", "46")
LEVELS = ("low", "highest")


@pytest.fixture(scope="module")
def names(bench):
    """Names from the device's own list that stand for a number of SAE J1979, the common ones aside."""
    listed = [str(row["name"]) for row in bench.device.web.read_json("/std_pid_info")]
    return posts.needed([name for name in listed if standard.knows(name) and name[:2] not in COMMON], "standard PIDs in the device's list")


@pytest.fixture(scope="module")
def boot(bench, names):
    for at, name in enumerate(names):
        bench.vehicle.engine.set_share(name, 0, steps=1 + at % 4)
    return bench.boot(parameters=tuple(StandardPid(name) for name in names), plain=bench.destination())


@pytest.fixture(scope="module")
def everything(bench, telling, boot, names):
    return telling(boot.plain, [truth.Reading.standard(name, bench.vehicle.engine) for name in names])


@pytest.fixture(scope="module")
def low(boot, everything):
    """The first POST that has everything, and what is wrong in it."""
    post = everything.after(boot.gone_ns)
    return post, everything.wrong(post, may_lack=True)


@pytest.fixture(scope="module")
def highest(bench, names, everything, low):
    """The same for the highest values."""
    bench.event("stimulus", "every value at its highest")
    for name in names:
        bench.vehicle.engine.set_share(name, 1)
    post = everything.after(bench.now_ns())
    return post, everything.wrong(post, may_lack=True)


@control("vehicle/standard-pids-all")
def test_the_device_decodes_other_pids(everything, low, highest):
    assert everything.shown(low[0])
    assert everything.shown(highest[0])


@verifies("vehicle/standard-pids-all")
@pytest.mark.parametrize("level", LEVELS)
def test_other_pids_decode_as_the_standard_says_or_are_absent(request, everything, names, observed, level):
    """At the ends of its range each number of the device's own list has the value of SAE J1979, or is not sent at all."""
    post, wrong = request.getfixturevalue(level)
    observed(
        f"{len(everything.shown(post))} of {len(names)} parameters sent; not sent: {sorted(set(names) - everything.shown(post).keys())}"
    )
    everything.expect_none(wrong)


@verifies("vehicle/standard-pids-all")
def test_no_post_had_another_value(everything, highest):
    """In every POST of the boot each value is one that the engine had answered since the poll before."""
    everything.expect_none(everything.untrue(everything.told()))
