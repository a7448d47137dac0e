"""The whole product on this machine, with people, data and trackers to play with."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.embedded import (
    EmbeddedError,
    default_home,
    service_account,
    services_are_given,
    start,
)
from config.env import ConfigurationError, env_int
from config.queues import WORKERS, queues_of
from config.supervisor import (
    Program,
    SupervisionError,
    Supervisor,
    end_on_signal,
    port_is_free,
    signals_handled_by,
)
from standins.oauth import CLIENT_ID, CLIENT_SECRET

DEFAULT_PORT = 8000
PYTHON = sys.executable
READY_SECONDS = 120.0
# Kind of stand-in: how far its port is from the web server's.
STANDINS = {"jira-cloud": 1, "linear": 2, "figures": 3}


def standin_url(kind: str, port: int) -> str:
    return f"http://127.0.0.1:{port + STANDINS[kind]}"


def where_to_go(port: int) -> str:
    """Where a person can go: the product, and the trackers whose issues move its scores."""
    return (
        f"Flotilla is at http://127.0.0.1:{port}/\n"
        f"Finish an issue in the stand-in Jira at {standin_url('jira-cloud', port)}/"
        f" or Linear at {standin_url('linear', port)}/, and see a score move."
    )


def standin_programs(port: int, data: Path) -> list[Program]:
    """What the demo's connections and pulls talk to; each tracker has a memory of its own."""
    programs = []
    for kind, offset in STANDINS.items():
        options = ["--kind", kind, "--port", str(port + offset), "--state"]
        programs.append(
            Program(kind, [PYTHON, "-m", "standins", *options, str(data / f"{kind}.json")])
        )
    return programs


def product_programs(port: int) -> list[Program]:
    """What a deployment runs too, at the size of one machine."""
    celery = [PYTHON, "-m", "celery", "-A", "config"]
    quiet = ["--loglevel", "WARNING"]
    one = ["--concurrency", "1", *quiet]
    size = ["--worker-class", "gthread", "--workers", "2", "--threads", "4"]
    web = [*size, "--graceful-timeout", "10", "--no-control-socket"]
    return [
        Program(
            "web",
            [PYTHON, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", *web],
        ),
        *(
            Program(name, [*celery, "worker", "-n", f"{name}@%h", "-Q", queues_of(name), *one])
            for name in WORKERS
        ),
        Program("beat", [*celery, "beat", "--pidfile=", *quiet]),
    ]


def manage(command: str, *arguments: str) -> Program:
    return Program(command, [PYTHON, "manage.py", command, *arguments])


def demo_environment(port: int) -> dict[str, str]:
    """The environment of the demo's processes; the stand-ins' addresses are for `load_demo`."""
    addresses = {
        f"STANDIN_{kind.upper().replace('-', '_')}_URL": standin_url(kind, port)
        for kind in STANDINS
    }
    return {
        **os.environ,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "OUTBOUND_ALLOW_LOOPBACK": "yes",
        **sign_in_environment(port),
        "PYTHONUNBUFFERED": "1",
        **addresses,
    }


def sign_in_environment(port: int) -> dict[str, str]:
    """The demo as an app of the stand-ins: people can sign in there to connect them."""
    apps = {"JIRA": "jira-cloud", "LINEAR": "linear"}
    named = [(name, standin_url(kind, port)) for name, kind in apps.items()]
    return {
        variable: value
        for name, url in named
        for variable, value in (
            (f"{name}_OAUTH_CLIENT_ID", CLIENT_ID),
            (f"{name}_OAUTH_CLIENT_SECRET", CLIENT_SECRET),
            (f"{name}_OAUTH_STANDIN", url),
        )
    }


class Command(BaseCommand):
    help = "Run the whole product here with demo data, until Ctrl-C. PORT chooses the port."
    requires_system_checks = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            with signals_handled_by(end_on_signal):
                self.run(env_int("PORT", DEFAULT_PORT, minimum=1))
        except KeyboardInterrupt:
            self.stdout.write("Stopped. The data is kept; start again when you like.")
        except (EmbeddedError, ConfigurationError, SupervisionError) as error:
            raise CommandError(str(error)) from None

    def run(self, port: int) -> None:
        home = default_home(service_account())
        running = None if services_are_given() else start(home, tell=self.stderr.write)
        supervisor = Supervisor(settings.BASE_DIR, home / "logs", demo_environment(port))
        try:
            if running:
                supervisor.environment.update(running.services.environment())
                supervisor.watched = running.children()
            people = self.bring_up(supervisor, port, home / "standins")
            self.stdout.write(f"\n{people}\n\n{where_to_go(port)}\nCtrl-C stops it.")
            self.stdout.flush()
            supervisor.run_forever()
        finally:
            # Tidying up has its own time limits; a second Ctrl-C would only leave a mess.
            with signals_handled_by(signal.SIG_IGN):
                supervisor.stop()
                if running:
                    running.stop()

    def bring_up(self, supervisor: Supervisor, port: int, data: Path) -> str:
        """Start everything in order; returns what the loader says about the people to play."""
        demand_free_ports(port)
        self.say("Bringing the database up to date …")
        supervisor.run_to_end(manage("migrate", "--database", "owner", "--no-input"))
        data.mkdir(parents=True, exist_ok=True)
        for program in standin_programs(port, data):
            supervisor.start(program)
        for kind in STANDINS:
            supervisor.wait_for_answer(standin_url(kind, port), READY_SECONDS)
        self.say("Loading the demo …")
        people = supervisor.run_to_end(manage("load_demo"))
        for program in product_programs(port):
            supervisor.start(program)
        supervisor.wait_for_answer(f"http://127.0.0.1:{port}/readyz", READY_SECONDS)
        return people

    def say(self, sentence: str) -> None:
        self.stderr.write(sentence)


def demand_free_ports(port: int) -> None:
    for offset in (0, *STANDINS.values()):
        if not port_is_free(port + offset):
            raise ConfigurationError(
                f"Port {port + offset} is in use; choose another one with the variable PORT, "
                f"for example: PORT={port + 100} make demo"
            )
