"""The Quick Start of the product document, followed word by word in a browser; then as a user with a public server would."""

import pytest

from rig.bench import DEFAULT_PARAMETERS, AutomateDocument
from rig.marks import verifies
from rig.oracle import payload

pytestmark = [pytest.mark.browser]
TOKEN = "MY_SUPER_TOKEN"


def as_shipped(bench, grouping):
    """A device that polls its car, and has no destination yet."""
    bench.store(AutomateDocument(parameters=DEFAULT_PARAMETERS, grouping=grouping), f"no destination, grouping {grouping}d")


def arrives(server, authorization):
    """JSON from the first POST on, with values of the car as soon as it was polled, which the first may precede."""
    requests = server.expect_requests(2)
    bodies = [payload.read(request.body) for request in requests]
    assert [body.problems for body in bodies if body.problems] == []
    assert bodies[-1].telemetry
    assert {tuple(request.header("Authorization")) for request in requests} == {tuple(authorization)}


@verifies("webpage/quick-start")
def test_the_nine_steps_end_in_json(bench, page):
    """Done word by word in a browser, the nine steps end in JSON at the server, with the token that was entered."""
    server = bench.destination(cycle_ms=5000, bearer=TOKEN)
    bench.sets.provide([server.needed_set])
    as_shipped(bench, "disable")
    page.open()
    page.automate()
    page.grouping.choose("Enable")  # 1. Automate tab → Set Grouping = Enable.
    destination = page.add_destination()  # 2. Click Add Destination
    destination.type.choose("HTTPS POST")  # → Type = HTTPS POST.
    destination.url.enter(server.entry(bench.host).url)  # 3. Paste URL beginning with https://
    destination.cycle.enter("5000")  # 4. Cycle (ms) = 5000
    destination.auth.choose("bearer")  # 5. Auth = Bearer Token (optional)
    destination.token.enter(TOKEN)  # → enter token only.
    destination.cert_set.choose(server.needed_set.name)  # 6. Cert Set: a private CA, so the custom set.
    destination.tick()  # 7. Tick Enabled.
    boot = bench.submit(page.press_submit, server=server)  # 8. Scroll to bottom → press Submit Changes.
    arrives(boot.server, [f"Bearer {TOKEN}"])  # 9. Verify server receives JSON after first cycle.


@pytest.mark.needs("default_bundle_anchor")
@verifies("webpage/quick-start")
def test_with_grouping_enabled_and_a_public_server_too(bench, pki, page):
    """Where Grouping is enabled already, steps 2 to 9 with no token and the set 'default' end in JSON at a public server."""
    server = bench.destination(bench.receiver(pki.public.issue(bench.host)), cycle_ms=5000, cert_set="default")
    as_shipped(bench, "enable")
    page.open()
    page.automate()
    destination = page.add_destination()
    destination.type.choose("HTTPS POST")
    destination.url.enter(server.entry(bench.host).url)
    destination.cycle.enter("5000")
    destination.auth.choose("none")
    destination.cert_set.choose("default")
    destination.tick()
    boot = bench.submit(page.press_submit, server=server)
    arrives(boot.server, [])
