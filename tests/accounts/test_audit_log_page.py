"""The audit log as a person reads it."""

import csv
import io
from typing import Any

import pytest
from django.urls import reverse

from accounts import actions
from accounts.models import Member
from accounts.tenancy import tenant
from lib.display import show_day
from portfolio.models import ProductPlacement
from tests.factories.portfolio import PortfolioFactory
from tests.personas import World

URL = "/o/acme/settings/audit/"


def lines(world: World, **filters: Any) -> list[Any]:
    found: list[Any] = world.client("facilitator").get(URL, filters).context["lines"]
    return found


def promote_the_lead(world: World) -> None:
    with tenant(world.organization.pk, actor_id=world["admin"].pk, request_id="promotion"):
        actions.edit_member(
            world.access("admin"), world["lead"], expected_version=None, role="facilitator"
        )


def test_a_change_is_told_in_words(acme: World) -> None:
    promote_the_lead(acme)
    line = lines(acme)[0]
    assert (line.actor, line.verb, line.kind, line.record) == (
        "Acme admin",
        "Changed",
        "Member",
        "Acme lead",
    )
    (change,) = line.changes
    assert (change.field, change.before, change.after) == ("Role", "Member", "Facilitator")


def test_references_are_told_by_name(acme: World) -> None:
    line = next(line for line in lines(acme, table="portfolio_productplacement"))
    told = {change.field: change.after for change in line.changes}
    assert (told["Product"], told["Portfolio"]) == ("Acme product", "Acme portfolio")


def test_a_day_is_told_as_everywhere_else(acme: World) -> None:
    line = next(line for line in lines(acme, table="portfolio_productplacement"))
    told = {change.field: change.after for change in line.changes}
    with tenant(acme.organization.pk):
        first_day = ProductPlacement.objects.get().from_date
    assert told["From"] == show_day(first_day)


def test_a_record_without_a_name_is_called_by_what_it_ties(acme: World) -> None:
    line = next(line for line in lines(acme, table="portfolio_productplacement"))
    assert line.record == "Acme portfolio, Acme product"


def test_the_log_is_filtered_by_record(acme: World) -> None:
    promote_the_lead(acme)
    found = lines(acme, row=str(acme["lead"].pk))
    assert [line.verb for line in found] == ["Changed", "Created"]


def test_the_log_is_filtered_by_person(acme: World) -> None:
    promote_the_lead(acme)
    assert len(lines(acme, actor=str(acme["admin"].pk))) == 1


def test_the_last_day_of_a_filter_is_included(acme: World) -> None:
    promote_the_lead(acme)
    day = lines(acme)[0].at.date().isoformat()
    assert len(lines(acme, first=day, last=day, actor=str(acme["admin"].pk))) == 1


def test_a_filter_that_cannot_be_read_is_refused(acme: World) -> None:
    answer = acme.client("facilitator").get(URL, {"first": "yesterday"})
    assert (answer.status_code, answer.context["lines"]) == (422, [])


def test_older_changes_follow_without_gap_or_repetition(acme: World) -> None:
    with tenant(acme.organization.pk):
        PortfolioFactory.create_batch(60)
    client = acme.client("facilitator")
    seen, url = [], URL + "?table=portfolio_portfolio"
    while url:
        page = client.get(url).context["page"]
        seen += [entry.pk for entry in page.rows]
        url = page.next_url
    assert (len(seen), seen) == (61, sorted(set(seen), reverse=True))


def test_the_rest_of_the_log_is_fetched_without_the_page_around_it(acme: World) -> None:
    with tenant(acme.organization.pk):
        PortfolioFactory.create_batch(60)
    client = acme.client("facilitator")
    url = client.get(URL).context["page"].next_url
    answer = client.get(url, headers={"HX-Request": "true"})
    assert answer.content.strip().startswith(b"<tr>")


def test_an_unreadable_cursor_is_a_bad_request(acme: World) -> None:
    assert acme.client("facilitator").get(URL, {"after": "nonsense"}).status_code == 400


def test_the_file_has_one_line_a_changed_field(acme: World) -> None:
    promote_the_lead(acme)
    url = reverse("accounts:audit-csv", args=["acme"])
    answer = acme.client("facilitator").get(url, {"actor": str(acme["admin"].pk)})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [(row["who"], row["field"], row["after"], row["request"]) for row in rows] == [
        ("Acme admin", "Role", "Facilitator", "promotion")
    ]


def test_the_file_never_holds_a_formula(acme: World) -> None:
    with tenant(acme.organization.pk):
        Member.objects.filter(pk=acme["lead"].pk).update(name="=1+1")
    answer = acme.client("facilitator").get(reverse("accounts:audit-csv", args=["acme"]))
    cells = [cell for row in csv.reader(io.StringIO(answer.content.decode())) for cell in row]
    assert ("'=1+1" in cells, "=1+1" in cells) == (True, False)


@pytest.mark.parametrize("rows", [1, 3, 49])
def test_the_log_takes_the_same_queries_for_any_number_of_entries(
    rows: int, acme: World, django_assert_num_queries: Any
) -> None:
    with tenant(acme.organization.pk):
        PortfolioFactory.create_batch(rows)
    client = acme.client("admin")
    client.get(URL, {"table": "portfolio_portfolio"})
    with django_assert_num_queries(12):
        client.get(URL, {"table": "portfolio_portfolio"})
