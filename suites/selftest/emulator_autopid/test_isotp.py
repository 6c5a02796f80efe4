"""Answers of several frames: whole ones are put together whatever their length, spoilt ones never are."""

from hypothesis import given
from hypothesis import strategies as st

from rig.emulator.autopid.isotp import Arrival, Assembly


def frames_of(payload, can_id=0x7E8, filler=0xAA):
    """The frames of an answer (ISO 15765-2, 9.6)."""
    if len(payload) <= 7:
        return [(can_id, (bytes([len(payload)]) + payload).ljust(8, bytes([filler])))]
    first = (0x1000 | len(payload)).to_bytes(2, "big") + payload[:6]
    rest = [payload[start : start + 7] for start in range(6, len(payload), 7)]
    return [(can_id, first)] + [
        (can_id, (bytes([0x20 | number % 16]) + piece).ljust(8, bytes([filler]))) for number, piece in enumerate(rest, 1)
    ]


def whole(frames, **options):
    assembly = Assembly(**options)
    for frame in frames:
        assembly.take(frame)
    return [answer for answer in assembly.answers if answer.whole]


payloads = st.binary(min_size=1, max_size=200)
long_payloads = st.binary(min_size=20, max_size=200)


@given(payloads)
def test_an_answer_is_put_together(payload):
    (answer,) = whole(frames_of(payload))
    assert answer.payload == payload
    assert sum(map(len, answer.lines)) == len(payload) + len(answer.lines) + (len(answer.lines) > 1)  # no padding is left


@given(payloads, payloads, st.data())
def test_answers_of_two_ecus_may_come_interleaved(one, other, data):
    left, right, mixed = frames_of(one, 0x7E8), frames_of(other, 0x7E9), []
    while left or right:
        source = data.draw(st.sampled_from([frames for frames in (left, right) if frames]))
        mixed.append(source.pop(0))
    assert {answer.can_id: answer.payload for answer in whole(mixed)} == {0x7E8: one, 0x7E9: other}


@given(long_payloads, st.data())
def test_a_spoilt_sequence_is_no_answer(payload, data):
    frames = frames_of(payload)
    spoilt = data.draw(st.integers(1, len(frames) - 1))
    match data.draw(st.sampled_from(["missing", "repeated", "misnumbered", "swapped", "cut short"])):
        case "missing":
            del frames[spoilt]
        case "repeated" if spoilt < len(frames) - 1:
            frames.insert(spoilt, frames[spoilt])
        case "swapped" if spoilt < len(frames) - 1:
            frames[spoilt], frames[spoilt + 1] = frames[spoilt + 1], frames[spoilt]
        case "cut short" if spoilt < len(frames) - 1:
            frames[spoilt] = (0x7E8, frames[spoilt][1][: data.draw(st.integers(1, 7))])
        case _:
            can_id, body = frames[spoilt]
            frames[spoilt] = (can_id, bytes([body[0] ^ data.draw(st.integers(1, 15))]) + body[1:])
    assert whole(frames) == []


def test_a_repeated_last_frame_is_left_over():
    frames = frames_of(bytes(range(20)))
    (answer,) = whole([*frames, frames[-1]])
    assert answer.payload == bytes(range(20))


def test_what_follows_a_broken_sequence_does_not_mend_it():
    frames = frames_of(bytes(range(30)))
    assembly = Assembly()
    arrivals = [assembly.take(frame)[0] for frame in (frames[0], frames[2], frames[1], frames[2])]
    assert arrivals == [Arrival.FIRST, Arrival.BROKEN, Arrival.STRAY, Arrival.STRAY]


def test_lengths_that_cannot_be_are_no_answer():
    assert whole([(0x7E8, bytes.fromhex("0541")), (0x7E8, b"\x00" * 8), (0x7E8, bytes.fromhex("1004410C1AF80000")), (0x7E8, b"")]) == []


def test_an_address_byte_may_stand_in_front():
    (answer,) = whole([(0x607, bytes.fromhex("F1100B62DDBC0102")), (0x607, bytes.fromhex("F121030405060708"))], address_bytes=1)
    assert answer.payload == bytes.fromhex("62DDBC0102030405060708")
    assert answer.lines[1] == bytes.fromhex("F121030405060708")
