"""The console client, on a PTY and over TCP: lines, prompts, noise, and a port that goes away."""

import os
import socket
import threading
import tty

import pytest

from rig.device.console import Console
from rig.errors import BenchError


class Terminal:
    """The device's end of a PTY; answers what the test tells it to."""

    def __init__(self) -> None:
        self.master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.url = os.ttyname(self._slave)
        self.answers: dict[bytes, bytes] = {b"": b"", b"version": b"Version: v4.40p\r\nOK\r\n"}
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def say(self, data: bytes) -> None:
        os.write(self.master, data)

    def _serve(self) -> None:
        typed = b""
        while True:
            try:
                typed += os.read(self.master, 256)
            except OSError:
                return
            while b"\r" in typed:
                line, _, typed = typed.partition(b"\r")
                self.say(line + b"\r\n" + self.answers.get(line, b"Unrecognized command\r\n") + b"wican>  ")

    def close(self) -> None:
        os.close(self._slave)
        os.close(self.master)


@pytest.fixture
def terminal():
    made = Terminal()
    yield made
    made.close()


@pytest.fixture
def console(terminal):
    opened = Console(terminal.url)
    yield opened
    opened.close()


def test_a_command_is_answered_without_echo_and_prompt(terminal, console):
    terminal.answers[b"version"] = b"Version: v4.50p\r\nOK\r\n"
    assert console.command("version") == ["Version: v4.50p", "OK"]


def test_colours_and_doubled_line_ends_are_taken_out(terminal, console):
    terminal.answers[b"status"] = b"\x1b[0;32mSystem Status: OK\x1b[0m\r\r\n"
    assert console.command("status") == ["System Status: OK"]


def test_noise_between_is_kept_as_lines(terminal, console):
    terminal.say(b"sum_16_signed: 5\r\n\xff\xfe garbage\r\n")
    assert console.wait_for_line("sum_16_signed", 2) == "sum_16_signed: 5"
    assert console.wait_for_line("garbage", 2) is not None


def test_a_listener_hears_each_line_once(terminal, console):
    heard = []
    console.subscribe(lambda _, text: heard.append(text))
    terminal.say(b"one\ntwo\n")
    assert console.wait_for_line("two", 2) == "two"
    assert heard == ["one", "two"]


def test_a_line_without_end_stays_bounded(terminal, console):
    terminal.say(b"x" * 9000 + b"\n")
    line = console.wait_for_line("x", 2)
    assert line is not None
    assert len(line) <= 4096


def test_silence_is_the_benchs_trouble():
    master, slave = os.openpty()
    try:
        console = Console(os.ttyname(slave), start_limit_s=0.5)
        with pytest.raises(BenchError, match="no prompt"):
            console.command("version")
        console.close()
    finally:
        os.close(slave)
        os.close(master)


def test_a_port_that_is_not_there_says_what_to_check():
    with pytest.raises(BenchError, match=r"\[device\] serial"):
        Console("/dev/does-not-exist")


def test_a_tcp_console_wants_line_feed():
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        peer, _ = listener.accept()
        with peer:
            peer.sendall(b"\nWelcome to WiCAN Console\nwican> ")
            typed = b""
            while piece := peer.recv(64):
                typed += piece.replace(b"\r", b"")
                while b"\n" in typed:
                    line, _, typed = typed.partition(b"\n")
                    peer.sendall((b"Version: v4.50p\nOK\n" if line == b"version" else b"") + b"wican> ")

    threading.Thread(target=serve, daemon=True).start()
    console = Console(f"socket://127.0.0.1:{listener.getsockname()[1]}")
    try:
        assert console.command("version", within_s=2)[-2:] == ["Version: v4.50p", "OK"]
    finally:
        console.close()
        listener.close()


def test_a_cable_pulled_is_the_benchs_trouble():
    listener = socket.create_server(("127.0.0.1", 0))
    console = Console(f"socket://127.0.0.1:{listener.getsockname()[1]}")
    peer, _ = listener.accept()
    peer.close()
    with pytest.raises(BenchError):
        console.command("version", within_s=1)
    console.close()
    listener.close()
