"""Commands in processes of their own, as a user runs them."""

import os
import queue
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest


class Running:
    """A command that goes on, and the lines it has printed."""

    def __init__(self, words, folder):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "rig", *map(str, words)],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3]), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said = []
        self._lines = queue.Queue()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))

    def wait_for(self, text, within_s=20):
        """The first line with `text` in it."""
        while not self.said or text not in self.said[-1]:
            self.said.append(self._lines.get(timeout=within_s))
        return self.said[-1]

    def end(self, within_s=20):
        """How it ended by itself, and all it said."""
        code = self.process.wait(within_s)
        self._thread.join(within_s)
        while not self._lines.empty():
            self.said.append(self._lines.get())
        return code, "\n".join(self.said)

    def close(self):
        self.process.kill()
        self.process.wait()
        self._thread.join()
        self.process.stdout.close()


@pytest.fixture
def start(tmp_path):
    with ExitStack() as stack:

        def begin(*words):
            running = Running(words, tmp_path)
            stack.callback(running.close)
            return running

        yield begin
