"""Run one stand-in: ``python -m standins --kind jira-cloud --port 8001``."""

import argparse
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from standins.figures import Figures
from standins.generate import generate_site
from standins.jira_cloud import JiraCloud
from standins.jira_data_center import JiraDataCenter
from standins.linear import Linear
from standins.real import read_site
from standins.records import Kind, Site
from standins.server import LOOPBACK, listen
from standins.state import saved_or
from standins.web import StandIn

DEFAULT_SEED = 1
CREDENTIALS = {
    "jira-cloud": "ada@example.com:standin-token",
    "jira-dc": "standin-token",
    "linear": "lin_api_standin",
    "figures": "standin-token",
}
FIGURES = "figures"
APPS: dict[str, type[JiraCloud | JiraDataCenter | Linear]] = {
    "jira-cloud": JiraCloud,
    "jira-dc": JiraDataCenter,
    "linear": Linear,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until interrupted or terminated."""
    app, port = application(arguments)
    server = listen(app, port)
    signal.signal(signal.SIGTERM, _leave)
    sys.stderr.write(f"{app.title} at http://{LOOPBACK}:{server.port}/\n")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
    finally:
        server.server_close()


def application(arguments: Sequence[str] | None = None) -> tuple[StandIn | Figures, int]:
    """The application that a command line asks for, and its port."""
    asked = _parser().parse_args(arguments)
    if asked.kind == FIGURES:
        return Figures(token=asked.credential or CREDENTIALS[FIGURES]), asked.port
    return prepare(arguments)


def prepare(arguments: Sequence[str] | None = None) -> tuple[StandIn, int]:
    """The tracker that a command line asks for, and its port."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if asked.real and asked.kind == "linear":
        parser.error("recorded issues are issues of Jira")
    if asked.up_to and not asked.real:
        parser.error("--up-to needs --real")
    tracker = saved_or(lambda: _site(asked), asked.state)
    credential = asked.credential or CREDENTIALS[asked.kind]
    return APPS[asked.kind](tracker, credential=credential), asked.port


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="standins", description="Play a tracker, or a service with figures, on loopback."
    )
    parser.add_argument("--kind", choices=tuple(CREDENTIALS), required=True)
    parser.add_argument("--port", type=int, default=0, help="any that is free, unless given")
    parser.add_argument("--real", type=Path, metavar="DIR", help="recorded Jira issues")
    parser.add_argument("--up-to", type=_moment, metavar="TIME", help="replay them up to this time")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="of generated work")
    parser.add_argument(
        "--state", type=Path, metavar="FILE", help="go on from, and keep, this file"
    )
    parser.add_argument("--credential", help="email:token, token or key that is let in")
    return parser


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _site(asked: argparse.Namespace) -> Site:
    if asked.real:
        return read_site(asked.real, up_to=asked.up_to)
    kind = Kind.LINEAR if asked.kind == "linear" else Kind.JIRA
    return generate_site(kind, seed=asked.seed, today=datetime.now(UTC).date())


def _leave(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
