"""Cert set default: a root of the bundle is believed, what it issued wrongly is not, and a custom set does not believe it at all."""

from datetime import UTC, datetime

import pytest

from rig.bench import Present, shown
from rig.marks import control, verifies
from rig.pki import wrong

pytestmark = [pytest.mark.needs("default_bundle_anchor")]
PRIVATE = dict.fromkeys(("other-ca", "same-name-other-key"), "trust/default-refuses-private-ca")
SET_ONLY = ("trust/intermediate-must-be-sent", "trust/ip-address-host")
REQUIREMENTS = {name: id_ for name, id_ in wrong.requirements().items() if id_ not in SET_ONLY} | PRIVATE
CONTROLS = {name: name for name in REQUIREMENTS} | {"name-constraint-violated": "intermediate-no-ca"}


def each(mark):
    return pytest.mark.parametrize("name", [pytest.param(name, marks=mark(id_)) for name, id_ in REQUIREMENTS.items()])


@pytest.fixture(scope="module")
def boot(bench, pki):
    bench.device.web.set_clock(datetime.now(UTC))
    good = pki.public.issue(bench.host)
    by_default = {f"bundle_{number}": bench.destination(bench.receiver(good), cert_set="default") for number in range(1, 6)}
    return bench.boot(custom=bench.destination(), **by_default)


@pytest.fixture(scope="module")
def bundle(boot):
    """The destinations with the set default."""
    return [watched for watched in boot if watched.name != "custom"]


@pytest.fixture(scope="module")
def show(bench, bundle, pki, public_at_custom):
    """Every case, shown to one of the destinations with the set default or another until all are through."""
    return shown.Show.of(wrong.cases(pki.public, bench.host).values(), bundle, bench.profile)


@pytest.fixture(scope="module")
def public_at_custom(bench, boot, pki):
    """How often servers of the public root are shown to the destination with the custom set: after a success, and after failures."""
    public, own = pki.public.issue(bench.host), pki.trusted.issue(bench.host)
    through = pki.public.intermediate("Rig Public Intermediate").issue(bench.host)
    repeats = shown.times(bench.profile)
    turns = [[Present(own, label="own")] + [Present(leaf, label="public")] * repeats for leaf in (public, through)]
    boot.custom.receiver.connection_script([turn for turns_of_one in turns for turn in turns_of_one])
    return 2 * repeats


@pytest.fixture(scope="module")
def met(boot, show, public_at_custom):
    """Connections on which the custom set met servers of the public root."""
    shown.see_through(boot.custom, {"public"}, public_at_custom)
    return boot.custom.wait_for_acts("public", public_at_custom, 1.0)


@verifies("trust/default-accepts-public-root")
def test_servers_of_the_public_root_are_served(bundle):
    """A server that a root of the bundle issued is served from the first attempt on."""
    for watched in bundle:
        assert shown.unserved(watched, watched.expect_handshakes(1)) == []


@verifies("trust/default-accepts-public-root")
@pytest.mark.parametrize("name", ["other-ca", "expired", "other-host", "intermediate-not-sent", "intermediate-expired"])
def test_servers_of_the_public_root_are_served_whenever_they_are_met(show, name):
    """Directly or through an intermediate that is sent, and whatever servers were met before."""
    assert show.unserved(name) == []


@each(verifies)
def test_a_wrong_server_gets_nothing(show, name, observed):
    """With default, too, the device breaks off each time, and not one byte of application data reaches the server."""
    seen = show.wrong(name)
    observed(", ".join(shown.ended(connection) for connection in seen))
    assert [shown.ended(connection) for connection in seen if not connection.refused] == []


@each(control)
def test_its_right_twin_is_served(show, name):
    assert show.unserved(CONTROLS[name]) == []


@verifies("trust/custom-refuses-public-root")
def test_a_custom_set_does_not_believe_the_public_root(met, observed):
    """With a custom set a server of a root of the bundle gets nothing, directly issued or through an intermediate."""
    observed(", ".join(shown.ended(connection) for connection in met))
    assert [shown.ended(connection) for connection in met if not connection.refused] == []


@control("trust/custom-refuses-public-root")
def test_the_custom_sets_own_server_is_served(boot, met):
    assert boot.custom.requests_on(boot.custom.wait_for_acts("own", 1)[:1])


@verifies("trust/alerts")
def test_the_alerts_under_default_are_reported(show, observed):
    """With which alert, or without one, the device refuses under the set default."""
    for name in REQUIREMENTS:
        observed(f"{name}: {', '.join(sorted({shown.ended(connection) for connection in show.wrong(name)}))}")
