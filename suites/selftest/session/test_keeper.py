"""What the keeper of the bench says of a verdict."""

from types import SimpleNamespace

import pytest

from rig.profile import Deviation, DeviceProfile
from rig.session import BenchKeeper
from rig.verdict import Verdict

PROFILE = DeviceProfile("4.40p", deviations=(Deviation("auth/basic", ("auth/test_x.py::test_known",), "source", "as shipped"),))


@pytest.mark.parametrize(
    ("test", "verifies", "verdict", "said"),
    [
        ("test_known", ("auth/basic",), Verdict.FAIL, Verdict.KNOWN_DEVIATION),
        ("test_known", ("auth/basic",), Verdict.PASS, Verdict.PASS),
        ("test_known", ("auth/basic", "auth/api-key"), Verdict.FAIL, Verdict.FAIL),
        ("test_other", ("auth/basic",), Verdict.FAIL, Verdict.FAIL),
        ("test_known", (), Verdict.FAIL, Verdict.FAIL),
    ],
)
def test_only_a_listed_failure_of_all_that_a_test_judges_is_a_known_deviation(test, verifies, verdict, said):
    keeper = BenchKeeper.__new__(BenchKeeper)
    keeper._bench = SimpleNamespace(profile=PROFILE)
    assert keeper.deviation(f"suites/auth/test_x.py::{test}", verifies, verdict) is said
