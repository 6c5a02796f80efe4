"""TLS versions, suites and the ClientHello: servers of the past between good ones, each shown several times in a row."""

from ssl import TLSVersion

import pytest

from rig.bench import Present, ScriptedServerHello, ScriptedSsl3, ServerTls, shown
from rig.marks import control, verifies
from rig.oracle import posts
from rig.pki import KeyKind

# A device that accepts such a ServerHello goes on and waits; it is not waited for as long as an attempt may take.
WAIT_S = 1.5
TLS12, NULL_SHA, NULL_SHA256 = 0x0303, 0x0002, 0x003B  # RFC 5246, A.5: TLS_RSA_WITH_NULL_SHA and TLS_RSA_WITH_NULL_SHA256
OLD = {
    "TLS 1.0": ServerTls(minimum=TLSVersion.TLSv1, maximum=TLSVersion.TLSv1),
    "TLS 1.1": ServerTls(minimum=TLSVersion.TLSv1_1, maximum=TLSVersion.TLSv1_1),
}
WEAK = {
    "no encryption": ServerTls(maximum=TLSVersion.TLSv1_2, ciphers="eNULL"),
    "no authentication": ServerTls(maximum=TLSVersion.TLSv1_2, ciphers="aNULL"),
}
SSL3 = ScriptedSsl3(for_s=WAIT_S)
FORCED = {
    "no encryption, whatever was offered": ScriptedServerHello(TLS12, NULL_SHA, for_s=WAIT_S),
    "no encryption and SHA-256, whatever was offered": ScriptedServerHello(TLS12, NULL_SHA256, for_s=WAIT_S),
}


@pytest.fixture(scope="module")
def leaf(bench, pki):
    """A good identity with an RSA key, which every suite of the past can use."""
    return pki.trusted.issue(bench.host, key=KeyKind.RSA_2048)


@pytest.fixture(scope="module")
def boot(bench, pki, leaf):
    elsewhere = bench.receiver(pki.trusted.issue("elsewhere.rig.test"))
    boot = bench.boot(
        modern=bench.destination(),
        versions=bench.destination(bench.receiver(leaf)),
        suites=bench.destination(bench.receiver(leaf)),
        address=bench.destination(elsewhere, host=bench.address),
    )
    good = Present(leaf, ServerTls(maximum=TLSVersion.TLSv1_2), "TLS 1.2")
    times = shown.times(bench.profile)
    for watched, past in ((boot.versions, OLD), (boot.suites, WEAK)):
        turns = [[good, *[Present(leaf, tls, name)] * times] for name, tls in past.items()]
        watched.receiver.connection_script([turn for turns_of_one in turns for turn in turns_of_one])
    boot.versions.receiver.connection_script([good, *[SSL3] * times, good])
    boot.suites.receiver.connection_script([good, *[*FORCED.values()], good])
    return boot


def not_refused(bench, watched, name):
    """How the device took such a server, without the times it broke off."""
    return [shown.ended(connection) for connection in watched.wait_for_acts(name, shown.times(bench.profile)) if not connection.refused]


def gone_on(watched, act, count):
    """How the device took a server whose first flight is scripted, where it went on with the handshake."""
    seen = watched.wait_for_acts(str(act), count)
    accepted = [shown.ended(connection) for connection in seen if shown.went_on(connection)]
    posts.needed(accepted or all(connection.refused for connection in seen), "a refusal while the server listens")
    return accepted


@verifies("trust/old-tls-refused")
@pytest.mark.parametrize("name", OLD)
def test_a_server_of_an_old_version_gets_nothing(bench, boot, name):
    """A server that offers nothing newer is refused each time, without a byte of application data."""
    assert not_refused(bench, boot.versions, name) == []


@verifies("trust/old-tls-refused")
def test_a_server_of_ssl_3_gets_nothing(bench, boot):
    """A server that answers with SSL 3 is refused each time: the device does not go on with the handshake."""
    assert gone_on(boot.versions, SSL3, shown.times(bench.profile)) == []


@verifies("trust/old-tls-refused")
def test_tls_1_2_works(boot):
    """A server that knows nothing newer than TLS 1.2 is served with it."""
    for watched in (boot.versions, boot.suites):
        seen = watched.wait_for_acts("TLS 1.2", 4)
        assert shown.unserved(watched, seen) == []
        assert {connection.tls_version for connection in seen} == {"TLSv1.2"}


@verifies("trust/null-ciphers-refused")
@pytest.mark.parametrize("name", WEAK)
def test_a_server_without_encryption_or_authentication_gets_nothing(bench, boot, name):
    """A server that offers only suites without encryption, or without authentication, is refused each time."""
    assert not_refused(bench, boot.suites, name) == []


@verifies("trust/null-ciphers-refused")
@pytest.mark.parametrize("name", FORCED)
def test_a_suite_without_encryption_that_nobody_offered_is_refused(boot, name):
    """A server that chooses a suite without encryption, whatever the device offered, is refused."""
    assert gone_on(boot.suites, FORCED[name], 1) == []


@control("trust/null-ciphers-refused", "trust/old-tls-refused")
def test_good_servers_are_served(boot):
    assert boot.modern.wait_for_requests(3)


@verifies("trust/sni")
@pytest.mark.parametrize("name", ["modern", "versions", "suites"])
def test_sni_names_the_host_of_the_url(bench, boot, name):
    """Every ClientHello names the host of the URL."""
    host = bench.dns_name
    boot[name].wait_for_handshakes(6)
    hellos = [connection.hello for connection in boot[name].handshakes if connection.hello]
    assert {hello.server_name for hello in hellos} == {host}


@verifies("trust/ip-address-host")
def test_what_becomes_of_a_certificate_without_the_address_is_reported(bench, boot, pki, observed):
    """A certificate that lacks the URL's IP address: refused, or served all the same."""
    seen = boot.address.wait_for_handshakes(2)
    observed(f"certificate without the address: {', '.join(shown.ended(connection) for connection in seen)}")
    boot.address.receiver.present(pki.trusted.issue(bench.address))
    boot.address.wait_for_successes(1)
    observed(f"SNI: {sorted({str(one.hello.server_name) for one in boot.address.handshakes if one.hello})}")


@verifies("trust/client-hello")
def test_the_client_hello_is_reported(boot, observed):
    """Versions, suites, groups, signature algorithms, ALPN and resumption as offered, and the version that was agreed on."""
    seen = boot.modern.wait_for_handshakes(3)
    hello = seen[0].hello
    for what, numbers in (
        ("versions", hello.versions or (hello.legacy_version,)),
        ("suites", hello.cipher_suites),
        ("groups", hello.groups),
        ("signature algorithms", hello.signature_algorithms),
    ):
        observed(f"{what} {' '.join(f'{number:04x}' for number in numbers)}")
    observed(f"SNI {hello.server_name}, ALPN {', '.join(hello.alpn) or 'none'}")
    observed(f"session offered again {any(one.hello.session_offered for one in seen[1:])}, resumed {any(one.resumed for one in seen)}")
    observed(f"agreed on {', '.join(sorted({f'{one.tls_version} {one.cipher}' for one in seen}))} where TLS 1.3 was offered")
