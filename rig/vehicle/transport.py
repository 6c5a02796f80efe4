"""ISO 15765-2 between an ECU and the tester: can-isotp's state machine, fed with frames, driven by a timetable.

The pace of consecutive frames is the tester's (block size, STmin, wait frames), unless a delivery says otherwise. Every frame on
its way out passes the delivery's frame faults, so that a broken sequence differs from a healthy one in nothing but the fault.
"""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import isotp

from rig.vehicle.delivery import Delivery
from rig.vehicle.timetable import Timetable

_LOGGER = "rig.vehicle.isotp"
logging.getLogger(_LOGGER).addHandler(logging.NullHandler())

FLOW_CONTROL_WAIT_MS = 1000
"""How long an ECU waits for flow control before it drops the answer (N_Bs, ISO 15765-2 9.7)."""
_MOST_WAIT_FRAMES = 20
_SINGLE, _FIRST, _FLOW_CONTROL = 0, 1, 3
_SHORTEST_LONG = 8
"""A first frame that announces less is ignored (ISO 15765-2, 9.6.3.2)."""
_GO_ON = bytes([0x30, 0, 0])


@dataclass(frozen=True)
class Addressing:
    """Under which ids an ECU is asked and answers; ids above 7FF are 29-bit ones.

    `address_bytes` is extended addressing: the byte that leads requests to this ECU, and the one that leads its answers.
    """

    request_id: int
    response_id: int
    functional_id: int | None = None
    address_bytes: tuple[int, int] | None = None

    @property
    def wide(self) -> bool:
        """Whether ids have 29 bits."""
        return self.response_id > 0x7FF

    def for_isotp(self) -> isotp.Address:
        """The same for can-isotp, from the ECU's side."""
        modes = isotp.AddressingMode
        if self.address_bytes is None:
            mode = modes.Normal_29bits if self.wide else modes.Normal_11bits
            return isotp.Address(mode, txid=self.response_id, rxid=self.request_id)
        own, tester = self.address_bytes
        mode = modes.Extended_29bits if self.wide else modes.Extended_11bits
        return isotp.Address(mode, txid=self.response_id, rxid=self.request_id, source_address=own, target_address=tester)


OBD_11 = Addressing(0x7E0, 0x7E8, 0x7DF)
"""ISO 15765-4 with 11-bit ids: the first ECU, and the functional address."""
OBD_29 = Addressing(0x18DA10F1, 0x18DAF110, 0x18DB33F1)
"""ISO 15765-4 with 29-bit ids: ECU address 10, tester F1."""


def functional_id(response_id: int) -> int | None:
    """The functional address that an ECU of OBD hears, by the id it answers from; None for other ids (ISO 15765-4, 6.3)."""
    if 0x7E8 <= response_id <= 0x7EF:
        return OBD_11.functional_id
    return OBD_29.functional_id if response_id >> 8 == 0x18DAF1 else None


def physical_id(response_id: int) -> int:
    """On which id the ECU that answers from `response_id` is asked (ISO 15765-4, 6.3)."""
    if response_id > 0x7FF:
        return response_id & 0x1FFF0000 | (response_id & 0xFF) << 8 | response_id >> 8 & 0xFF
    return response_id - 8


Transmit = Callable[[int, bool, bytes], None]
"""Puts a frame on the bus: id, whether it has 29 bits, data."""

