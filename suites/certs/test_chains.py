"""Sets that hold a chain, and sets side by side: each trusts what it holds and nothing else."""

import pytest

from rig.bench import CertSet, Present, shown
from rig.marks import control, verifies


@pytest.fixture(scope="module")
def chain(pki):
    """An intermediate that issues servers, below a root of its own."""
    return pki.authority("Rig Chain Root").intermediate("Rig Chain Intermediate")


@pytest.fixture(scope="module")
def servers(bench, pki, chain):
    """Identities to be shown where they are not expected."""
    return {
        "first": pki.trusted.issue(bench.host),
        "second": pki.authority("Rig Second Root").issue(bench.host),
        "chain": chain.issue(bench.host),
        "stranger": pki.stranger.intermediate("Rig Chain Intermediate").issue(bench.host),
    }


@pytest.fixture(scope="module")
def boot(bench, pki, chain, servers):
    root, leaf = pki.authority("Rig Chain Root"), servers["chain"]
    down = CertSet("rig-root-first", ca=root.certificate_pem + chain.certificate_pem)
    up = CertSet("rig-root-last", ca=chain.certificate_pem + root.certificate_pem)
    return bench.boot(
        sent=bench.destination(bench.receiver(leaf), cert_set=down),
        not_sent=bench.destination(bench.receiver(leaf.without_intermediate()), cert_set=down),
        sent_to_last=bench.destination(bench.receiver(leaf), cert_set=up),
        not_sent_to_last=bench.destination(bench.receiver(leaf.without_intermediate()), cert_set=up),
        first=bench.destination(),
        second=bench.destination(bench.receiver(servers["second"]), cert_set=pki.authority("Rig Second Root")),
    )


SHOWN = {"first": ("second", "chain"), "second": ("first", "stranger"), "sent": ("first", "stranger"), "not_sent": ("second",)}


@pytest.fixture(scope="module")
def foreign(bench, boot, servers):
    """Servers of other sets, and of nobody's, shown where they do not belong, once every destination has succeeded."""
    for watched in boot:
        watched.receiver.wait(lambda _, watched=watched: bool(watched.successes), watched.patience.within(1))
    times = shown.times(bench.profile)
    for name, others in SHOWN.items():
        turns = [[*[Present(servers[other], label=other)] * times, None] for other in others]
        boot[name].receiver.connection_script([turn for turns_of_one in turns for turn in turns_of_one])
    return times


@verifies("certs/ca-chain-in-set")
@pytest.mark.parametrize("name", ["sent", "not_sent", "sent_to_last", "not_sent_to_last"])
def test_a_server_of_the_intermediate_is_served(boot, foreign, name):
    """Whether or not the server sends the intermediate, and whichever of the two comes first in the set, it is served each time."""
    boot[name].expect_successes(3, boot[name].patience.within(10))
    met = [connection for connection in boot[name].handshakes if connection.act is None]
    assert shown.unserved(boot[name], met) == []


@verifies("certs/ca-chain-in-set", "certs/sets-do-not-mix")
@pytest.mark.parametrize("name", ["sent", "not_sent"])
def test_a_chain_in_a_set_makes_no_other_trusted(boot, foreign, name):
    """A server of another set, and one behind an intermediate of the same name below a stranger, get nothing."""
    assert taken(boot, foreign, name) == []


@verifies("certs/sets-do-not-mix")
@pytest.mark.parametrize("name", ["first", "second"])
def test_a_server_of_another_set_gets_nothing(boot, foreign, name):
    """A server that another destination's set trusts is refused each time."""
    assert taken(boot, foreign, name) == []


@verifies("certs/sets-do-not-mix")
@pytest.mark.parametrize("name", ["first", "second"])
def test_each_set_trusts_its_own_server(boot, name):
    """A destination is served by the server that its own set trusts, whatever sets others have."""
    boot[name].expect_successes(1)


@control("certs/sets-do-not-mix")
def test_a_server_is_served_at_all(boot):
    assert boot.sent.wait_for_successes(1)


def taken(boot, times, name):
    """How the destination took servers that do not belong to its set, without the times it broke off."""
    seen = [one for other in SHOWN[name] for one in boot[name].wait_for_acts(other, times, boot[name].patience.within(2 * times + 2))]
    return [f"{connection.act}: {shown.ended(connection)}" for connection in seen if not connection.refused]
