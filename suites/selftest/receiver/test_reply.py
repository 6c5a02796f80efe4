"""Replies are what an HTTP client reads back, and an attempt's ending follows the catalogue's definition of success."""

from itertools import islice

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig.errors import UsageError
from rig.receiver import Ending, Framing, Reply


def read_back(data):
    """Status, headers and body as a client of its own kind reads them, and whether it found them complete."""
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method="POST", target="/", headers=[("Host", "x"), ("Content-Length", "0")]))
    client.send(h11.EndOfMessage())
    client.receive_data(data)
    client.receive_data(b"")
    head, body = client.next_event(), b""
    while isinstance(event := client.next_event(), h11.Data):
        body += bytes(event.data)
    return head, body, isinstance(event, h11.EndOfMessage)


@given(
    st.sampled_from([200, 201, 302, 404, 503]),
    st.binary(max_size=3000),
    st.sampled_from([Framing.LENGTH, Framing.CHUNKED, Framing.CLOSE]),
    st.integers(1, 4),
    st.sampled_from([None, 0.0]),
    st.booleans(),
)
def test_a_client_reads_what_was_meant(status, body, framing, repeat, pieces_s, keep_alive):
    reply = Reply(status, body, framing=framing, repeat_body=repeat, pieces_s=pieces_s, keep_alive=keep_alive)
    head, read, complete = read_back(b"".join(reply.pieces()))
    assert (head.status_code, read, complete) == (status, body * repeat, True)


def test_byte_by_byte_means_bytes():
    assert {len(piece) for piece in Reply(pieces_s=0.0, framing=Framing.CHUNKED).pieces()} == {1}


def test_a_huge_body_is_never_whole_in_memory():
    sizes = [len(piece) for piece in islice(Reply(body=b"x" * 1000, repeat_body=10**9).pieces(), 50)]
    assert max(sizes) <= 16384


def test_no_content_has_neither_body_nor_length():
    head, body, complete = read_back(b"".join(Reply(204).pieces()))
    assert (body, complete) == (b"", True)
    assert dict(head.headers) == {b"connection": b"close"}


def test_headers_of_its_own_replace_ours():
    head, _, _ = read_back(b"".join(Reply(headers=(("Content-Length", "1"), ("X-A", "1"), ("X-A", "2")), body=b"x").pieces()))
    assert head.headers.raw_items().count((b"Content-Length", b"1")) == 1
    assert [value for name, value in head.headers if name == b"x-a"] == [b"1", b"2"]


def test_a_redirect_says_where():
    head, _, _ = read_back(b"".join(Reply.redirect(307, "http://elsewhere/").pieces()))
    assert head.status_code == 307
    assert dict(head.headers)[b"location"] == b"http://elsewhere/"


@pytest.mark.parametrize(("part", "has_blank_line"), [("head", False), ("body", True)])
def test_an_endless_reply_has_no_end(part, has_blank_line):
    pieces = list(islice(Reply(endless=part).pieces(), 1000))
    assert len(pieces) == 1000
    assert (b"\r\n\r\n" in b"".join(pieces)) is has_blank_line


@pytest.mark.parametrize(
    ("reply", "complete", "in_time", "ending"),
    [
        (Reply(), True, True, Ending.SUCCESS),
        (Reply(299), True, True, Ending.SUCCESS),
        (Reply(204), True, True, Ending.SUCCESS),
        (Reply(204, framing=Framing.NONE), True, True, Ending.SUCCESS),
        (Reply(framing=Framing.CHUNKED), True, True, Ending.SUCCESS),
        (Reply(), True, False, Ending.NEITHER),
        (Reply(), False, True, Ending.NEITHER),
        (Reply(framing=Framing.CLOSE), True, True, Ending.NEITHER),
        (Reply(framing=Framing.NONE), True, True, Ending.NEITHER),
        (Reply(raw=b"HTTP/1.1 200 OK\r\n\r\n"), True, True, Ending.NEITHER),
        (Reply(raw=b"\0\1"), True, True, Ending.FAILURE),
        (Reply(500), True, True, Ending.FAILURE),
        (Reply(500), False, False, Ending.FAILURE),
        (Reply(302), True, True, Ending.FAILURE),
    ],
)
def test_what_an_attempt_becomes(reply, complete, in_time, ending):
    assert reply.ending(complete=complete, in_time=in_time) is ending


@pytest.mark.parametrize(
    ("reply", "kept"),
    [
        (Reply(), False),
        (Reply(keep_alive=True), True),
        (Reply(204, keep_alive=True), True),
        (Reply(keep_alive=True, framing=Framing.CLOSE), False),
        (Reply(keep_alive=True, raw=b"x"), False),
        (Reply(keep_alive=True, endless="body"), False),
    ],
)
def test_a_connection_is_kept_only_where_the_end_of_the_answer_can_be_told(reply, kept):
    assert reply.keeps_connection is kept


@pytest.mark.parametrize("wrong", [{"status": 42}, {"delay_s": -1}, {"endless": "all"}, {"cut_after": -1}])
def test_nonsense_is_refused(wrong):
    with pytest.raises(UsageError):
        Reply(**wrong)
