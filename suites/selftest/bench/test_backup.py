"""Backups: whole, nobody else's, one for each device, and never written over."""

import os
import stat

import pytest

from rig.bench import backup as backups
from rig.bench.backup import Backup
from rig.errors import BenchError

KEPT = Backup("aabbccddeeff", "http://192.0.2.7", b'{"sta_pass":"secret"}', b"\xff\x00", None, {"corp": frozenset({"ca"})}, "my-bench.toml")


def test_what_is_kept_is_what_comes_back():
    backups.keep(KEPT)
    assert backups.read("aabbccddeeff") == KEPT
    assert backups.waiting_devices() == ["aabbccddeeff"]


def test_nobody_else_may_read_it(state):
    file = backups.keep(KEPT)
    assert file.is_relative_to(state)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert list(file.parent.iterdir()) == [file]


def test_an_earlier_one_is_never_written_over():
    backups.keep(KEPT)
    with pytest.raises(BenchError, match="`wican-rig restore`"):
        backups.keep(Backup("aabbccddeeff", "http://192.0.2.7", b"{}", None, None))
    assert backups.read("aabbccddeeff") == KEPT


def test_a_run_that_still_lives_is_told_from_one_that_does_not():
    assert "another run" in backups.waiting(Backup("aabbccddeeff", "", b"{}", None, None, process=os.getppid()))
    assert "ended without" in backups.waiting(Backup("aabbccddeeff", "", b"{}", None, None, process=2**22 + 1))


def test_a_backup_of_another_machine_is_not_taken_for_a_running_one():
    assert not Backup("aabbccddeeff", "", b"{}", None, None, process=os.getppid(), host="elsewhere").owner_is_alive


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "a/b", "x" * 41])
def test_an_id_that_is_no_file_name_is_refused(name):
    with pytest.raises(BenchError, match="no device id"):
        backups.keep(Backup(name, "", b"{}", None, None))


def test_where_nothing_can_be_kept_nothing_is_changed(state):
    state.parent.mkdir(parents=True)
    state.write_text("a file where the folder belongs")
    with pytest.raises(BenchError, match="nothing is changed"):
        backups.keep(KEPT)


@pytest.mark.parametrize("text", ["", "{}", '{"schema": 99}', '{"schema":1,"main":"%%%","sets":{}}'])
def test_a_spoilt_file_is_said(text):
    file = backups.keep(KEPT)
    file.write_text(text)
    with pytest.raises(BenchError, match="cannot be read"):
        backups.read("aabbccddeeff")


def test_fingerprints_give_nothing_away_and_tell_one_document_from_another():
    other = Backup("aabbccddeeff", "", b'{"sta_pass":"secrex"}', None, None)
    assert KEPT.fingerprints()["main"] != other.fingerprints()["main"]
    assert KEPT.fingerprints()["car"] is None
    assert "secret" not in str(KEPT.fingerprints()) + repr(KEPT)
