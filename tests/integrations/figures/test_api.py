"""What delivers figures, over the API."""

from typing import Any

import pytest
from django.test import Client

from integrations.models import FileImport, Pull
from portfolio.models import Metric
from standins.figures import Figures
from standins.server import Server
from tests.factories.accounts import MemberFactory
from tests.integrations.conftest import Portal
from tests.integrations.figures.conftest import HEADERS, TOKEN, log

BASE = "/api/v1/orgs/acme"
Service = Server[Figures]


def send(client: Client, path: str, body: Any, **headers: str) -> Any:
    return client.post(f"{BASE}/{path}", body, "application/json", headers=headers)


def a_pull(metric: Metric, service: Service, **fields: Any) -> dict[str, Any]:
    return {
        "metric": str(metric.pk),
        "name": "Finance",
        "address": f"{service.url}/revenue",
        "path": "$.data.revenue",
        "headers": HEADERS,
        **fields,
    }


def test_an_address_is_made_and_works(admin: Client, metric: Metric) -> None:
    made = send(admin, "push-addresses/", {"metric": str(metric.pk), "name": "Nightly"})
    token = made.json()["url"].split("/push/")[1].strip("/")
    Client().post(f"/push/{token}/", {"value": 3}, "application/json")
    assert (made.status_code, log(metric)) == (201, [("3", "push")])


def test_a_repeated_request_does_not_show_the_address_again(admin: Client, metric: Metric) -> None:
    body = {"metric": str(metric.pk), "name": "Nightly"}
    answers = [send(admin, "push-addresses/", body, **{"Idempotency-Key": "a"}) for _ in range(2)]
    assert ["url" in answer.json() for answer in answers] == [True, False]


def test_an_address_is_never_given_again(admin: Client, metric: Metric) -> None:
    made = send(admin, "push-addresses/", {"metric": str(metric.pk), "name": "Nightly"}).json()
    again = admin.get(f"{BASE}/push-addresses/{made['id']}/").json()
    assert "url" not in again
    assert "token_hash" not in again


def test_a_closed_address_says_when(admin: Client, metric: Metric) -> None:
    made = send(admin, "push-addresses/", {"metric": str(metric.pk), "name": "Nightly"}).json()
    admin.delete(f"{BASE}/push-addresses/{made['id']}/")
    assert admin.get(f"{BASE}/push-addresses/{made['id']}/").json()["closed_at"]


def test_a_pull_is_made_and_its_headers_are_not_given(
    admin: Client, metric: Metric, service: Service
) -> None:
    made = send(admin, "pulls/", a_pull(metric, service, delay_days=2))
    assert (made.status_code, made.json()["header_names"]) == (201, ["Authorization"])
    assert TOKEN not in made.content.decode()
    assert log(metric) == [("120.5", "sync")]


def test_a_pull_that_finds_no_number_is_refused_at_the_path(
    admin: Client, metric: Metric, service: Service
) -> None:
    answer = send(admin, "pulls/", a_pull(metric, service, path="$.profit"))
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["path"])


def test_a_pull_is_edited_under_its_version(
    admin: Client, metric: Metric, service: Service
) -> None:
    made = send(admin, "pulls/", a_pull(metric, service))
    path = f"{BASE}/pulls/{made.json()['id']}/"
    changed = admin.patch(
        path, {"interval_minutes": 60}, "application/json", headers={"If-Match": made["ETag"]}
    )
    stale = admin.patch(
        path, {"interval_minutes": 30}, "application/json", headers={"If-Match": made["ETag"]}
    )
    assert (changed.status_code, stale.status_code) == (200, 412)
    assert Pull.objects.get().interval_minutes == 60


def change(client: Client, made: Any, **fields: Any) -> Any:
    path = f"{BASE}/pulls/{made.json()['id']}/"
    return client.patch(path, fields, "application/json", headers={"If-Match": made["ETag"]})


def test_a_pull_gets_another_owner(
    portal: Portal, admin: Client, metric: Metric, service: Service
) -> None:
    made = send(admin, "pulls/", a_pull(metric, service))
    lead = portal.world["lead"]
    changed = change(admin, made, owner=str(lead.pk))
    assert (changed.status_code, changed.json()["owner"]) == (200, str(lead.pk))


