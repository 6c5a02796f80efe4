"""multipart/form-data as the device takes it: fields by name, nothing decoded (RFC 7578)."""

import re

_BOUNDARY = re.compile(r'boundary="?([^";]{1,70})"?', re.IGNORECASE)
_NAME = re.compile(rb'^content-disposition:[^\r\n]*?[; ]name="([^"\r\n]*)"', re.IGNORECASE | re.MULTILINE)


def parts(content_type: str, body: bytes) -> dict[str, bytes]:
    """Each named part; of two with one name the later counts.

    Raises:
        ValueError: it is no multipart body, or does not end as one.
    """
    boundary = _BOUNDARY.search(content_type)
    if not content_type.lower().startswith("multipart/form-data") or boundary is None:
        raise ValueError("no multipart/form-data")
    delimiter = b"\r\n--" + boundary[1].encode()
    _, *pieces = (b"\r\n" + body).split(delimiter)
    if not pieces or not pieces[-1].startswith(b"--"):
        raise ValueError("the last delimiter is missing")
    found: dict[str, bytes] = {}
    for piece in pieces[:-1]:
        head, blank, content = piece.partition(b"\r\n\r\n")
        name = _NAME.search(head.replace(b"\r\n", b"\n"))
        if not blank:
            raise ValueError("a part without head")
        if name is not None:
            found[name[1].decode(errors="replace")] = content
    return found
