"""Which servers the document profile believes, and what each rule keeps out."""

import ssl

import pytest

from rig.emulator.active import CachedSet
from rig.emulator.behaviour import Behaviour, Point
from rig.emulator.publisher.lenient import objection
from rig.emulator.publisher.trust import Rule, Trust, certificates
from rig.pki import Authority, self_signed
from rig.pki.wrong import cases

pytestmark = pytest.mark.asyncio

HOST = "one.bench.rig.test"
RULE = {
    "other-ca": Rule.ANCHOR,
    "same-name-other-key": Rule.ANCHOR_KEY,
    "self-signed": Rule.SELF_SIGNED,
    "expired": Rule.EXPIRED,
    "not-yet-valid": Rule.BEGUN,
    "other-host": Rule.NAME,
    "wildcard-too-deep": Rule.WILDCARD,
    "wildcard-bare-domain": Rule.WILDCARD,
    "intermediate-no-ca": Rule.CA,
    "path-too-long": Rule.PATH_LENGTH,
    "intermediate-expired": Rule.ISSUER_DATES,
    "client-usage-only": Rule.USAGE,
    "name-constraint-violated": Rule.CONSTRAINTS,
    "md5": Rule.HASH,
    "sha1": Rule.HASH,
    "md5-intermediate": Rule.HASH,
    "sha1-intermediate": Rule.HASH,
    "rsa-1024": Rule.KEY,
    "rsa-1024-intermediate": Rule.KEY,
    "broken-signature": Rule.SIGNATURE,
    "broken-intermediate-signature": Rule.SIGNATURE,
    "intermediate-not-sent": Rule.SENT,
}


@pytest.fixture(scope="session")
def authority():
    return Authority.root("Emulator Test Root")


@pytest.fixture(scope="session")
def by_name(authority):
    return cases(authority, HOST)


def serving(identity, folder, *, weak=False):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if weak:
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
    (folder / "chain").write_bytes(identity.chain_pem)
    (folder / "key").write_bytes(identity.key_pem)
    context.load_cert_chain(folder / "chain", folder / "key")
    return context


async def outcome(stage, context, ca_pem, behaviour=None, cert_set="theirs", bundle=None):
    server = await stage.server(context=context)
    sets = {"theirs": CachedSet("theirs", ca=ca_pem)}
    turn = await stage.attempt(stage.destination(server, cert_set=cert_set), behaviour, sets=sets, bundle=bundle)
    assert len(server.seen) == turn.success
    return turn


def der(chain_pem):
    return list(certificates(chain_pem))


@pytest.mark.parametrize("name", sorted(RULE))
async def test_a_server_wrong_in_one_way_is_refused_and_its_twin_served(stage, by_name, tmp_path, name):
    case = by_name[name]
    wrong = await outcome(stage, serving(case.wrong, tmp_path, weak=case.weak), case.ca_pem)
    assert (wrong.success, wrong.exchange.error) == (False, "ESP_ERR_HTTP_CONNECT")
    assert (await outcome(stage, serving(case.twin, tmp_path), case.ca_pem)).success


@pytest.mark.parametrize("name", sorted(RULE))
async def test_without_its_rule_and_only_without_it_a_wrong_server_is_believed(by_name, name):
    case, rule = by_name[name], RULE[name]
    anchors = tuple(der(case.ca_pem))
    for other in set(Rule) - {rule, Rule.ANCHOR, Rule.ANCHOR_KEY, Rule.SIGNATURE, Rule.SENT}:
        assert objection(der(case.wrong.chain_pem), Trust(anchors, HOST, HOST, without=frozenset({other}))), other
    lenient = Trust(anchors, HOST, HOST, without=frozenset({rule}))
    assert objection(der(case.twin.chain_pem), lenient) == ""
    assert objection(der(case.wrong.chain_pem), lenient) == ""


async def test_a_careless_device_posts_to_a_wrong_server(stage, by_name, tmp_path):
    case = by_name["client-usage-only"]
    careless = Behaviour().altered(Point.TRUST, lambda trust, _: trust.but_without(Rule.USAGE))
    assert (await outcome(stage, serving(case.wrong, tmp_path), case.ca_pem, careless)).success


