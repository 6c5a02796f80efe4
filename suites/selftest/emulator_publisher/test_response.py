"""Answers in every framing, in pieces of any size."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig.emulator.publisher.response import MAX_HEAD, Answer, AnswerReader, Ended, NoAnswerError, SilenceError

WHOLE, CLOSED, CUT = Ended.WHOLE, Ended.CLOSED, Ended.CUT
ANSWERS = [
    (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK", 200, WHOLE),
    (b"HTTP/1.1 204 No Content\r\n\r\n", 204, WHOLE),
    (b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", 200, WHOLE),
    (b"HTTP/1.0 201\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: 1\r\n\r\n", 201, WHOLE),
    (b"HTTP/1.1 200 OK\nContent-Length: 2\n\nOK", 200, WHOLE),
    (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", 500, WHOLE),
    (b"HTTP/1.1 200 OK\r\n\r\nto the end", 200, CLOSED),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nOK", 200, CUT),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nOK", 200, CUT),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nOK", 200, CUT),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n", 200, CUT),
]


def read(pieces, **options):
    waiting = [*pieces, b""]

    async def receive():
        piece = waiting.pop(0)
        if isinstance(piece, Exception):
            raise piece
        return piece

    return asyncio.run(AnswerReader(receive, **options).answer())


@pytest.mark.parametrize(("data", "status", "ended"), ANSWERS)
def test_framings(data, status, ended):
    for pieces in ([data], [bytes([byte]) for byte in data]):
        answer = read(pieces)
        assert (answer.status, answer.ended) == (status, ended)


@given(st.sampled_from(ANSWERS), st.lists(st.integers(1, 30), max_size=5))
def test_pieces_of_any_size(case, sizes):
    data, status, ended = case
    pieces = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    answer = read([piece for piece in [*pieces, data] if piece])
    assert (answer.status, answer.ended) == (status, ended)


@pytest.mark.parametrize(
    "data", [b"", b"HTTP/1.1 200 OK\r\nA: b", b"garbage, no HTTP", b"HTTP/2 200\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"]
)
def test_no_answer(data):
    with pytest.raises(NoAnswerError):
        read([data] if data else [])


def test_an_endless_head_ends():
    with pytest.raises(NoAnswerError):
        read([b"HTTP/1.1 200 OK\r\n", *[b"X: " + b"a" * 1000 + b"\r\n"] * (MAX_HEAD // 1000)])


def test_the_firmware_takes_a_lone_interim_answer_for_the_final_one():
    assert read([b"HTTP/1.1 100 Continue\r\n\r\n", ANSWERS[0][0]], interim_is_final=True).status == 100
    assert read([b"HTTP/1.1 100 Continue\r\n\r\n" + ANSWERS[0][0]], interim_is_final=True).status == 200


def test_silence_ends_a_body_without_length():
    assert read([ANSWERS[6][0], SilenceError()]).ended is WHOLE
    with pytest.raises(SilenceError):
        read([ANSWERS[7][0], SilenceError()])


def test_what_may_carry_another_request():
    assert Answer(200, (), WHOLE).reusable
    assert not Answer(200, (("connection", "Close"),), WHOLE).reusable
    assert not Answer(200, (), CLOSED).reusable
