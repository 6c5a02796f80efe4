"""A store whose body ends too soon: what arrives at the device, and what it may answer."""

import socket
import threading

import pytest

from rig.device.unfinished import post_unfinished
from rig.device.web import WebApi
from rig.errors import BenchError


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)
        yield listener


def served(listener, answer):
    """Reads a connection to its end, says `answer` and hangs up; what was read is in the list."""
    read = []

    def serve():
        client, _ = listener.accept()
        with client:
            while piece := client.recv(4096):
                read.append(piece)
            client.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    return thread, read


def web(listener):
    return WebApi(f"http://127.0.0.1:{listener.getsockname()[1]}")


def test_the_body_ends_before_its_announced_length(listener):
    thread, read = served(listener, b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\nshort")
    answer = post_unfinished(web(listener), "/store_auto_data", b'{"a":', 500)
    thread.join()
    head, _, body = b"".join(read).partition(b"\r\n\r\n")
    assert b"Content-Length: 500" in head
    assert head.startswith(b"POST /store_auto_data HTTP/1.1\r\n")
    assert body == b'{"a":'
    assert (answer.status, answer.content_type, answer.text) == (400, "text/html", "shor")


@pytest.mark.parametrize("answer", [b"", b"no HTTP\r\n\r\n", b"HTTP/1.1 4"])
def test_a_device_may_hang_up_without_a_word_that_can_be_read(listener, answer):
    thread, _ = served(listener, answer)
    assert post_unfinished(web(listener), "/store_auto_data", b"x", 2) is None
    thread.join()


def test_a_device_that_is_away_is_the_benchs_trouble(listener):
    absent = web(listener)
    listener.close()
    with pytest.raises(BenchError, match="no connection"):
        post_unfinished(absent, "/store_auto_data", b"x", 2)
