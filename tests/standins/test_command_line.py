"""``python -m standins``: what it serves, and what it refuses."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from standins.__main__ import application, prepare
from standins.figures import Figures
from standins.jira_cloud import JiraCloud
from standins.jira_data_center import JiraDataCenter
from standins.linear import Linear
from standins.web import StandIn


@pytest.mark.parametrize(
    ("kind", "app", "authorization"),
    [
        ("jira-cloud", JiraCloud, "Basic YWRhQGV4YW1wbGUuY29tOnN0YW5kaW4tdG9rZW4="),
        ("jira-dc", JiraDataCenter, "Bearer standin-token"),
        ("linear", Linear, "lin_api_standin"),
    ],
)
def test_each_kind_serves_generated_work_with_a_credential_of_its_own(
    kind: str, app: type[StandIn], authorization: str
) -> None:
    made, port = prepare(["--kind", kind])
    assert isinstance(made, app)
    assert made.authorization() == authorization
    assert len(made.tracker.site.issues) > 1400
    assert port == 0


def test_a_service_with_figures_can_be_asked_for() -> None:
    made, _ = application(["--kind", "figures", "--credential", "other"])
    assert isinstance(made, Figures)
    assert made.token == "other"


def test_a_credential_can_be_given() -> None:
    made, _ = prepare(["--kind", "linear", "--credential", "lin_api_other"])
    assert isinstance(made, Linear)
    assert made.authorization() == "lin_api_other"


def test_a_restarted_stand_in_remembers_what_was_changed(tmp_path: Path) -> None:
    line = ["--kind", "jira-cloud", "--state", str(tmp_path / "jira.json")]
    first, _ = prepare(line)
    first.tracker.delete("SHOP-7")
    second, _ = prepare(line)
    assert second.tracker.site == first.tracker.site


def test_a_stand_in_keeps_its_work_from_the_first_start(tmp_path: Path) -> None:
    kept = tmp_path / "jira.json"
    prepare(["--kind", "jira-cloud", "--state", str(kept), "--seed", "3"])
    second, _ = prepare(["--kind", "jira-cloud", "--state", str(kept), "--seed", "4"])
    third, _ = prepare(["--kind", "jira-cloud", "--seed", "3"])
    assert second.tracker.site.issues == third.tracker.site.issues


@pytest.mark.contract
def test_recorded_issues_can_be_served_up_to_a_day(contracts: Path) -> None:
    folder = str(contracts / "jira" / "real")
    made, _ = prepare(["--kind", "jira-dc", "--real", folder, "--up-to", "2016-06-01"])
    assert len(made.tracker.site.issues) == 1398


@pytest.mark.parametrize(
    "line",
    [
        ["--kind", "trello"],
        ["--kind", "linear", "--real", "."],
        ["--kind", "jira-cloud", "--up-to", "2016-06-01"],
        [],
    ],
)
def test_a_command_line_that_makes_no_sense_is_refused(
    line: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        prepare(line)
    assert "usage: standins" in capsys.readouterr().err


@pytest.mark.services
def test_the_command_serves_until_it_is_terminated() -> None:
    command = [sys.executable, "-m", "standins", "--kind", "linear"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        page = requests.get(line.split()[-1], timeout=10)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    assert line.startswith("Linear stand-in at http://127.0.0.1:")
    assert "<h1>Linear stand-in</h1>" in page.text
