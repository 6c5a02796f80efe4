"""Init strings: AT commands that are sent before a request."""

_NEVER_SENT = ("ATH0", "ATS0", "ATE1")


def commands(text: str, *, needs_terminator: bool = False) -> tuple[str, ...]:
    """The commands of an init string, upper case and without blanks.

    They are separated by ``;``. Commands that would make answers unreadable are left out. `needs_terminator` loses what stands
    after the last ``;``, as shipped firmware does.
    """
    pieces = text.replace("\r", ";").split(";")
    if needs_terminator:
        pieces.pop()
    plain = ("".join(piece.split()).upper() for piece in pieces)
    return tuple(command for command in plain if command and not any(bad in command for bad in _NEVER_SENT))