class Channel:
    """One ECU's end under one addressing. All calls have to be made under the lock of the timetable."""

    def __init__(self, addressing: Addressing, padding: int | None, timetable: Timetable, transmit: Transmit) -> None:
        self.addressing = addressing
        self._timetable = timetable
        self._transmit = transmit
        self._offset = 0 if addressing.address_bytes is None else 1
        self._inbox: deque[isotp.CanMessage] = deque()
        self._queue: deque[Delivery] = deque()
        self._current: Delivery | None = None
        self._frame = 0
        self._wake = 0
        self._closed = False
        self._logic = isotp.TransportLayerLogic(
            rxfn=self._next_frame,
            txfn=self._send_frame,
            address=addressing.for_isotp(),
            params={
                "tx_padding": padding,
                "blocksize": 0,
                "wftmax": _MOST_WAIT_FRAMES,
                "rx_flowcontrol_timeout": FLOW_CONTROL_WAIT_MS,
                "logger_name": _LOGGER,
            },
        )

    def listens_to(self, can_id: int) -> bool:
        """Whether frames of that id concern this ECU, flow control for an answer in another ECU's name included."""
        own = self.addressing
        if can_id in (own.request_id, own.functional_id):
            return True
        current = self._current
        return current is not None and current.can_id is not None and can_id == physical_id(current.can_id)

    def is_flow_control(self, data: bytes) -> bool:
        """Whether a frame is flow control for this ECU."""
        return self._kind(data) == _FLOW_CONTROL and self._is_addressed(data)

    def payload(self, data: bytes) -> bytes:
        """A frame's bytes from its PCI byte on."""
        return data[self._offset :]

    def take(self, can_id: int, data: bytes) -> list[bytes]:
        """Takes a frame from the bus; gives back the requests that are complete with it."""
        kind = self._kind(data)
        own = self.addressing
        if kind == _FLOW_CONTROL:
            if self._current is None or not self._current.waits:
                return []
        elif not self._is_request(can_id, kind, data):
            return []
        elif kind in (_SINGLE, _FIRST) and self._is_addressed(data) and self._logic.tx_state is self._logic.TxState.WAIT_FC:
            self._give_up()
        self._inbox.append(isotp.CanMessage(own.request_id, len(data), data, own.wide))
        self._logic.process()
        requests = []
        while (request := self._logic.recv()) is not None:
            requests.append(bytes(request))
        self._advance()
        return requests

    def deliver(self, delivery: Delivery) -> None:
        """Sends a message when its time has come, after those that are under way."""
        if delivery.after_s > 0:
            self._timetable.enter(delivery.after_s, lambda: self._enqueue(delivery))
        else:
            self._enqueue(delivery)

    def close(self) -> None:
        """Sends nothing any more."""
        self._closed = True
        self._queue.clear()
        self._current = None

    def _enqueue(self, delivery: Delivery) -> None:
        if not self._closed:
            self._queue.append(delivery)
            self._advance()

    def _kind(self, data: bytes) -> int | None:
        return data[self._offset] >> 4 if len(data) > self._offset else None

    def _is_request(self, can_id: int, kind: int | None, data: bytes) -> bool:
        """Whether a frame can be part of a request; one to all ECUs is a single frame always (ISO 15765-2, 9.2)."""
        if kind == _FIRST and int.from_bytes(self.payload(data)[:2], "big") & 0xFFF < _SHORTEST_LONG:
            return False
        return can_id == self.addressing.request_id or (can_id == self.addressing.functional_id and kind == _SINGLE)

    def _is_addressed(self, data: bytes) -> bool:
        return self.addressing.address_bytes is None or data[:1] == bytes(self.addressing.address_bytes[:1])

    def _give_up(self) -> None:
        """The tester asks anew instead of sending flow control: the answer under way is dropped (ISO 15765-2, 9.8.3)."""
        self._logic.stop_sending()
        self._current = None

    def _advance(self) -> None:
        """Begins the next message where none is under way, or sees that the one under way goes on in time."""
        while True:
            if self._current is not None and not self._logic.transmitting():
                self._current = None
            if self._current is not None:
                self._wake_later()
                return
            if not self._queue:
                return
            self._begin(self._queue.popleft())

    def _begin(self, delivery: Delivery) -> None:
        self._current, self._frame = delivery, 0
        self._logic.params.override_receiver_stmin = delivery.gap_s
        self._logic.send(delivery.data)
        self._logic.process()
        if not delivery.waits and self._logic.tx_state is self._logic.TxState.WAIT_FC:
            own = self.addressing
            go_on = bytes((own.address_bytes or ())[:1]) + _GO_ON
            self._inbox.append(isotp.CanMessage(own.request_id, len(go_on), go_on, own.wide))
            self._logic.process()

    def _wake_later(self) -> None:
        next_frame_s = self._logic.next_cf_delay()
        delay_s = self._logic.timer_rx_fc.remaining() + 0.001 if next_frame_s is None else next_frame_s
        self._wake += 1
        self._timetable.enter(delay_s, partial(self._woken, self._wake))

    def _woken(self, wake: int) -> None:
        if wake == self._wake and self._current is not None:
            self._logic.process()
            self._advance()

    def _next_frame(self, timeout: float) -> isotp.CanMessage | None:  # noqa: ARG002 (never blocks)
        return self._inbox.popleft() if self._inbox else None

    def _send_frame(self, message: isotp.CanMessage) -> None:
        data = bytes(message.data)
        prefix, rest = data[: self._offset], data[self._offset :]
        if self._current is None or rest[0] >> 4 == _FLOW_CONTROL:
            self._transmit(self.addressing.response_id, self.addressing.wide, data)
            return
        sender = self._current.can_id if self._current.can_id is not None else self.addressing.response_id
        for frame in self._current.frames(self._frame, rest):
            self._transmit(sender, sender > 0x7FF, prefix + frame)
        self._frame += 1
