import json
import signal
import subprocess
import sys

from rig.emulator.active import CachedSet
from rig.emulator.storage import Storage, merged

WRITER = """
import sys
from pathlib import Path
from rig.emulator.storage import Storage
storage = Storage(Path(sys.argv[1]))
number = 0
while True:
    number += 1
    storage.write("document", b'[' + b','.join([b'%d' % number] * 20000) + b']')
    if number == 3:
        print("going", flush=True)
"""


def test_a_power_cut_at_any_moment_leaves_a_whole_file(tmp_path):
    for _ in range(3):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE)
        process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        numbers = json.loads(Storage(tmp_path).read("document"))
        assert len(numbers) == 20_000
        assert len(set(numbers)) == 1


def test_half_written_files_are_swept_away(tmp_path):
    (tmp_path / "document.new").write_bytes(b"half")
    assert Storage(tmp_path).read("document") is None
    assert list(tmp_path.glob("*.new")) == []


def test_only_the_owner_reads_what_is_kept(tmp_path):
    storage = Storage(tmp_path)
    storage.write("document", b"{}")
    storage.write_set(CachedSet("lab", client_key=b"KEY"))
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.rglob("*") if path.is_file()}
    assert modes == {"document": 0o600, "lab.json": 0o600}
    assert (tmp_path / "cert_sets").stat().st_mode & 0o077 == 0


def test_sets_read_back_byte_for_byte_an_empty_part_included(tmp_path):
    cert_set = CachedSet("lab", ca=b"\x00\xffnot pem", client_cert=b"")
    Storage(tmp_path).write_set(cert_set)
    assert Storage(tmp_path).read_sets() == {"lab": cert_set}


def test_an_upload_replaces_only_what_it_brings():
    old = CachedSet("lab", ca=b"old", client_key=b"key")
    assert merged(old, "lab", {"ca": b"new"}) == CachedSet("lab", ca=b"new", client_key=b"key")
    assert merged(None, "lab", {"ca": b"new"}) == CachedSet("lab", ca=b"new")
