"""What a client sends is kept as it came, and it gets the answer that was ordered."""

import time
from contextlib import suppress

import pytest

from rig.receiver import Ending, Framing, Limits, Reply


def status_of(answer):
    return int(answer.split(b" ", 2)[1])


def test_a_request_is_kept_byte_for_byte(receiver, client):
    answer = client.post(receiver, b'{"a": "\xc3\xa9"}', headers=("X-One: 1", "x-one:2 "), target="/in/?a=%20")
    assert (status_of(answer), answer.endswith(b"\r\n\r\nOK")) == (200, True)
    (request,) = receiver.requests
    assert (request.method, request.target, request.version) == ("POST", "/in/?a=%20", "HTTP/1.1")
    assert request.header("X-ONE") == ["1", "2"]
    assert request.head.startswith(b"POST /in/?a=%20 HTTP/1.1\r\nHost: localhost\r\nX-One: 1\r\nx-one:2 \r\n")
    assert request.body == b'{"a": "\xc3\xa9"}'
    assert (request.receiver, request.connection, request.number, request.encrypted) == ("receiver", 1, 1, True)


def test_a_success_is_an_attempt_with_its_request(receiver, client, ended):
    client.post(receiver)
    (attempt,) = ended(receiver)
    assert (attempt.ending, attempt.status, attempt.request) == (Ending.SUCCESS, 200, receiver.requests[0])
    assert attempt.started_ns == receiver.connections[0].hello_ns


def test_the_connection_says_how_it_went(receiver, client, closed):
    client.post(receiver).decode()
    client.stack.close()
    (connection,) = closed(receiver)
    assert (connection.tls_version, connection.cipher, connection.failure) == ("TLSv1.3", "TLS_AES_256_GCM_SHA384", None)
    assert (connection.hello.server_name, connection.resumed, connection.client_certificate) == ("localhost", False, None)
    assert (connection.application_bytes, connection.decrypted, connection.refused) == (len(client.request()), b"", False)


def test_stamps_are_in_order_and_true(receiver, client, ended):
    before_ns = time.monotonic_ns()
    tls = client.tls(receiver)
    sent_ns = time.monotonic_ns()
    tls.sendall(client.request()[:20])
    assert receiver.wait(lambda r: r.connections and r.connections[0].application_bytes, 5)
    rest_ns = time.monotonic_ns()
    tls.sendall(client.request()[20:])
    (request,) = [attempt.request for attempt in ended(receiver)]
    assert before_ns <= request.started_ns <= sent_ns <= request.arrived_ns <= rest_ns <= request.completed_ns
    assert request.completed_ns <= receiver.attempts[0].ended_ns <= time.monotonic_ns()


def test_scripted_replies_come_first_and_in_order(receiver, client, ended):
    receiver.reply(Reply(202))
    receiver.script([Reply(401), Reply(503)])
    assert [status_of(client.post(receiver)) for _ in range(3)] == [401, 503, 202]
    assert [attempt.ending for attempt in ended(receiver, 3)] == [Ending.FAILURE, Ending.FAILURE, Ending.SUCCESS]


def test_expectations_of_pytest_httpserver_answer(receiver, client):
    receiver.expect_oneshot_request("/ingest", method="POST", query_string="a=b", json={"x": 1}).respond_with_json({"ok": True}, status=201)
    answer = client.post(receiver, b'{"x": 1}', target="/ingest?a=b", headers=("Content-Type: application/json",))
    assert (status_of(answer), b'"ok": true' in answer) == (201, True)
    assert receiver.url_for("/ingest") == f"https://127.0.0.1:{receiver.port}/ingest"
    assert status_of(client.post(receiver)) == 200


def test_a_kept_connection_carries_several_attempts(receiver, client, ended, closed):
    receiver.reply(Reply(keep_alive=True))
    tls = client.tls(receiver)
    for count in (1, 2):
        tls.sendall(client.request())
        assert ended(receiver, count)[-1].success
    client.hang_up(tls)
    (connection,) = closed(receiver)
    first, second = receiver.attempts
    assert (first.connection, second.connection, connection.failure, connection.aborted_by_peer) == (1, 1, None, False)
    assert first.started_ns == connection.hello_ns
    assert second.started_ns == second.request.arrived_ns > first.ended_ns


def test_a_client_that_closes_is_obeyed(receiver, client):
    receiver.reply(Reply(keep_alive=True))
    assert status_of(client.post(receiver, headers=("Connection: close",))) == 200


