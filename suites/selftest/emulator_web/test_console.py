import asyncio
import contextlib
import json
import os
import re

import pytest
import pytest_asyncio

from rig.emulator.behaviour import Behaviour, Point
from rig.emulator.options import Address

pytestmark = pytest.mark.asyncio
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class Terminal:
    """The far end of a pseudo terminal or a TCP connection."""

    def __init__(self, reader, write):
        self.reader = reader
        self.write = write
        self.raw = b""

    @classmethod
    @contextlib.asynccontextmanager
    async def of_pty(cls, name):
        file = os.fdopen(os.open(name, os.O_RDWR | os.O_NOCTTY), "rb", buffering=0)
        reader = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), file)
        try:
            yield cls(reader, lambda data: os.write(file.fileno(), data))
        finally:
            transport.close()
            await asyncio.sleep(0)

    async def until(self, pattern, within_s=3.0):
        """Everything up to what `pattern` matches, escape sequences taken out."""
        async with asyncio.timeout(within_s):
            while not (found := re.search(pattern, self.text)):
                self.raw += await self.reader.read(4096)
        text, self.raw = self.text[: found.end()], self.text[found.end() :].encode()
        return text

    @property
    def text(self):
        return ANSI.sub("", self.raw.decode(errors="replace"))

    async def command(self, line, end="\r"):
        self.write(line.encode() + end.encode())
        answer = await self.until(r"wican>  ?$")
        return [text for text in answer.replace("\r", "").split("\n")[:-1] if text not in {"", line}]


@pytest_asyncio.fixture
async def terminal(bench, device):
    async with Terminal.of_pty(device.console.serial) as terminal:
        await terminal.until(r"wican>  $")
        yield terminal


async def test_the_boot_log_has_the_framework_form_and_ends_in_a_prompt(bench, device):
    async with Terminal.of_pty(device.console.serial) as terminal:
        log = await terminal.until(r"wican>  $")
    lines = [line for line in log.replace("\r", "").split("\n") if re.match(r"^[EWI] \(\d+\) [^:]+: .*$", line)]
    assert any("CONFIG_SERVER: Server started successfully" in line for line in lines)
    assert "Type 'help' to get the list of commands." in log


async def test_version_and_identity_agree_with_the_web_api(bench, device, terminal):
    status = (await bench.client(device).get("/check_status")).json
    assert f"Version: {status['git_version']}" in await terminal.command("version")
    assert f"Device ID: {status['device_id']}" in await terminal.command("system -i")
    assert await terminal.command("status") == ["System Status: OK"]
    assert await terminal.command("wifi -s") == ["WiFi Status: Connected", f"SSID: {status['sta_ssid']}", "RSSI: -52 dBm", "OK"]


async def test_what_is_typed_is_echoed_and_can_be_rubbed_out(terminal):
    terminal.write(b"verzz\b\bsion\r")
    assert "verzz\b \b\b \bsion" in await terminal.until(r"OK\s+wican>  $")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("nonsense", ["Unrecognized command"]),
        ("system", ["Error: No valid subcommand", "Command returned non-zero error code: 0x1 (ERROR)"]),
        ("system -x", ['system: invalid option "-x"', "Command returned non-zero error code: 0x1 (ERROR)"]),
        ("system --voltage", ["System Voltage: 13.60 V", "OK"]),
        ("autopid -n NOTHING", ["Not available", "OK"]),
        ("help nonsense", ["Unknown command: nonsense", "Try: help"]),
        ("restart_tracker -p", ["Pending restart: none", "OK"]),
        ("'unbalanced", ["Unrecognized command"]),
    ],
)
async def test_commands_answer_as_the_firmware_does(terminal, line, answer):
    assert await terminal.command(line) == answer


async def test_every_command_that_help_names_is_there(terminal):
    listed = [line.split(" - ")[0].strip() for line in await terminal.command("help") if " - " in line]
    assert len(listed) == 12
    for name in listed:
        assert await terminal.command(f"help {name}") != [f"Unknown command: {name}", "Try: help"]


