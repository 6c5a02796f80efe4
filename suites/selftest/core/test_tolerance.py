"""Tolerances: a bench file may widen them and nothing else."""

import pytest

from rig.errors import UsageError
from rig.tolerance import Tolerances


@pytest.mark.parametrize(
    ("cycle_ms", "median_ms", "interval_ms"), [(1000, 100, 200), (2000, 100, 200), (5000, 250, 500), (10_000, 500, 1000)]
)
def test_relative_and_absolute_part(cycle_ms, median_ms, interval_ms):
    assert (Tolerances().median_of(cycle_ms), Tolerances().interval_of(cycle_ms)) == (median_ms, interval_ms)


def test_a_bench_widens(tmp_path):
    assert Tolerances.from_mapping({"median_ms": 150, "minimum_gap_ms": 800}) == Tolerances(median_ms=150, minimum_gap_ms=800)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"median_ms": 50}, "stricter"),
        ({"minimum_gap_ms": 950}, "stricter"),
        ({"speed": 1}, "no tolerance"),
        ({"clock_s": True}, "number above 0"),
    ],
)
def test_anything_else_is_refused(values, said):
    with pytest.raises(UsageError, match=said):
        Tolerances.from_mapping(values)
