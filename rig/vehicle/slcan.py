"""The slcan line protocol (Lawicel CAN232 manual), as an adapter speaks it: ASCII lines that end with CR.

No I/O here. Not modelled: bit rates are taken and mean nothing, time stamps and CAN FD are refused, transmissions never fail.
"""

import can

_LINE_LIMIT = 64
_OK = b"\r"
_ERROR = b"\a"
_HEX = b"0123456789ABCDEFabcdef"
_LENGTHS = (b"0", b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"8")


def line(message: can.Message) -> bytes:
    """A received frame as the adapter reports it; an error frame is not reported."""
    if message.is_error_frame:
        return b""
    kind = ("R" if message.is_remote_frame else "T") if message.is_extended_id else ("r" if message.is_remote_frame else "t")
    identifier = f"{message.arbitration_id:08X}" if message.is_extended_id else f"{message.arbitration_id:03X}"
    data = "" if message.is_remote_frame else message.data.hex().upper()
    return f"{kind}{identifier}{message.dlc}{data}\r".encode()


class SlcanChannel:
    """The adapter's end of one connection: takes what the host sends, gives back frames to transmit and what to answer."""

    def __init__(self) -> None:
        self.open = False
        self._listen_only = False
        self._pending = b""

    def feed(self, data: bytes) -> tuple[list[can.Message], bytes]:
        """Frames to transmit and bytes to answer after `data` arrived."""
        *lines, self._pending = (self._pending + data).split(b"\r")
        if len(self._pending) > _LINE_LIMIT:
            self._pending = b""
        frames, answers = [], []
        for text in lines:
            frame, answer = self._command(text.strip(b"\n"))
            answers.append(answer)
            if frame is not None:
                frames.append(frame)
        return frames, b"".join(answers)

    def _command(self, text: bytes) -> tuple[can.Message | None, bytes]:
        command = text[:1]
        if command in (b"t", b"T", b"r", b"R"):
            frame = _frame(text) if self.open and not self._listen_only else None
            return frame, _ERROR if frame is None else (b"z\r" if command in b"tr" else b"Z\r")
        if command in (b"O", b"L"):
            self.open, self._listen_only = True, command == b"L"
            return None, _OK
        if command == b"C":
            self.open = False
            return None, _OK
        answers = {b"V": b"V1013\r", b"v": b"v0100\r", b"N": b"Nrig1\r", b"F": b"F00\r"}
        known = command in (b"", b"S", b"s", b"M", b"m", b"X", b"W", b"Z", b"Y")
        return None, answers.get(command, _OK if known else _ERROR)


def _frame(text: bytes) -> can.Message | None:
    """The frame of a ``t``, ``T``, ``r`` or ``R`` line; None if it is none."""
    extended, remote = text[:1] in (b"T", b"R"), text[:1] in (b"R", b"r")
    digits = 8 if extended else 3
    identifier, length, data = text[1 : 1 + digits], text[1 + digits : 2 + digits], text[2 + digits :]
    if len(identifier) != digits or length not in _LENGTHS or any(octet not in _HEX for octet in identifier + data):
        return None
    expected = 0 if remote else 2 * int(length)
    if len(data) != expected or int(identifier, 16) >= (1 << 29 if extended else 1 << 11):
        return None
    return can.Message(
        arbitration_id=int(identifier, 16),
        is_extended_id=extended,
        is_remote_frame=remote,
        dlc=int(length),
        data=None if remote else bytes.fromhex(data.decode()),
    )
