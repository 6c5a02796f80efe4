"""The certificate manager: sets are made, listed and selected; strange names are refused; private keys stay inside."""

import base64
import json

import pytest

from rig.bench import CertSet, ServerTls, shown
from rig.marks import control, verifies

CA_ONLY, WHOLE = "rig-ca-only", "rig-Whole_2"
BAD_NAMES = (
    "",
    ".",
    "..",
    "../rig-up",
    "rig-a/b",
    "rig-a\\b",
    "rig a",
    "rig-ä",
    "rig-a.pem",
    "rig-a\0b",
    "rig-a\n",
    "rig-a;b",
    "<b>",
    "%2e%2e",
)
LONG_NAMES = tuple("rig-" + letter * (length - 4) for letter, length in (("a", 25), ("b", 32), ("c", 64), ("d", 200)))
PAGES = (
    "/", "/load_config", "/load_auto_pid", "/load_auto_pid_car_data", "/load_car_config", "/check_status", "/autopid_data",
    "/cert_manager", "/cert_manager/", "/cert_manager/sets", "/cert_manager/sets/{}", "/cert_manager/sets/{}/client_key",
    "/cert_manager/sets/{}/client.key", "/cert_manager/sets?name={}", "/cert_manager/sets?name={}&part=client_key",
    "/cert_manager/{}/client.key", "/cert_manager/{}", "/certs/{}/client.key", "/{}/client.key", "/client.key",
)  # fmt: skip


@pytest.fixture(scope="module")
def identity(pki):
    return pki.authority("Rig Fleet Root").client("wican-managed")


@pytest.fixture(scope="module")
def uploads(bench, pki, identity):
    """The device's answers to three sets, the last of which takes the name of the bundle and may be refused."""
    ca = pki.trusted.certificate_pem
    yield {
        CA_ONLY: bench.sets.offer(CertSet(CA_ONLY, ca=ca)),
        WHOLE: bench.sets.offer(CertSet(WHOLE, ca=ca, client_certificate=identity.chain_pem, client_key=identity.key_pem)),
        "default": bench.sets.offer(CertSet("default", ca=ca)),
    }
    bench.sets.forget("default")


@pytest.fixture(scope="module")
def listed(bench, uploads):
    return bench.device.web.cert_sets()


@pytest.fixture(scope="module")
def trials(bench, pki, listed):
    """What became of sets under strange names; each holds a CA that nothing here may come to trust."""
    return {name: bench.sets.try_name(name, pki.stranger.certificate_pem) for name in BAD_NAMES + LONG_NAMES}


@pytest.fixture(scope="module")
def boot(bench, pki, trials):
    """The boot that applies it all; the destinations name the sets that were there before the strange names came."""
    asking = ServerTls(client_ca=pki.authority("Rig Fleet Root").certificate_pem, require_client_certificate=True)
    return bench.boot(
        ca_only=bench.destination(cert_set=CA_ONLY),
        whole=bench.destination(bench.receiver(tls=asking), cert_set=WHOLE),
        reserved=bench.destination(cert_set="default"),
        stranger=bench.destination(bench.receiver(pki.stranger.issue(bench.host)), cert_set=CA_ONLY),
    )


@verifies("certs/create-and-select")
def test_a_set_is_created_and_listed(uploads, listed):
    """The upload of a set with a name and a CA is accepted, and the list shows the set under its name with a CA."""
    assert uploads[CA_ONLY].ok, uploads[CA_ONLY].text
    assert listed.keys() >= {CA_ONLY, WHOLE}
    assert "ca" in listed[CA_ONLY]


@verifies("certs/create-and-select")
def test_a_set_is_still_selected_when_the_settings_are_read_back(bench, boot):
    """A destination in which the set was selected still names it after the reboot."""
    document = json.loads(bench.device.web.automate_document())
    assert [entry["cert_set"] for entry in document["destinations"]] == [CA_ONLY, WHOLE, "default", CA_ONLY]


@verifies("certs/create-and-select")
def test_a_set_is_listed_after_the_reboot_as_well(bench, boot):
    """After the reboot the list shows the sets with the same parts."""
    after = bench.device.web.cert_sets()
    assert {CA_ONLY, WHOLE} <= after.keys()


@control("certs/create-and-select", "certs/client-identity-in-set")
def test_a_destination_with_the_set_is_served(boot):
    assert boot.ca_only.wait_for_requests(2)


