"""The page where a person changes work, as a browser without scripts uses it."""

import re
from http import HTTPStatus

import pytest
import requests

from standins.page import POLICY
from standins.state import Tracker
from tests.standins.conftest import Client


def shown(client: Client, **query: object) -> str:
    reply = client.get("/", **query)
    assert reply.status_code == HTTPStatus.OK
    return reply.text


def listed(html: str) -> list[str]:
    return re.findall(r'<th scope="row">([^<]+)</th>', html)


def press(client: Client, issue_id: str, verb: str, **form: str) -> requests.Response:
    """Press a button; the answer is the page it leads back to."""
    return client.session.post(f"{client.url}/issues/{issue_id}/{verb}", data=form, timeout=10)


def test_the_latest_change_is_on_top(cloud: Client, jira: Tracker) -> None:
    jira.start("SHOP-3")
    assert listed(shown(cloud))[0] == "SHOP-3"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"space": "PAY"}, {"PAY-1"}),
        ({"stage": "finished"}, {"SHOP-2"}),
        ({"text": "SHORTEN"}, {"SHOP-3"}),
        ({"text": "shop-4"}, {"SHOP-4"}),
        ({"space": "PAY", "stage": "finished"}, set()),
    ],
)
def test_the_list_can_be_narrowed(
    cloud: Client, jira: Tracker, query: dict[str, str], expected: set[str]
) -> None:
    jira.finish("SHOP-2")
    assert set(listed(shown(cloud, **query))) == expected


def test_a_long_list_comes_in_pages(cloud: Client, jira: Tracker) -> None:
    for number in range(60):
        jira.add("PAY", f"Cheque {number}")
    assert len(listed(shown(cloud, space="PAY"))) == 50
    assert len(listed(shown(cloud, space="PAY", page=2))) == 11


def test_finish_finishes_and_says_so_once(cloud: Client, jira: Tracker) -> None:
    page = press(cloud, "10002", "finish")
    assert jira.status_of(jira.find("10002")).category == "done"
    assert "SHOP-2 is finished." in page.text
    assert "SHOP-2 is finished." not in shown(cloud)


def test_reopen_takes_the_resolution_away(cloud: Client, jira: Tracker) -> None:
    jira.finish("SHOP-2")
    press(cloud, "10002", "reopen")
    issue = jira.find("SHOP-2")
    assert (issue.resolved, issue.resolution_id) == (None, None)


def test_a_finished_issue_offers_to_be_reopened(cloud: Client, jira: Tracker) -> None:
    jira.finish("SHOP-2")
    html = shown(cloud, text="SHOP-2")
    assert 'aria-label="Re-open SHOP-2"' in html
    assert 'aria-label="Finish SHOP-2"' not in html


def test_move_gives_the_next_key_of_the_other_project(cloud: Client) -> None:
    assert "SHOP-2 is now PAY-2." in press(cloud, "10002", "move", to="PAY").text


def test_delete_deletes(cloud: Client) -> None:
    press(cloud, "10002", "delete")
    assert "SHOP-2" not in listed(shown(cloud))


def test_the_filter_is_kept_after_a_change(cloud: Client) -> None:
    url = f"{cloud.url}/issues/10002/finish?space=SHOP&text=basket"
    reply = cloud.session.post(url, timeout=10)
    assert listed(reply.text) == ["SHOP-2"]


def test_what_is_gone_can_no_longer_be_changed(cloud: Client, jira: Tracker) -> None:
    jira.delete("SHOP-2")
    assert "There is no 10002 any more." in press(cloud, "10002", "finish").text


def test_another_sites_page_cannot_change_anything(cloud: Client, jira: Tracker) -> None:
    cloud.session.headers["Origin"] = "https://elsewhere.example"
    assert press(cloud, "10002", "delete").status_code == HTTPStatus.FORBIDDEN
    assert jira.find("10002").key == "SHOP-2"


def test_titles_are_text_and_not_markup(cloud: Client, jira: Tracker) -> None:
    jira.add("PAY", "<b>Bold</b> move")
    assert "&lt;b&gt;Bold&lt;/b&gt; move" in shown(cloud)


def test_a_link_to_an_issue_leads_to_its_row(cloud: Client) -> None:
    assert listed(cloud.get("/browse/SHOP-2").text) == ["SHOP-2"]


def test_the_page_needs_nothing_but_its_own_style(cloud: Client) -> None:
    reply = cloud.get("/")
    assert reply.headers["Content-Security-Policy"] == POLICY
    assert "<script" not in reply.text
    assert cloud.get("/page.css").headers["Content-Type"].startswith("text/css")


def test_a_finished_linear_issue_counts_as_finished(graph: Client, linear: Tracker) -> None:
    press(graph, linear.find("ENG-1").id, "finish")
    query = '{ issue(id: "ENG-1") { completedAt state { type } } }'
    assert graph.data(query)["issue"] == {
        "completedAt": "2026-03-02T10:40:00.000Z",
        "state": {"type": "completed"},
    }