def test_two_requests_sent_as_one_are_both_seen(receiver, client, ended):
    receiver.reply(Reply(keep_alive=True))
    client.tls(receiver).sendall(client.request(b"1") + client.request(b"22"))
    ended(receiver, 2)
    assert [request.body for request in receiver.requests] == [b"1", b"22"]


def test_what_follows_the_request_is_a_failure_and_kept(receiver, client, closed):
    tls = client.tls(receiver)
    tls.sendall(client.request() + b"GET /smuggled HTTP/1.1\r\n\r\n")
    client.everything(tls)
    client.hang_up(tls)
    (connection,) = closed(receiver)
    assert connection.failure == "26 bytes after the end of the request"
    assert connection.decrypted == b"GET /smuggled HTTP/1.1\r\n\r\n"
    assert len(receiver.requests) == 1


def test_what_comes_after_the_answer_is_kept_too(receiver, client, closed):
    tls = client.tls(receiver)
    tls.sendall(client.request())
    assert tls.recv(1000).endswith(b"OK")
    tls.sendall(b"GET /late")
    assert receiver.wait(lambda r: r.connections[0].application_bytes == len(client.request()) + 9, 5)
    client.hang_up(tls)
    assert closed(receiver)[0].decrypted == b"GET /late"


def test_an_answer_ends_with_a_word_to_tls_that_it_is_whole(receiver, client):
    """Without close_notify the end of a body that ends with the connection might be somebody else's doing."""
    context = client.context()
    tls = context.wrap_socket(client.connect(receiver), server_hostname="localhost", suppress_ragged_eofs=False)
    client.stack.enter_context(tls).sendall(client.request())
    assert tls.recv(1000).endswith(b"OK")
    assert tls.recv(1000) == b""


def test_a_body_without_head_is_a_failure_and_kept(receiver, client, closed):
    tls = client.tls(receiver)
    tls.sendall(b'{"autopid_data": {}}\r\n\r\n')
    assert status_of(client.everything(tls)) == 400
    client.hang_up(tls)
    (connection,) = closed(receiver)
    assert connection.failure.startswith("no request line: b'{")
    assert connection.decrypted == b'{"autopid_data": {}}\r\n\r\n'
    assert (receiver.requests, receiver.attempts[0].ending) == ([], Ending.FAILURE)


def test_a_body_too_large_is_refused(make, client):
    receiver = make(limits=Limits(body_kept=1000, body_read=5000))
    assert status_of(client.post(receiver, b"x" * 1001)) == 413
    with suppress(OSError):  # reset, at whatever point of its sending
        client.post(receiver, b"x" * 60000)
    assert receiver.wait(lambda r: len(r.connections) == 2 and r.connections[1].failure, 5)
    assert ["are not kept" in receiver.connections[0].failure, "beyond 5000" in receiver.connections[1].failure] == [True, True]
    assert receiver.requests == []


def test_endless_headers_are_cut(make, client):
    receiver = make(limits=Limits(head=1000))
    tls = client.tls(receiver)
    tls.sendall(b"POST / HTTP/1.1\r\n" + b"X: y\r\n" * 300)
    assert status_of(client.everything(tls)) == 431
    assert receiver.wait(lambda r: r.connections and "larger than 1000 bytes" in (r.connections[0].failure or ""), 5)


def test_a_request_cut_off_says_so(receiver, client, closed):
    tls = client.tls(receiver)
    tls.sendall(client.request(b"x" * 100)[:-50])
    assert receiver.wait(lambda r: r.connections and r.connections[0].application_bytes, 5)
    client.hang_up(tls)
    (connection,) = closed(receiver)
    assert connection.failure == "the device closed the connection in the middle of a request"
    assert (connection.aborted_by_peer, connection.refused) == (True, False)
    assert connection.decrypted == client.request(b"x" * 100)[:-50]
    assert receiver.attempts[0].ending is Ending.FAILURE


def test_continue_is_said_to_who_waits_for_it(receiver, client):
    tls = client.tls(receiver)
    whole = client.request(b"{}", headers=("Expect: 100-continue",))
    tls.sendall(whole[:-2])
    assert tls.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    tls.sendall(whole[-2:])
    assert status_of(client.everything(tls)) == 200


