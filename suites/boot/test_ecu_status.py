"""The ECU state: a car that is silent from the boot on, then answers, then falls silent; first successes are held back."""

import pytest

from rig.bench import Reply
from rig.marks import applies_only_if, control, verifies
from rig.oracle import blocks, posts

NO_STATUS = "the second destination was sent no status block, which boot/context-per-destination judges"


@pytest.fixture(scope="module")
def boot(bench):
    """Two destinations get no success until the car has answered, or been silent, for the settling time."""
    bench.vehicle.silent()
    answering, silent = bench.receiver(), bench.receiver()
    for receiver in (answering, silent):
        receiver.reply(Reply(status=503))
    return bench.boot(
        answering=bench.destination(answering, cycle_ms=2000),
        silent=bench.destination(silent, cycle_ms=2000),
    )


def settled(bench):
    """What the web API says once the car has been asked for longer than the settling time."""
    until_ns = bench.now_ns() + round(bench.profile.settling_s * 1e9)
    patience_s = bench.profile.settling_s + 30
    posts.needed(bench.vehicle.wait_for_request(lambda request: request.stamp_ns > until_ns, patience_s), "a poll of the car")
    return bench.device.web.status()


def released(watched):
    """The status block of the first success, which from now on may come."""
    watched.receiver.reply(Reply())
    watched.wait_for_successes(1)
    return next(post.body.status for post in posts.read(watched.attempts) if post.success)


@pytest.fixture(scope="module")
def silent_from_the_start(bench, boot):
    """The web API's status."""
    return settled(bench)


@pytest.fixture(scope="module")
def answering(bench, boot, silent_from_the_start):
    """The web API's status, and that of the first success held back till now."""
    bench.event("stimulus", "the car answers")
    bench.vehicle.speak()
    return settled(bench), released(boot.answering)


@pytest.fixture(scope="module")
def silent_again(bench, boot, answering):
    """The web API's status, and that of the first success held back till now."""
    bench.event("stimulus", "the car falls silent")
    bench.vehicle.silent()
    return settled(bench), released(boot.silent)


@control("boot/ecu-status")
def test_the_car_was_asked_and_the_posts_were_held_back(bench, boot, silent_again):
    assert bench.vehicle.engine.requests
    assert [post.success for post in posts.read(boot.silent.attempts, at_least=3)[:2]] == [False, False]


@verifies("boot/ecu-status")
def test_a_car_that_never_answered_is_offline(silent_from_the_start):
    """After a settling time without any answer since the boot the web API says offline."""
    assert silent_from_the_start.get("ecu_status") == "offline"


@verifies("boot/ecu-status")
def test_a_car_that_answers_is_online(answering):
    """After ECUs have been answering for the settling time the web API says online."""
    assert answering[0].get("ecu_status") == "online"


@verifies("boot/ecu-status")
def test_a_first_success_while_the_car_answers_says_online(answering):
    """The status of a first success that was held back until then says online."""
    assert posts.needed(answering[1], "a status block").get("ecu_status") == "online"


@verifies("boot/ecu-status")
def test_a_car_that_fell_silent_is_offline(silent_again):
    """After ECUs have been silent for the settling time the web API says offline."""
    assert silent_again[0].get("ecu_status") == "offline"


@verifies("boot/ecu-status")
def test_a_first_success_while_the_car_is_silent_says_offline(silent_again):
    """The status of a first success that was held back until then says offline."""
    applies_only_if(silent_again[1], NO_STATUS)
    assert silent_again[1].get("ecu_status") == "offline"


@verifies("boot/status-agrees-with-api")
def test_a_settled_status_agrees_with_the_web_api(answering):
    """Once ECUs have been answering, the posted status has what the web API reports at the same time, ecu_status included."""
    api, posted = answering
    assert blocks.disagreements(posts.needed(posted, "a status block"), api, settled=True) == []


@verifies("boot/status-agrees-with-api")
def test_a_settled_status_agrees_with_the_web_api_when_the_car_is_silent(silent_again):
    """Once ECUs have been silent, the posted status has what the web API reports at the same time, ecu_status included."""
    api, posted = silent_again
    applies_only_if(posted, NO_STATUS)
    assert blocks.disagreements(posted, api, settled=True) == []
