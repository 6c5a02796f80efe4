"""Six destinations in one boot, each with query parameters of its own."""

import pytest

from rig.marks import control, verifies

EIGHT = tuple((f"key{number}", f"value{number}") for number in range(1, 9))
# RFC 3986, 2.3: unreserved characters, and sub-delimiters that a query may hold without meaning anything in it
SAFE = (("unreserved-._~", "AZaz09-._~"), ("sub", "!$'()*,;:@/?"), ("encoded", "a%20b%2Fc%25d"))


@pytest.fixture(scope="module")
def boot(bench):
    return bench.boot(
        two=bench.destination(query=(("source", "wican_pro"), ("env", "prod"))),
        none=bench.destination(),
        eight=bench.destination(query=EIGHT),
        existing=bench.destination(path="/ingest?fixed=1", query=(("source", "wican_pro"), ("env", "prod"))),
        safe=bench.destination(query=SAFE),
        existing_alone=bench.destination(path="/ingest?fixed=1&and=2"),
    )


def targets(watched, count=3):
    return [request.target for request in watched.wait_for_requests(count)]


@verifies("query/none-no-question-mark")
def test_without_parameters_there_is_no_question_mark(boot):
    """The target of a destination without parameters is the path alone."""
    assert targets(boot.none) == ["/ingest"] * 3


@control("query/none-no-question-mark")
def test_with_parameters_there_is_one(boot):
    assert all("?" in target for target in targets(boot.two))


@verifies("query/pairs-in-order")
def test_two_pairs_are_appended_in_order(boot):
    """Two pairs become ?k=v&k=v."""
    assert targets(boot.two) == ["/ingest?source=wican_pro&env=prod"] * 3


@verifies("query/pairs-in-order")
def test_eight_pairs_are_appended_in_order(boot):
    """Eight pairs all arrive, in the configured order."""
    assert targets(boot.eight, 2) == ["/ingest?" + "&".join(f"{key}={value}" for key, value in EIGHT)] * 2


@verifies("query/appended-to-existing")
def test_pairs_follow_a_query_of_the_url(boot):
    """A URL with a query keeps it, and the pairs follow with &."""
    assert targets(boot.existing) == ["/ingest?fixed=1&source=wican_pro&env=prod"] * 3


@control("query/appended-to-existing")
def test_a_url_with_a_query_is_posted_to(boot):
    assert boot.existing_alone.wait_for_requests(2)


@verifies("query/appended-to-existing")
def test_a_query_of_the_url_alone_is_kept(boot):
    """Where nothing is to be added, the query of the URL stays as it is."""
    assert targets(boot.existing_alone, 2) == ["/ingest?fixed=1&and=2"] * 2


@verifies("query/byte-for-byte")
def test_url_safe_pairs_arrive_as_they_are(boot):
    """URL-safe characters arrive byte for byte, and what is percent-encoded already is not encoded again."""
    assert targets(boot.safe, 2) == ["/ingest?" + "&".join(f"{key}={value}" for key, value in SAFE)] * 2


@verifies("query/every-post-own-destination")
def test_each_post_has_its_own_pairs_once(boot):
    """The boot POST and the later ones carry the pairs of their own destination, once each, and no others."""
    own = {watched.name: set(targets(watched, 6)) for watched in (boot.none, boot.two, boot.eight, boot.existing)}
    assert {name: len(seen) for name, seen in own.items()} == {"none": 1, "two": 1, "eight": 1, "existing": 1}
    assert not [target for target in own["none"] | own["eight"] if "source=" in target]
    assert not [target for target in own["none"] | own["two"] | own["existing"] if "key1=" in target]
