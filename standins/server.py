"""Run a stand-in on loopback."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from standins.figures import Figures
from standins.web import StandIn

LOOPBACK = "127.0.0.1"
SECONDS_TO_NOTICE_THE_END = 0.02
App = TypeVar("App", bound=StandIn | Figures)


class QuietHandler(WSGIRequestHandler):
    """Writes no line for every request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """A test or a demo reads ``StandIn.seen`` instead."""


@dataclass(frozen=True)
class Server(Generic[App]):
    """A running stand-in: its address for clients, its application for the test beside it."""

    url: str
    app: App


def listen(app: StandIn | Figures, port: int, tls: ssl.SSLContext | None = None) -> BaseWSGIServer:
    """A server bound to loopback and not yet serving; port 0 takes any that is free."""
    return make_server(
        LOOPBACK, port, app, threaded=True, request_handler=QuietHandler, ssl_context=tls
    )


@contextmanager
def serve(app: App, *, port: int = 0, tls: ssl.SSLContext | None = None) -> Iterator[Server[App]]:
    """Serve from a thread while the block runs; by https with `tls`."""
    server = listen(app, port, tls)
    thread = threading.Thread(
        target=server.serve_forever, args=(SECONDS_TO_NOTICE_THE_END,), daemon=True
    )
    thread.start()
    try:
        scheme = "https" if tls else "http"
        yield Server(url=f"{scheme}://{LOOPBACK}:{server.port}", app=app)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
