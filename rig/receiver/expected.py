"""Answers by expectation, for who knows pytest-httpserver: ``receiver.expect_request("/ingest").respond_with_json(...)``."""

from pytest_httpserver import HTTPServer
from werkzeug import Request as WerkzeugRequest
from werkzeug.test import EnvironBuilder

from rig.evidence.records import Request
from rig.receiver.reply import Reply

_OURS = frozenset({"content-length", "connection"})


def expected_reply(server: HTTPServer, request: Request) -> Reply | None:
    """What the server's expectations answer; None if it has none."""
    if not (server.handlers or server.oneshot_handlers or server.ordered_handlers):
        return None
    path, _, query = request.target.partition("?")
    builder = EnvironBuilder(
        path=path,
        query_string=query,
        method=request.method,
        headers=[(name, value) for name, value in request.headers if name.lower() != "transfer-encoding"],
        data=request.body,
        base_url=f"https://{(request.header('Host') or [server.host])[0]}/",
    )
    try:
        response = server.application(WerkzeugRequest(builder.get_environ()))
    except Exception:  # noqa: BLE001 (the server has kept it for check(), as its users expect)
        return Reply(status=500, body=b"")
    finally:
        builder.close()
    headers = tuple((name, value) for name, value in response.headers if name.lower() not in _OURS)
    return Reply(status=response.status_code, body=response.get_data(), headers=headers)