async def test_the_exact_certificate_may_be_its_own_ca(stage, tmp_path):
    leaf = self_signed(HOST)
    assert (await outcome(stage, serving(leaf, tmp_path), leaf.certificate_pem)).success


async def test_an_intermediate_may_be_an_anchor(stage, authority, tmp_path):
    intermediate = authority.intermediate("Anchor")
    identity = intermediate.issue(HOST).without_intermediate()
    assert (await outcome(stage, serving(identity, tmp_path), intermediate.certificate_pem)).success


@pytest.mark.parametrize(("cert_set", "fallback", "success"), [
    ("default", False, True), (None, False, True), ("gone", False, False), ("empty", False, False), ("gone", True, True),
    ("junk", True, False), ("own", False, False),
])  # fmt: skip
async def test_the_bundle_serves_default_only(stage, authority, tmp_path, cert_set, fallback, success):
    server = await stage.server(context=serving(authority.issue(HOST), tmp_path))
    sets = {"empty": CachedSet("empty"), "junk": CachedSet("junk", ca=b"-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----")}
    turn = await stage.attempt(
        stage.destination(server, cert_set=cert_set),
        Behaviour(bundle_fallback=fallback),
        sets=sets,
        bundle=authority.certificate_pem,
    )
    assert turn.success is success


async def test_addresses_are_looked_for_unless_told_otherwise(stage, authority, tmp_path):
    identity = authority.issue("elsewhere.rig.test")
    results = []
    for behaviour in (Behaviour(), Behaviour(check_addresses=False)):
        server = await stage.server(context=serving(identity, tmp_path))
        sets = {"theirs": CachedSet("theirs", ca=authority.certificate_pem)}
        turn = await stage.attempt(stage.destination(server, host="127.0.0.1", cert_set="theirs"), behaviour, sets=sets)
        results.append((turn.success, getattr(server, "last_name", None)))
    assert results == [(False, None), (True, None)]


async def test_where_no_address_is_looked_for_the_issuer_still_counts(stage, authority, stranger, tmp_path):
    server = await stage.server(context=serving(authority.issue("127.0.0.1"), tmp_path))
    sets = {"theirs": CachedSet("theirs", ca=stranger.cert_pem.bytes())}
    behaviour = Behaviour(check_addresses=False)
    assert not (await stage.attempt(stage.destination(server, host="127.0.0.1", cert_set="theirs"), behaviour, sets=sets)).success


async def test_dates_do_not_count_where_the_firmware_does_not_look(stage, by_name, tmp_path):
    for name in ("expired", "not-yet-valid", "intermediate-expired"):
        case = by_name[name]
        assert (await outcome(stage, serving(case.wrong, tmp_path), case.ca_pem, Behaviour(check_dates=False))).success, name


@pytest.mark.parametrize(("version", "success"), [("TLSv1_1", False), ("TLSv1_2", True), ("TLSv1_3", True)])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
async def test_versions(stage, ca, version, success):
    context = stage.leaf_context(ca.issue_cert(HOST))
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    server = await stage.server(context=context)
    assert (await stage.attempt(stage.destination(server))).success is success


async def test_a_set_shows_its_identity_and_half_a_pair_shows_none(stage, authority, tmp_path):
    client = authority.client("device")
    other = authority.client("other")
    results = []
    for certificate, key in ((client.chain_pem, client.key_pem), (client.chain_pem, None), (client.chain_pem, other.key_pem)):
        context = serving(authority.issue(HOST), tmp_path)
        context.load_verify_locations(cadata=authority.certificate_pem.decode())
        context.verify_mode = ssl.CERT_REQUIRED
        server = await stage.server(context=context)
        sets = {"theirs": CachedSet("theirs", authority.certificate_pem, certificate, key)}
        turn = await stage.attempt(stage.destination(server, cert_set="theirs"), sets=sets)
        results.append((turn.success, server.seen[0].client_certificate is not None if server.seen else None))
    assert results == [(True, True), (False, None), (False, None)]


async def test_plain_text_where_tls_is_expected_is_refused(stage):
    server = await stage.server(plain=True)
    turn = await stage.attempt(stage.destination(server), Behaviour(time_limit_s=0.3))
    assert not turn.success
    assert server.seen == []