@verifies("certs/client-identity-in-set")
def test_the_list_says_which_parts_a_set_has(uploads, listed):
    """A set with CA, client certificate and key is listed with all three, one with a CA alone with that alone."""
    assert uploads[WHOLE].ok, uploads[WHOLE].text
    assert {name: sorted(listed.get(name, ())) for name in (CA_ONLY, WHOLE)} == {
        CA_ONLY: ["ca"],
        WHOLE: ["ca", "client_cert", "client_key"],
    }


@verifies("certs/bad-names")
@pytest.mark.parametrize("name", BAD_NAMES, ids=ascii)
def test_a_bad_name_is_refused(trials, name):
    """A name that is empty, or has anything but letters, digits, _ and -, is refused, and the list stays as it was."""
    assert not trials[name].answer.ok, trials[name].answer.text
    assert (trials[name].gained, trials[name].unchanged) == (frozenset(), True)


@verifies("certs/bad-names")
@pytest.mark.parametrize("name", LONG_NAMES, ids=len)
def test_a_long_name_is_refused_or_listed_as_it_was_shortened(trials, name, observed):
    """A long name is refused and adds nothing, or the list shows the one set that it became, whole or cut, under its real name."""
    trial = trials[name]
    observed(f"{len(name)} characters: {trial.answer.status}, listed as {[len(made) for made in trial.gained]} characters")
    assert trial.unchanged
    assert len(trial.gained) == int(trial.answer.ok)
    assert [made for made in trial.gained if not name.startswith(made)] == []
    assert trial.lasting == frozenset(), "it cannot be deleted under the name that the list shows"


@verifies("certs/bad-names")
def test_strange_names_change_no_other_set(boot):
    """After the reboot the sets that were there before are trusted as before, and what the strange sets held is not."""
    boot.ca_only.expect_requests(4)
    boot.stranger.wait_for_handshakes(2)
    assert [shown.ended(connection) for connection in boot.stranger.handshakes if not connection.refused] == []


@control("certs/bad-names")
def test_a_good_name_is_taken(uploads):
    assert uploads[CA_ONLY].ok
    assert uploads[WHOLE].ok


@verifies("certs/default-name-is-reserved")
def test_a_set_named_default_makes_nobody_trusted(uploads, boot, observed):
    """A set uploaded as default is refused, or a destination with default still sends nothing to a server of its CA."""
    observed(f"uploading a set named default: {uploads['default'].status} {uploads['default'].text[:40]}")
    boot.ca_only.wait_for_requests(5)
    assert [shown.ended(connection) for connection in boot.reserved.handshakes if not connection.refused] == []
    assert boot.reserved.requests == []


@control("certs/default-name-is-reserved")
def test_the_same_ca_under_another_name_makes_its_server_trusted(boot):
    assert boot.ca_only.wait_for_requests(5)


@verifies("certs/private-key-not-readable")
@pytest.mark.parametrize("page", PAGES)
def test_no_answer_holds_the_private_key(bench, boot, identity, page):
    """No page, list, setting or path below the certificate manager answers with a stored private key, in any writing."""
    answer = bench.device.web.get(page.format(WHOLE))
    assert writings(identity) & pieces(answer.body) == set()


@verifies("certs/private-key-not-readable")
def test_no_answer_to_an_upload_holds_the_private_key(uploads, trials, identity):
    """Neither the upload that stored the key nor one that was refused echoes it."""
    answers = [*uploads.values(), *(trial.answer for trial in trials.values())]
    assert [answer.text[:80] for answer in answers if writings(identity) & pieces(answer.body)] == []


@control("certs/private-key-not-readable")
def test_the_key_is_stored_and_in_use(boot):
    assert boot.whole.wait_for_requests(1)


WINDOW = 40


def writings(identity):
    """Stretches of the key as an answer might have them: base64 as in PEM, raw, and in hex."""
    lines = [line for line in identity.key_pem.decode().splitlines() if not line.startswith("-")]
    der = base64.b64decode("".join(lines))
    texts = ("".join(lines), der.decode("latin-1"), der.hex(), der.hex().upper())
    return {text[at : at + WINDOW] for text in texts for at in range(len(text) // 2, len(text) - WINDOW)}


def pieces(body):
    """Every stretch of that length in an answer, with and without line ends, also where they are escaped as in JSON."""
    raw = body.decode("latin-1")
    joined = raw.replace("\\r", "").replace("\\n", "").replace("\r", "").replace("\n", "").replace("\\/", "/")
    return {text[at : at + WINDOW] for text in (raw, joined) for at in range(len(text) - WINDOW + 1)}