async def test_a_reboot_ordered_here_says_so_afterwards(bench, device, terminal):
    terminal.write(b"system -r\r")
    await terminal.until("System will reboot now...")
    await bench.next_boot(device)
    await terminal.until(r"first|history.*\n[\s\S]*wican>  $")
    tracker = await terminal.command("restart_tracker")
    assert "Boot count: 2" in tracker
    assert any("reset=software planned=user_request source=cmdline" in line for line in tracker)


async def test_a_deliberate_panic_is_unexpected(bench, device, terminal):
    terminal.write(b"restart_tracker --panic\r")
    await terminal.until("Guru Meditation Error")
    await bench.next_boot(device)
    assert device.tracker.unexpected == 1


async def test_log_lines_stop_after_boot_unless_debug_is_on(bench, device, terminal):
    device.log("W", "AUTO_PID", "not to be seen")
    assert await terminal.command("status") == ["System Status: OK"]
    main = json.loads(device.main_at_boot)
    device.storage.write("config.json", json.dumps({**main, "debug": "enabled"}).encode())
    device.reset("software")
    await bench.next_boot(device)
    device.log("W", "AUTO_PID", "to be seen")
    await terminal.until(r"W \(\d+\) AUTO_PID: to be seen")


async def test_no_secret_is_printed_unless_the_firmware_does(bench, device, terminal):
    main = json.loads(device.main_at_boot)
    device.behaviour = Behaviour().but(log_shows_secrets=True)
    device.reset("software")
    assert main["mqtt_pass"] in await terminal.until(r"history[\s\S]*wican>  $")
    device.behaviour = Behaviour()
    device.reset("software")
    assert "canary-" not in await terminal.until(r"history[\s\S]*wican>  $")


async def test_a_line_can_be_altered_or_dropped(bench):
    behaviour = Behaviour().altered(Point.CONSOLE_LINE, lambda line, _: None if "Build" in line else line.replace("Version", "V"))
    device = await bench.start(behaviour)
    async with Terminal.of_pty(device.console.serial) as terminal:
        await terminal.until(r"wican>  $")
        answer = await terminal.command("version")
    assert answer[0] == "V: v5.00p"
    assert not any("Build" in line for line in answer)


async def test_nobody_reading_holds_nothing_up(bench, device):
    for number in range(3000):
        device.console.print(f"line {number} {'x' * 60}")
        assert len(device.console._pty._pending) < 70_000
    assert (await bench.client(device).get("/check_status")).status == 200
    await asyncio.sleep(1.2)  # after a second without a reader what waits is given up
    async with Terminal.of_pty(device.console.serial) as terminal:
        device.console.print("fresh")
        assert await terminal.until("fresh") == "fresh"


async def test_a_reader_that_is_a_little_late_loses_nothing(bench, device, terminal):
    for number in range(300):
        device.console.print(f"line {number} {'x' * 60}")
    text = await terminal.until("line 299 x+")
    assert [int(number) for number in re.findall(r"line (\d+)", text)] == list(range(300))


async def test_the_serial_line_can_be_had_over_tcp(bench):
    device = await bench.start(serial_tcp=Address())
    host, port = device.console.serial.removeprefix("socket://").rsplit(":", 1)
    reader, writer = await asyncio.open_connection(host, int(port))
    terminal = Terminal(reader, writer.write)
    assert await terminal.command("status") == ["System Status: OK"]
    device.reset("software")
    await bench.next_boot(device)
    await terminal.until(r"history[\s\S]*wican>  $")
    writer.close()


async def test_the_network_console_wants_line_feeds_and_echoes_nothing(bench):
    device = await bench.start(console_tcp=Address())
    port = device.console.network_port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    terminal = Terminal(reader, writer.write)
    assert await terminal.until("wican> $") == "\nWelcome to WiCAN Console\nType 'help' for available commands\nwican> "
    terminal.write(b"\xff\xfbver\rsion\n")
    answer = await terminal.until("OK\nwican> $")
    assert answer.startswith("Version: v5.00p\nProject Name")
    assert await terminal.command("system", "\n") == ["Error: No valid subcommand", "Command returned non-zero error code"]
    device.reset("software")
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    writer.close()
