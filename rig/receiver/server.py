"""The receiver: an HTTPS server that keeps what arrives, refused and stalled handshakes included."""

import selectors
import shutil
import socket
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Self

from pytest_httpserver import HTTPServer

from rig import clock
from rig.errors import BenchError
from rig.evidence.records import Attempt, Connection, Ending, Request
from rig.receiver.acts import Act, Present, ResetOnAccept
from rig.receiver.caller import Caller
from rig.receiver.expected import expected_reply
from rig.receiver.journal import Journal, Listener
from rig.receiver.limits import Limits
from rig.receiver.opening import Opening
from rig.receiver.reply import Reply
from rig.receiver.tls import Identity, Presentation, ServerTls
from rig.receiver.wire import Wire, stamp_arrivals

_Turn = tuple[Act | None, Presentation | None]
"""What a connection gets: an act, and another presentation where the act is that."""
_HELD: _Turn = (ResetOnAccept(), None)
_STOP_LIMIT_S = 2.0
_OUT_OF_FILES_S = 0.1


class Receiver(HTTPServer):
    """One HTTPS end. Underneath it is a pytest-httpserver: ``expect_request`` and ``url_for`` work as its users know them.

    The port is a plain TCP listener; each connection has a thread of its own, handshake included, so that one silent client
    silences nobody. What a request is answered with: the script, then expectations in the manner of pytest-httpserver, then
    the standing reply (200 at first). `success_within_s` is the time limit of an attempt, after which an answer is late.
    """

    def __init__(
        self,
        identity: Identity,
        *,
        listen: str = "127.0.0.1",
        port: int = 0,
        name: str = "receiver",
        tls: ServerTls = ServerTls(),  # noqa: B008 (frozen)
        success_within_s: float = 5.0,
        limits: Limits = Limits(),  # noqa: B008 (frozen)
    ) -> None:
        super().__init__(listen, port, threaded=True)
        self.name = name
        self.success_within_s = success_within_s
        self._limits = limits
        self._journal = Journal(limits)
        self._lock = threading.Lock()
        self._folder = Path(tempfile.mkdtemp(prefix="wican-rig-receiver-"))
        self._presentation = Presentation(identity, tls, self._folder)
        self._reply = Reply()
        self._script: deque[Reply] = deque()
        self._turn: _Turn = (None, None)
        self._act_script: deque[_Turn] = deque()
        self._callers: dict[threading.Thread, Wire] = {}
        self._bell: tuple[socket.socket, socket.socket] | None = None
        self._stopping = False
        self._held = False

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name} at {self.host}:{self.port}>"

    @property
    def listen(self) -> str:
        """Address it listens at."""
        return self.host

    # What arrived -----------------------------------------------------------------------------------------------------

    @property
    def connections(self) -> list[Connection]:
        """Every connection, in order; those under way still change."""
        return self._journal.connections

    @property
    def requests(self) -> list[Request]:
        """Every complete request, in order of start."""
        return self._journal.requests

    @property
    def attempts(self) -> list[Attempt]:
        """Every attempt, those under way included, in order of start."""
        return self._journal.attempts

    def wait(self, predicate: Callable[[Self], bool], within_s: float) -> bool:  # type: ignore[override] # pytest-httpserver's own waits for its handlers
        """Whether `predicate` became true within that time; it is asked again whenever something happens here.

        Raises:
            Exception: whatever an expectation's handler, or the receiver itself, raised in a connection's thread.
        """
        happened = self._journal.wait(lambda: bool(self.handler_errors) or predicate(self), within_s)
        self.check_handler_errors()
        return happened

    def subscribe(self, listener: Listener) -> None:
        """Has `listener` told of each connection once it is over and of each attempt once its ending is known."""
        self._journal.subscribe(listener)

    # What it does -----------------------------------------------------------------------------------------------------

    def present(self, identity: Identity, tls: ServerTls | None = None) -> None:
        """From the next connection on it has this identity, and these settings where they are given, on the same port."""
        presentation = Presentation(identity, tls or self._presentation.tls, self._folder)
        with self._lock:
            self._presentation = presentation

    def reply(self, reply: Reply) -> None:
        """Answers every request so that no script and no expectation answers."""
        with self._lock:
            self._reply = reply

    def script(self, replies: Iterable[Reply]) -> None:
        """Answers the next requests so, one after the other."""
        with self._lock:
            self._script.extend(replies)

    def connection_script(self, acts: Iterable[Act | None]) -> None:
        """Does this with the next connections, one after the other; None is an ordinary one.

        Raises:
            UsageError: an identity cannot be presented.
        """
        turns = [(act, self._presentation_of(act)) for act in acts]
        with self._lock:
            self._act_script.extend(turns)

    def on_connection(self, act: Act | None) -> None:
        """Does this with every connection from now on that no script has; None serves them ordinarily again."""
        turn = (act, self._presentation_of(act))
        with self._lock:
            self._turn = turn

    def hold(self) -> None:
        """Resets every connection from now on, and leaves scripts as they are, until `release`."""
        self._held = True

    def release(self) -> None:
        """Serves connections again."""
        self._held = False

    def _presentation_of(self, act: Act | None) -> Presentation | None:
        if not isinstance(act, Present):
            return None
        return Presentation(act.identity, act.tls or self._presentation.tls, self._folder)

    # Listening --------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Listens.

        Raises:
            BenchError: the port is taken, or the address is not this machine's.
        """
        self._stopping = False
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._bell = socket.socketpair()
        self.ssl_context = None  # the listener itself is plain TCP
        try:
            super().start()
        except (SystemExit, OSError) as error:  # werkzeug ends the program where the port is taken
            self._close_bell()
            raise BenchError(f"{self.name} cannot listen at {self.host}:{self.port}: taken, or no address of this machine") from error
        self.ssl_context = self._presentation.context  # url_for() says https
        if self.server is not None:
            stamp_arrivals(self.server.socket)

    def pause(self) -> None:
        """Closes the port: further connections are refused. Those that are open go on."""
        if self._bell is not None and self.server is not None and self.server_thread is not None:
            self._bell[0].send(b"!")
            self.server_thread.join()
            self.server.server_close()
            self.server = self.server_thread = None
            self._close_bell()

    def resume(self) -> None:
        """Listens again, at the same port; raises like `start`."""
        if not self.is_running():
            self.start()

    def stop(self) -> None:
        """Closes the port and every connection at once; may be called again."""
        with self._lock:
            self._stopping = True
        self.pause()
        with self._lock:
            callers = dict(self._callers)
        for wire in callers.values():
            wire.interrupt()
        deadline = time.monotonic() + _STOP_LIMIT_S
        for thread in callers:
            thread.join(max(0.0, deadline - time.monotonic()))
        shutil.rmtree(self._folder, ignore_errors=True)
        self._journal.note()

    def thread_target(self) -> None:
        """Accepts; called by pytest-httpserver in a thread of the receiver's own."""
        if self.server is None or self._bell is None:
            return
        listener, bell = self.server.socket, self._bell[1]
        listener.setblocking(False)
        with selectors.DefaultSelector() as selector:
            selector.register(listener, selectors.EVENT_READ)
            selector.register(bell, selectors.EVENT_READ)
            while bell not in {key.fileobj for key, _ in selector.select()}:
                try:
                    sock, peer = listener.accept()
                except (BlockingIOError, ConnectionError):
                    continue  # it has gone again
                except OSError:
                    self._wait_for_files(bell)
                    continue
                self._admit(sock, peer[:2])

    @staticmethod
    def _wait_for_files(bell: socket.socket) -> None:
        """No file descriptors are left: until there are, the connection waits in the queue."""
        with selectors.DefaultSelector() as selector:
            selector.register(bell, selectors.EVENT_READ)
            selector.select(_OUT_OF_FILES_S)

    def _admit(self, sock: socket.socket, peer: tuple[str, int]) -> None:
        accepted_ns = clock.now_ns()
        sock.setblocking(True)
        stamp_arrivals(sock)
        record = Connection(self.name, 0, peer, (self.host, self.port), accepted_ns)
        with suppress(OSError):  # reset already
            record.local = sock.getsockname()[:2]
        wire = Wire(sock, record, self._limits, self._journal.note)
        crowded = len(self._callers) >= self._limits.open_connections
        record.failure = f"{self._limits.open_connections} connections are open and no more are taken" if crowded else self._journal.full
        if record.failure is not None or self._stopping:
            self._turn_away(wire)
            return
        with self._lock:
            act, presentation = self._next_turn()
            opening = Opening(wire, presentation or self._presentation, self._limits)
        record.act = str(act) if act else None
        caller = Caller(
            opening, None if presentation else act, self._journal, self._journal.opened(record), self._reply_to, self.success_within_s
        )
        thread = threading.Thread(target=self._run, args=(caller,), name=f"{self.name} connection {record.number}", daemon=True)
        with self._lock:
            self._callers[thread] = wire
        thread.start()

    def _next_turn(self) -> _Turn:
        if self._held:
            return _HELD
        return self._act_script.popleft() if self._act_script else self._turn

    def _turn_away(self, wire: Wire) -> None:
        """There is no room: RST, and a record of it while there is room for that."""
        if self._stopping or len(self._journal.connections) >= self._limits.connections:
            wire.reset()
            return
        trial = self._journal.opened(wire.record)
        wire.reset()
        self._journal.settled(trial, Ending.FAILURE)
        self._journal.closed(wire.record)

    def _run(self, caller: Caller) -> None:
        try:
            caller.run()
        except Exception as error:  # noqa: BLE001 (the rig's own: it reaches the test through wait())
            self.handler_errors.append(error)
            self._journal.note()
        finally:
            with self._lock:
                self._callers.pop(threading.current_thread(), None)

    def _reply_to(self, request: Request) -> Reply:
        with self._lock:
            if self._script:
                return self._script.popleft()
        expected = expected_reply(self, request)
        return expected or self._reply

    def _close_bell(self) -> None:
        if self._bell is not None:
            for end in self._bell:
                end.close()
            self._bell = None
