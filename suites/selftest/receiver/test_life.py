"""A receiver starts, pauses, stops at once, wakes who waits, and stays within its limits."""

import socket
import threading
import time

import pytest

from rig.errors import BenchError, UsageError
from rig.receiver import Attempt, Connection, Ending, Limits, Receiver, Reply, ServerTls, SilentOnAccept, clock_error


def test_stop_ends_everything_at_once(authorities, client):
    with Receiver(authorities.leaf, name="stopping") as receiver:
        receiver.reply(Reply(delay_s=60))
        client.connect(receiver)
        client.tls(receiver)
        client.tls(receiver).sendall(client.request())
        receiver.connection_script([SilentOnAccept()])
        client.connect(receiver)
        assert receiver.wait(lambda r: r.requests and len(r.connections) == 4, 5)
        begun = time.monotonic()
        receiver.stop()
        assert time.monotonic() - begun < 0.1
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("stopping")]
    assert {connection.failure for connection in receiver.connections} == {"the receiver was stopped"}
    assert {attempt.ending for attempt in receiver.attempts} == {Ending.NEITHER}
    assert not any(connection.aborted_by_peer for connection in receiver.connections)


def test_stop_may_be_called_again_and_leaves_no_files(authorities):
    receiver = Receiver(authorities.leaf)
    receiver.start()
    folder = receiver._folder
    assert folder.exists()
    receiver.stop()
    receiver.stop()
    assert not folder.exists()


def test_a_pause_refuses_connections_and_the_port_stays(receiver, client):
    port = receiver.port
    client.post(receiver)
    receiver.pause()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 5)
    receiver.resume()
    assert receiver.port == port
    assert client.post(receiver).startswith(b"HTTP/1.1 200")
    assert [request.number for request in receiver.requests] == [1, 2]


def test_a_receiver_that_is_held_resets_and_leaves_its_scripts_alone(receiver, client):
    receiver.script([Reply(status=201)])
    receiver.connection_script([SilentOnAccept(for_s=60), None])
    receiver.hold()
    with pytest.raises(OSError, match=r"reset|EOF"):
        client.post(receiver)
    receiver.release()
    silent = client.connect(receiver)
    assert client.post(receiver).startswith(b"HTTP/1.1 201")
    acts = [connection.act.partition("(")[0] for connection in receiver.connections if connection.act]
    assert acts == ["ResetOnAccept", "SilentOnAccept"]
    silent.close()


def test_a_pause_lets_open_connections_finish(receiver, client):
    tls = client.tls(receiver)
    receiver.pause()
    tls.sendall(client.request())
    assert client.everything(tls).startswith(b"HTTP/1.1 200")


def test_a_port_that_is_taken_is_the_benchs_fault(receiver, authorities):
    other = Receiver(authorities.leaf, port=receiver.port, name="second")
    with pytest.raises(BenchError, match=f"second cannot listen at 127.0.0.1:{receiver.port}"):
        other.start()
    other.stop()


def test_an_identity_that_is_none_is_the_users_fault(authorities):
    class Mixed:
        chain_pem, key_pem = authorities.leaf.chain_pem, authorities.other.key_pem

    with pytest.raises(UsageError, match="cannot present this identity: KEY_VALUES_MISMATCH"):
        Receiver(Mixed())
    with pytest.raises(UsageError, match="needs client_ca"):
        Receiver(authorities.leaf, tls=ServerTls(require_client_certificate=True))


def test_waiting_ends_with_the_event_or_the_time(receiver, client):
    begun = time.monotonic()
    assert not receiver.wait(lambda r: r.requests, 0.05)
    assert time.monotonic() - begun >= 0.05
    sending = threading.Timer(0.05, client.tls(receiver).sendall, (client.request(),))
    sending.start()
    assert receiver.wait(lambda r: r.requests, 5)
    assert time.monotonic() - begun < 2
    sending.join()


def test_listeners_hear_of_each_ending_and_harm_nobody(receiver, client, closed):
    heard = []
    receiver.subscribe(lambda _: 1 / 0)
    receiver.subscribe(heard.append)
    client.post(receiver)
    client.stack.close()
    closed(receiver)
    assert [type(what) for what in heard] == [Attempt, Connection]
    assert heard[0].success


def test_what_goes_wrong_in_the_receiver_reaches_the_test(make, client):
    receiver = make()
    receiver.expect_request("/ingest").respond_with_handler(lambda _: 1 / 0)
    client.post(receiver)
    with pytest.raises(ZeroDivisionError):
        receiver.wait(lambda _: False, 5)


def test_what_is_wrong_in_a_connections_thread_reaches_the_test(make, client, closed):
    receiver = make()
    receiver.on_connection("no act")
    client.connect(receiver)
    with pytest.raises(TypeError, match="no way to perform"):
        receiver.wait(lambda _: False, 5)
    assert receiver.connections[0].failure.startswith("the rig's own error")


def test_connections_beyond_the_limit_are_reset_and_recorded(make, client):
    receiver = make(limits=Limits(open_connections=2))
    first = client.connect(receiver)
    client.connect(receiver)
    assert receiver.wait(lambda r: len(r.connections) == 2, 5)
    assert client.is_reset(receiver)
    assert receiver.connections[2].failure == "2 connections are open and no more are taken"
    first.close()
    assert receiver.wait(lambda r: r.connections and r.connections[0].closed_ns, 5)
    assert client.post(receiver).startswith(b"HTTP/1.1 200")


def test_recording_stops_at_its_limit(make, client):
    receiver = make(limits=Limits(connections=2))
    for _ in range(2):
        client.post(receiver)
    assert [client.is_reset(receiver) for _ in range(2)] == [True, True]
    assert len(receiver.connections) == 2


def test_bodies_are_kept_up_to_a_limit(make, client):
    receiver = make(limits=Limits(all_bodies=100))
    client.post(receiver, b"x" * 100)
    assert client.is_reset(receiver)
    assert "kept 100 bytes of requests" in receiver.connections[1].failure


def test_the_oldest_taps_go_first(make, client, closed):
    receiver = make(limits=Limits(all_taps=8000))
    for count in range(1, 7):
        client.hang_up(client.tls(receiver))
        closed(receiver, count)
    taps = [sum(len(piece.data) for piece in connection.tapped) for connection in receiver.connections]
    assert (taps[0], receiver.connections[0].tap_cut, taps[-1] > 0) == (0, True, True)
    assert sum(taps) <= 8000


def test_the_clock_error_is_small():
    """Generous: a loaded machine is allowed to be slow, not to be wrong."""
    error = clock_error(seconds=0.1)
    assert 0 <= error.median_ms <= error.p99_ms <= error.max_ms
    assert error.samples >= 10
    assert error.median_ms < 5
