"""Requests are read as they are: nothing is corrected, nothing that contradicts itself becomes a request."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig.receiver.http import Malformed, RequestReader
from rig.receiver.limits import Limits

LIMITS = Limits(head=512, body_kept=1000, body_read=2000, malformed=100)


def read(*pieces):
    reader = RequestReader(LIMITS)
    for stamp_ns, piece in enumerate(pieces, start=1):
        reader.feed(piece, stamp_ns)
    return reader, reader.next()


def chunked(*chunks):
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks if chunk) + b"0\r\n\r\n"


def test_head_and_headers_stay_as_they_came():
    head = b"POST /In/?a=%20b HTTP/1.1\r\nHost: a\r\nhOST:b \r\nX-Empty:\r\nno colon\r\nContent-Length: 2\r\n\r\n"
    reader, message = read(head + b"{}")
    assert (message.method, message.target, message.version) == ("POST", "/In/?a=%20b", "HTTP/1.1")
    assert message.headers == (("Host", "a"), ("hOST", "b"), ("X-Empty", ""), ("no colon", ""), ("Content-Length", "2"))
    assert (message.head, bytes(message.body), reader.pending) == (head, b"{}", b"")


def test_a_line_end_of_lf_alone_makes_a_header_of_its_own():
    """A device that lets LF through has added a header for any server that is as lenient."""
    _, message = read(b"POST / HTTP/1.1\r\nAuthorization: Bearer a\nX-Injected: yes\r\n\r\n")
    assert message.values("x-injected") == ["yes"]


def test_a_blank_in_the_target_stays_in_it():
    _, message = read(b"POST /a b HTTP/1.1\r\n\r\n")
    assert message.target == "/a b"


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=6), st.booleans(), st.data())
def test_it_does_not_matter_in_which_pieces_a_request_comes(parts, in_chunks, data):
    body = b"".join(parts)
    length = b"Transfer-Encoding: chunked" if in_chunks else b"Content-Length: %d" % len(body)
    whole = b"POST /x HTTP/1.1\r\n%s\r\n\r\n%s" % (length, chunked(*parts) if in_chunks else body)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(whole) - 1), max_size=5)))
    reader, messages = RequestReader(LIMITS), []
    for stamp_ns, (begin, end) in enumerate(zip([0, *cuts], [*cuts, len(whole)], strict=True), start=1):
        reader.feed(whole[begin:end], stamp_ns)
        messages.append(reader.next())
    assert [message is not None for message in messages] == [False] * len(cuts) + [True]
    assert bytes(messages[-1].body) == body
    assert (messages[-1].arrived_ns, messages[-1].completed_ns) == (1, len(cuts) + 1)
    assert reader.pending == b""


def test_a_second_request_has_its_own_stamps():
    request = b"POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\nx"
    reader, first = read(request[:10], request[10:] + request[:10])
    assert (first.arrived_ns, first.completed_ns) == (1, 2)
    reader.feed(request[10:], 3)
    second = reader.next()
    assert (second.arrived_ns, second.completed_ns) == (2, 3)


def test_what_follows_a_request_is_pending():
    reader, message = read(b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}GET /smuggled")
    assert bytes(message.body) == b"{}"
    assert reader.next() is None
    assert reader.pending == b"GET /smuggled"


def test_an_unfinished_chunked_body_is_pending_with_its_framing():
    reader, message = read(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n5\r\nc")
    assert message is None
    assert reader.pending == b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n5\r\nc"
    assert reader.message.length == 3


def test_trailers_end_a_chunked_body():
    reader, message = read(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-T: 1\r\n\r\n")
    assert bytes(message.body) == b"x"
    assert reader.pending == b""


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b'{"autopid_data": {}}\r\n\r\n', 400),
        (b"POST /\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxyz", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"0" * 5000, 400),
        (b"POST / HTTP/1.1\r\nX: " + b"x" * 512, 431),
        (b"POST / HTTP/1.1\r\nContent-Length: 1001\r\n\r\n" + b"x" * 1001, 413),
        (b"POST / HTTP/1.1\r\nContent-Length: 9999\r\n\r\n" + b"x" * 2001, 0),
    ],
)
def test_what_is_no_request_says_why_and_is_kept(request_bytes, status):
    reader = RequestReader(LIMITS)
    reader.feed(request_bytes, 1)
    with pytest.raises(Malformed) as refused:
        reader.next()
    assert refused.value.status == status
    assert reader.pending == request_bytes[:100]


@given(st.binary(max_size=600))
def test_no_bytes_break_the_reader(data):
    reader = RequestReader(LIMITS)
    reader.feed(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" * (len(data) % 2) + data, 1)
    try:
        while reader.next():
            pass
    except Malformed:
        pass
    assert len(reader.pending) <= 100


@pytest.mark.parametrize(
    ("version", "connection", "kept"),
    [
        ("HTTP/1.1", "", True),
        ("HTTP/1.1", "Connection: Close\r\n", False),
        ("HTTP/1.0", "", False),
        ("HTTP/1.0", "Connection: keep-alive\r\n", True),
    ],
)
def test_who_would_keep_the_connection(version, connection, kept):
    _, message = read(f"POST / {version}\r\n{connection}\r\n".encode())
    assert message.keeps_connection is kept
