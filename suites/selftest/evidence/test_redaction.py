import base64
import json
import re
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig.evidence import Redactor

SECRET = 'Wö lan/pass+"word'
KEY = b"key of the self-tests"
WRITTEN = {
    "as it stands": SECRET,
    "in JSON": json.dumps(SECRET)[1:-1],
    "in JSON as UTF-8": json.dumps(SECRET, ensure_ascii=False)[1:-1],
    "in JSON with escaped slashes": json.dumps(SECRET)[1:-1].replace("/", r"\/"),
    "percent-encoded": quote(SECRET, safe=""),
    "percent-encoded path": quote(SECRET),
    "percent-encoded in lower case": re.sub("%..", lambda found: found[0].lower(), quote(SECRET, safe="")),
    "in a form": quote_plus(SECRET),
}  # fmt: skip
secrets = st.text(st.characters(exclude_categories=["Cs"]), min_size=8, max_size=40)


@pytest.mark.parametrize("form", WRITTEN)
def test_a_secret_is_gone_in_every_form(form, redactor):
    redacted = redactor(SECRET).text(f"x{WRITTEN[form]}y")
    assert redacted == f"x{redactor().mark(SECRET)}y"


@pytest.mark.parametrize("before", ["", "a", "ab", "abc", "user:"])
def test_a_secret_is_gone_from_base64_wherever_it_falls(before, redactor):
    encoded = base64.b64encode(f"{before}{SECRET}:after".encode()).decode()
    redacted = redactor(SECRET).text(f"Authorization: Basic {encoded}")
    assert redactor().mark(SECRET) in redacted
    kept = redacted.removeprefix("Authorization: Basic ").replace(redactor().mark(SECRET), "")
    assert len(kept) <= len(base64.b64encode(f"{before}:after".encode()).decode()) + 4


@pytest.mark.parametrize("secret", ["secret-12", "secret-123", "secret-1234"])
def test_base64_of_a_secret_leaves_nothing_behind(secret, redactor):
    encoded = base64.b64encode(secret.encode()).decode()
    assert redactor(secret).text(f"Basic {encoded}") == f"Basic {redactor().mark(secret)}"


def test_base64_for_urls_is_no_way_out(redactor):
    secret = "\u00fb\u00ff\u00be?>~secret"
    encoded = base64.urlsafe_b64encode(secret.encode()).decode()
    assert redactor().mark(secret) in redactor(secret).text(f"k={encoded}")


@given(secret=secrets, before=st.text(max_size=20), after=st.text(max_size=20))
def test_whatever_the_secret_it_does_not_come_through(secret, before, after):
    redactor = Redactor([secret], key=KEY)
    for written in (secret, json.dumps(secret)[1:-1], quote(secret, safe=""), quote_plus(secret)):
        raw = (before + written + after).encode("utf-8", "surrogatepass")
        assert redactor.mark(secret).encode() in redactor.data(raw)
        assert redactor.holds_secret(raw)


@given(secret=secrets, before=st.binary(max_size=30), after=st.binary(max_size=30))
def test_a_masked_text_is_as_long_as_before(secret, before, after):
    data = before + secret.encode() + after
    masked = Redactor([secret], key=KEY).mask(data)
    assert len(masked) == len(data)
    assert secret.encode() not in masked


@given(data=st.binary(max_size=200))
def test_without_secrets_nothing_changes(data):
    assert Redactor([], key=KEY).data(data) == data


def test_equal_secrets_have_equal_marks_and_others_have_others(redactor):
    words = redactor("first-secret", "second-secret").text("first-secret second-secret first-secret").split()
    assert words[0] == words[2] != words[1]


def test_marks_depend_on_the_key():
    assert Redactor(["first-secret"], key=b"one").text("first-secret") != Redactor(["first-secret"], key=b"two").text("first-secret")


@pytest.mark.parametrize("text", ['"bench"', "ssid=bench&x", "joined bench, ok", "bench"])
def test_a_short_secret_is_gone_where_it_stands_by_itself(text, redactor):
    assert "bench" not in redactor("bench").text(text)


@pytest.mark.parametrize("text", ["receiver.bench.rig.test", "workbench", "bench_1", "bench/1.0"])
def test_a_short_secret_does_not_black_out_words_that_contain_it(text, redactor):
    assert redactor("bench").text(text) == text


@pytest.mark.parametrize("secret", ["", "a", "ab"])
def test_what_is_hardly_a_secret_is_only_found_by_its_field(secret, redactor):
    assert redactor(secret).text("a b ab") == "a b ab"


def test_fields_of_credentials_are_black_whatever_they_hold(redactor):
    before = {"sta_ssid": "x", "mqtt_pass": 'a"b\\', "ble_pass": 123456, "home_password": "", "mqtt_tx_topic": "wican/tx"}
    after = json.loads(redactor().text(json.dumps({"status": before})))["status"]
    assert after == {
        "sta_ssid": redactor().mark("x"),
        "mqtt_pass": redactor().mark('a"b\\'),
        "ble_pass": redactor().mark("123456"),
        "home_password": "",
        "mqtt_tx_topic": "wican/tx",
    }


def test_a_field_and_the_same_value_elsewhere_have_one_mark(redactor):
    text = redactor("Tom@to Sauce").text('{"sta_pass":"Tom@to Sauce"} k=Tom%40to+Sauce')
    assert text.count(redactor().mark("Tom@to Sauce")) == 2


def test_redacting_twice_changes_nothing_more(redactor):
    once = redactor("Tom@to Sauce").text('{"sta_pass":"Tom@to Sauce","mqtt_user":"u"}')
    assert redactor("Tom@to Sauce").text(once) == once


def test_tokens_that_the_rig_made_are_shown(redactor):
    text = 'Authorization: Bearer rig-token {"api_token":"rig-token","auth":{"bearer":"rig-token"}}'
    assert redactor("Tom@to Sauce").text(text) == text


def test_values_inside_values_are_found(redactor):
    assert redactor("Tom@to Sauce").plain({"Tom@to Sauce": ["x", {"y": ("Tom@to Sauce", 1, None)}]}) == {
        redactor().mark("Tom@to Sauce"): ["x", {"y": [redactor().mark("Tom@to Sauce"), 1, None]}]
    }


def test_a_long_secret_that_contains_a_short_one_is_one_mark(redactor):
    assert redactor("network-1", "network-123").text("network-123") == redactor().mark("network-123")


def test_a_megabyte_of_hostile_text_takes_no_time(redactor):
    many = redactor(*(f"secret-{number:08d}" for number in range(40)))
    hostile = b'"sta_pass":"' * 80_000
    assert len(many.mask(hostile)) == len(hostile)