def test_a_pull_is_made_for_somebody_else(
    portal: Portal, admin: Client, metric: Metric, service: Service
) -> None:
    lead = portal.world["lead"]
    made = send(admin, "pulls/", a_pull(metric, service, owner=str(lead.pk)))
    assert (made.status_code, Pull.objects.get().owner) == (201, lead)


def test_a_script_does_not_become_the_owner_of_a_pull(
    admin: Client, metric: Metric, service: Service
) -> None:
    script = MemberFactory.create(person=None, name="Exporter")
    made = send(admin, "pulls/", a_pull(metric, service))
    refused = change(admin, made, owner=str(script.pk))
    assert refused.json()["errors"] == {"owner": ["Choose a person who is a member."]}


def test_headers_do_not_go_along_to_another_host(
    admin: Client, metric: Metric, service: Service
) -> None:
    made = send(admin, "pulls/", a_pull(metric, service))
    answer = admin.patch(
        f"{BASE}/pulls/{made.json()['id']}/",
        {"address": "https://elsewhere.example.com/"},
        "application/json",
        headers={"If-Match": made["ETag"]},
    )
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["headers"])


def a_file(metric: Metric | None, text: str) -> dict[str, Any]:
    return {"metric": metric and str(metric.pk), "file_name": "revenue.csv", "text": text}


def test_a_file_is_imported(admin: Client, metric: Metric) -> None:
    made = send(admin, "file-imports/", a_file(metric, "date,value\n2026-11-01,10\n"))
    assert (made.status_code, made.json()["recorded"]) == (201, 1)
    assert log(metric) == [("10", "file")]


def test_a_file_is_only_looked_at_on_demand(admin: Client, metric: Metric) -> None:
    text = "date,value\n2026-11-01,10\n"
    answer = send(admin, "file-imports/?dry_run=true", a_file(metric, text))
    assert (answer.status_code, answer.json()["rows"], answer.json()["id"]) == (200, 1, None)
    assert (log(metric), FileImport.objects.count()) == ([], 0)


A_ROW = "date,value\n2026-11-01,10\n"


@pytest.mark.parametrize("said", ["True", "TRUE", "1", "yes", "on"])
def test_whatever_says_yes_only_looks(admin: Client, metric: Metric, said: str) -> None:
    answer = send(admin, f"file-imports/?dry_run={said}", a_file(metric, A_ROW))
    assert (answer.status_code, log(metric)) == (200, [])


@pytest.mark.parametrize("said", ["false", "False", "0", "no"])
def test_whatever_says_no_imports(admin: Client, metric: Metric, said: str) -> None:
    answer = send(admin, f"file-imports/?dry_run={said}", a_file(metric, A_ROW))
    assert (answer.status_code, log(metric)) == (201, [("10", "file")])


@pytest.mark.parametrize("said", ["", "ture", "2", "true&dry_run=false"])
def test_what_says_neither_is_refused_and_imports_nothing(
    admin: Client, metric: Metric, said: str
) -> None:
    answer = send(admin, f"file-imports/?dry_run={said}", a_file(metric, A_ROW))
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["dry_run"])
    assert log(metric) == []


@pytest.mark.parametrize("query", ["dryrun=true", "dry-run=true", "dry_run=true&limit=3"])
def test_a_misspelt_parameter_is_refused_and_imports_nothing(
    admin: Client, metric: Metric, query: str
) -> None:
    answer = send(admin, f"file-imports/?{query}", a_file(metric, A_ROW))
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("Unknown query parameter: ")
    assert log(metric) == []


@pytest.mark.parametrize("query", ["", "?dry_run=true"])
def test_a_bad_file_is_refused_by_line(admin: Client, metric: Metric, query: str) -> None:
    answer = send(admin, f"file-imports/{query}", a_file(metric, "date,value\nx,y\n"))
    assert answer.status_code == 422
    assert answer.json()["errors"]["text"][0].startswith("Line 2:")


def test_a_viewer_imports_nothing(portal: Portal, metric: Metric) -> None:
    answer = send(portal.world.client("viewer"), "file-imports/", a_file(metric, "date,value\n"))
    assert answer.status_code == 403