# Answers out of the ordinary ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "answer", "ending"),
    [
        (Reply(204), b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", Ending.SUCCESS),
        (Reply(framing=Framing.CLOSE), b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nOK", Ending.NEITHER),
        (Reply(raw=b"\0\xffgarbage"), b"\0\xffgarbage", Ending.FAILURE),
        (Reply(cut_after=20), b"HTTP/1.1 200 OK\r\nCon", Ending.NEITHER),
        (Reply(500, cut_after=20), b"HTTP/1.1 500 Interna", Ending.FAILURE),
        (Reply(cut_after=0), b"", Ending.FAILURE),
        (Reply(cut_after=10_000, body=b""), b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", Ending.SUCCESS),
        (Reply(pieces_s=0.0, body=b"x"), b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx", Ending.SUCCESS),
    ],
)
def test_an_answer_and_what_the_attempt_becomes(receiver, client, reply, answer, ending, ended):
    receiver.reply(reply)
    assert client.post(receiver) == answer
    assert ended(receiver)[0].ending is ending


def test_a_cut_answer_ends_in_a_reset(receiver, client, closed):
    receiver.reply(Reply(cut_after=5))
    tls = client.tls(receiver)
    tls.sendall(client.request())
    assert client.ending_of(tls) == "reset"
    assert closed(receiver)[0].failure == "the receiver reset the connection, as it was told to"


def test_an_answer_that_comes_late_is_neither(make, client, ended):
    receiver = make(success_within_s=0.05)
    receiver.reply(Reply(delay_s=0.1))
    assert status_of(client.post(receiver)) == 200
    assert ended(receiver)[0].ending is Ending.NEITHER


def test_a_delay_is_kept(receiver, client, ended):
    receiver.reply(Reply(delay_s=0.2))
    client.post(receiver)
    (attempt,) = ended(receiver)
    assert 0.2 <= (attempt.ended_ns - attempt.request.completed_ns) / 1e9 < 0.6
    assert attempt.success


def test_a_device_that_gives_up_before_the_answer_has_failed(receiver, client, ended, closed):
    receiver.reply(Reply(delay_s=60))
    tls = client.tls(receiver)
    tls.sendall(client.request())
    assert receiver.wait(lambda r: r.requests, 5)
    client.hang_up(tls)
    (attempt,) = ended(receiver)
    assert (attempt.ending, attempt.status) == (Ending.FAILURE, None)
    assert closed(receiver)[0].failure == "the device closed the connection before the answer"
    assert not receiver.connections[0].aborted_by_peer


def test_a_flood_before_the_answer_is_cut_and_kept_in_part(make, client, ended, closed):
    receiver = make(limits=Limits(malformed=1000, drain_s=0.1))
    receiver.reply(Reply(delay_s=60))
    tls = client.tls(receiver)
    tls.sendall(client.request() + b"x" * 1100)
    assert status_of(client.everything(tls)) == 400
    client.hang_up(tls)
    assert (ended(receiver)[0].ending, closed(receiver)[0].decrypted) == (Ending.FAILURE, b"x" * 1000)
    assert receiver.connections[0].failure == "more than 1000 bytes came before the answer to the request before them"


@pytest.mark.parametrize("part", ["head", "body"])
def test_an_endless_answer_goes_on_until_the_device_gives_up(receiver, client, part, ended, closed):
    receiver.reply(Reply(endless=part, pieces_s=0.01))
    tls = client.tls(receiver)
    tls.sendall(client.request())
    begun = b"".join(tls.recv(1000) for _ in range(5))
    assert begun.startswith(b"HTTP/1.1 200 OK\r\n")
    client.hang_up(tls)
    assert ended(receiver)[0].ending is Ending.NEITHER
    assert closed(receiver)[0].failure == "the device closed the connection in the middle of the answer"


def test_a_huge_answer_is_sent_whole_and_kept_in_part(make, client):
    receiver = make(limits=Limits(tap=10_000))
    receiver.reply(Reply(body=b"x" * 1000, repeat_body=3000))
    assert client.post(receiver).count(b"x") == 3_000_000
    connection = receiver.connections[0]
    assert (sum(len(piece.data) for piece in connection.tapped), connection.tap_cut) == (10_000, True)
    assert receiver.attempts[0].success


def test_an_answer_that_nobody_takes_ends_with_the_connections_time(make, client, ended, closed):
    receiver = make(limits=Limits(connection_s=0.3, drain_s=0.1))
    receiver.reply(Reply(body=b"x" * 1000, repeat_body=100_000))
    client.tls(receiver).sendall(client.request())
    assert ended(receiver)[0].ending is Ending.NEITHER
    assert closed(receiver)[0].failure == "the device took no more bytes in the middle of the answer"
