"""Run one command with services: python -m config.embedded [--scratch [--durable]] -- <command…>"""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from types import FrameType

from config.embedded import (
    EmbeddedError,
    default_home,
    service_account,
    services_are_given,
    start,
    start_scratch,
)
from config.embedded.services import say
from config.env import ConfigurationError

CANNOT_START = 3


@contextlib.contextmanager
def addresses(*, scratch: bool, durable: bool) -> Iterator[dict[str, str]]:
    """What the command's environment needs on top of ours."""
    if services_are_given():
        yield {}
    elif scratch:
        with start_scratch(durable=durable) as running:
            yield running.services.environment()
    else:
        with start(default_home(service_account())) as running:
            yield running.services.environment()


def run(command: list[str], extra: dict[str, str]) -> int:
    """Run `command` to its end and return its exit code as a shell would."""
    try:
        process = subprocess.Popen(command, env=os.environ | extra)
    except OSError as error:
        say(f"Cannot run {command[0]}: {error.strerror}.")
        return 127

    def forward(number: int, _frame: FrameType | None) -> None:
        process.send_signal(number)

    # The terminal sends Ctrl-C to the command as well: we outlive it to stop the services.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, forward)
    code = process.wait()
    return code if code >= 0 else 128 - code


def interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m config.embedded", description=__doc__)
    parser.add_argument("--scratch", action="store_true", help="use a throw-away home")
    parser.add_argument(
        "--durable", action="store_true", help="a throw-away home whose writes wait for the disk"
    )
    parser.add_argument("command", nargs="+", metavar="command")
    arguments = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    try:
        with addresses(scratch=arguments.scratch, durable=arguments.durable) as extra:
            return run(arguments.command, extra)
    except (EmbeddedError, ConfigurationError) as error:
        say(str(error))
        return CANNOT_START
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
