"""What a run will take, said before it starts."""

import pytest

from rig.costs import Cost, cost, estimate, table
from rig.requirements import suites_folder


def test_the_table_names_scenarios_that_exist():
    assert [module for module in table() if not (suites_folder() / module).is_file()] == []


def test_a_scenario_that_was_not_measured_has_an_ordinary_cost():
    assert cost("suites/auth/test_not_there.py::test_x") == Cost()


@pytest.mark.parametrize(("benches", "longer"), [(1, 2), (2, 1)])
def test_benches_share_the_time(benches, longer):
    modules = ["suites/auth/test_no_1.py", "suites/auth/test_no_2.py"]
    assert estimate(modules, benches).seconds - estimate([], benches).seconds == longer * Cost().seconds


def test_boots_of_a_device_add_to_the_time():
    module = ["suites/auth/test_no_1.py"]
    assert estimate(module, 1, boot_s=10.5).seconds - estimate(module, 1).seconds == pytest.approx(10.0)
    assert str(estimate(module, 1)) == "1 scenarios, 1 boots of the device, about 23 s"
