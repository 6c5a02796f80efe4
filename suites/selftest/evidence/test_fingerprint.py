import stat

import pytest

from rig.evidence import fingerprint


@pytest.fixture(autouse=True)
def _state(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    fingerprint.users_key.cache_clear()
    yield
    fingerprint.users_key.cache_clear()


def key_of_another_process() -> bytes:
    fingerprint.users_key.cache_clear()
    return fingerprint.users_key()


def test_the_key_lasts_and_is_the_users_alone(tmp_path):
    key = fingerprint.users_key()
    file = tmp_path / "wican-rig" / "fingerprint.key"
    assert len(key) == 32
    assert key_of_another_process() == key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["fingerprint.key"]


def test_of_two_workers_the_first_one_wins(tmp_path):
    file = tmp_path / "wican-rig" / "fingerprint.key"
    fingerprint._keep(file, b"1" * 32)
    fingerprint._keep(file, b"2" * 32)
    assert fingerprint.users_key() == b"1" * 32


def test_where_no_key_can_be_kept_there_is_one_all_the_same(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert len(fingerprint.users_key()) == 32
