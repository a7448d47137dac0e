"""The pages of what delivers figures, as people use them."""

import time
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Member
from integrations.models import FileImport, Pull, PushAddress
from okrs.models import KeyResult
from portfolio.models import Metric
from standins.faults import Fault
from standins.figures import Figures
from standins.server import Server
from tests.factories.accounts import MemberFactory
from tests.factories.integrations import FileImportFactory, PullFactory, PushAddressFactory
from tests.factories.portfolio import MetricFactory
from tests.integrations.conftest import Portal
from tests.integrations.figures.conftest import TOKEN, log

Service = Server[Figures]


def address(name: str, *arguments: object) -> str:
    return reverse(f"integrations:{name}", args=["acme", *arguments])


def page_of(client: Client, metric: Metric) -> str:
    return client.get(metric.get_absolute_url()).content.decode()


@pytest.fixture
def lead(portal: Portal) -> Client:
    return portal.world.client("lead")


def shown_after(client: Client, metric: Metric) -> str:
    """The page that follows the making of an address."""
    made = client.post(address("new-push-address", metric.pk), {"name": "Nightly"})
    return client.get(made["Location"]).content.decode()


def token_in(page: str) -> str:
    return page.split("/push/")[1].split("/", maxsplit=1)[0]


def test_a_new_address_is_shown_once(lead: Client, metric: Metric) -> None:
    token = token_in(shown_after(lead, metric))
    assert token not in page_of(lead, metric)


def test_loading_the_page_of_a_new_address_again_shows_and_makes_no_other(
    lead: Client, metric: Metric
) -> None:
    token = token_in(shown_after(lead, metric))
    made = PushAddress.objects.get()
    again = lead.get(address("push-address", made.pk)).content.decode()
    assert (token in again, "shown once, when it was made" in again) == (False, True)
    assert f"ends in <code>{token[-4:]}</code>" in again


def test_a_new_address_is_shown_to_nobody_else(
    portal: Portal, lead: Client, metric: Metric
) -> None:
    lead.post(address("new-push-address", metric.pk), {"name": "Nightly"})
    made = PushAddress.objects.get()
    other = portal.world.client("contributor").get(address("push-address", made.pk))
    assert (other.status_code, other.context["url"]) == (200, "")


def test_a_new_address_waits_for_its_page_sealed(lead: Client, metric: Metric) -> None:
    lead.post(address("new-push-address", metric.pk), {"name": "Nightly"})
    waiting = str(dict(lead.session))
    token = token_in(
        lead.get(address("push-address", PushAddress.objects.get().pk)).content.decode()
    )
    assert token not in waiting
    assert token not in str(dict(lead.session))


def test_a_new_address_waits_for_ten_minutes(
    lead: Client, metric: Metric, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead.post(address("new-push-address", metric.pk), {"name": "Nightly"})
    later = time.time() + 601
    monkeypatch.setattr("accounts.shown_once.time.time", lambda: later)
    shown = lead.get(address("push-address", PushAddress.objects.get().pk))
    assert shown.context["url"] == ""


def test_the_address_on_the_page_takes_a_value(lead: Client, metric: Metric) -> None:
    token = token_in(shown_after(lead, metric))
    Client().post(f"/push/{token}/", "value=3", "application/x-www-form-urlencoded")
    assert log(metric) == [("3", "push")]
    assert "Nightly" in page_of(lead, metric)


def test_an_address_is_closed_from_the_page_of_its_metric(lead: Client, metric: Metric) -> None:
    row = PushAddressFactory.create(metric=metric)
    assert address("close-push-address", row.pk) in page_of(lead, metric)
    lead.post(address("close-push-address", row.pk))
    assert PushAddress.objects.get().closed_at is not None
    assert address("close-push-address", row.pk) not in page_of(lead, metric)


def test_who_may_not_record_values_makes_no_address(portal: Portal, metric: Metric) -> None:
    other = MetricFactory.create(name="Elsewhere")
    answer = portal.world.client("lead").post(
        address("new-push-address", other.pk), {"name": "Nightly"}
    )
    assert (answer.status_code, PushAddress.objects.count()) == (403, 0)


def file(text: str, name: str = "revenue.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode(), "text/csv")


def test_a_file_with_a_number_of_nineteen_digits_is_imported(lead: Client, metric: Metric) -> None:
    text = "date,value\n2026-11-01,1234567890123456789\n"
    lead.post(address("import-to-metric", metric.pk), {"text": text, "file_name": "ids.csv"})
    assert log(metric) == [("1234567890123456789", "file")]


TWO_DAYS = "date,value\n2026-11-01,10\n2026-11-02,12\n"


def test_a_file_is_looked_at_before_anything_is_stored(lead: Client, metric: Metric) -> None:
    shown = lead.post(address("import-to-metric", metric.pk), {"file": file(TWO_DAYS)})
    assert "Import 2 values" in shown.content.decode()
    assert log(metric) == []


def test_what_was_looked_at_is_what_is_imported(lead: Client, metric: Metric) -> None:
    shown = lead.post(address("import-to-metric", metric.pk), {"file": file(TWO_DAYS)})
    confirm = shown.context["confirm"].initial
    answer = lead.post(address("import-to-metric", metric.pk), confirm)
    assert (answer.status_code, log(metric)) == (302, [("10", "file"), ("12", "file")])
    assert "revenue.csv" in page_of(lead, metric)


def test_the_errors_of_a_file_are_listed_by_line(lead: Client, metric: Metric) -> None:
    bad = file("date,value\nyesterday,10\n2026-11-02,=2\n")
    answer = lead.post(address("import-to-metric", metric.pk), {"file": bad})
    shown = answer.content.decode()
    assert (answer.status_code, "Line 2:" in shown, "Line 3:" in shown) == (422, True, True)


def test_markup_in_a_file_is_shown_as_text(lead: Client, metric: Metric) -> None:
    bad = file("date,value\n<script>,10\n", name="<b>.csv")
    shown = lead.post(address("import-to-metric", metric.pk), {"file": bad}).content.decode()
    assert "<script>," not in shown
    assert "&lt;script&gt;" in shown


def test_a_file_may_feed_several_metrics(lead: Client, metric: Metric) -> None:
    text = "metric,date,value\nRevenue,2026-11-01,10\n"
    shown = lead.post(address("import-to-metrics"), {"file": file(text)})
    lead.post(address("import-to-metrics"), shown.context["confirm"].initial)
    assert log(metric) == [("10", "file")]
    assert FileImport.objects.get().metric is None


def test_the_owner_of_a_pull_is_chosen_among_people_who_are_members(
    portal: Portal, admin: Client, metric: Metric
) -> None:
    gone = MemberFactory.create(name="Gone")
    Member.objects.filter(pk=gone.pk).update(left_at=timezone.now())
    script = MemberFactory.create(name="Exporter", person=None)
    row = PullFactory.create(metric=metric, owner=gone)
    offered = admin.get(address("edit-pull", row.pk)).context["form"].fields["owner"].queryset
    assert portal.world["lead"] in offered
    assert not {gone, script} & set(offered)


def test_the_page_of_a_pull_says_who_hears_instead_of_an_owner_who_left(
    admin: Client, metric: Metric
) -> None:
    row = PullFactory.create(metric=metric)
    assert "administrators are told" not in admin.get(row.get_absolute_url()).content.decode()
    Member.objects.filter(pk=row.owner_id).update(left_at=timezone.now())
    page = admin.get(row.get_absolute_url()).content.decode()
    assert "who left; administrators are told when it breaks" in page


def typed(service: Service, **fields: Any) -> dict[str, Any]:
    return {
        "name": "Finance",
        "address": f"{service.url}/revenue",
        "path": "$.data.revenue",
        "headers": f"Authorization: Bearer {TOKEN}",
        "interval_minutes": 1440,
        "delay_days": 0,
        **fields,
    }


def test_a_pull_may_be_tried_before_it_is_stored(
    admin: Client, metric: Metric, service: Service
) -> None:
    answer = admin.post(address("new-pull", metric.pk), typed(service, **{"try": "1"}))
    assert "It works." in answer.content.decode()
    assert (Pull.objects.count(), log(metric)) == (0, [])


def test_a_path_that_leads_to_a_long_id_is_tried_without_an_error(
    admin: Client, metric: Metric, service: Service
) -> None:
    service.app.documents["/revenue"]["data"]["id"] = 1234567890123456789
    fields = typed(service, path="$.data.id", **{"try": "1"})
    answer = admin.post(address("new-pull", metric.pk), fields)
    assert (answer.status_code, "It works." in answer.content.decode()) == (200, True)


def test_a_pull_is_stored_and_shown_with_its_value(
    admin: Client, metric: Metric, service: Service
) -> None:
    answer = admin.post(address("new-pull", metric.pk), typed(service, delay_days=3))
    shown = admin.get(answer["Location"]).content.decode()
    assert ("120.5" in shown, "3 days before" in shown, TOKEN in shown) == (True, True, False)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"path": "$.profit"}, "path"),
        ({"headers": "Authorization: Bearer wrong"}, "headers"),
        ({"headers": "no colon"}, "headers"),
        ({"headers": "Host: x"}, "headers"),
        ({"address": "https://localhost:9/x#y"}, "address"),
        ({"delay_days": 31}, "delay_days"),
    ],
)
def test_what_is_wrong_with_a_pull_stands_beside_its_field(
    admin: Client, metric: Metric, service: Service, fields: dict[str, Any], field: str
) -> None:
    answer = admin.post(address("new-pull", metric.pk), typed(service, **fields))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])


PLANTED = "planted-secret-of-this-test"


@pytest.mark.parametrize(
    "fields",
    [
        {"headers": f"Authorization: Bearer {PLANTED}"},
        {"headers": f"Authorization: Bearer {PLANTED}", "path": "$.profit"},
        {"headers": f"Authorization: Bearer {PLANTED}", "path": ""},
        {"headers": f"X-Key: {PLANTED}\nno colon"},
        {"headers": PLANTED},
        {"headers": f"X-Key: {PLANTED}é"},
        {"headers": f"Host: {PLANTED}"},
        {"headers": f"{PLANTED} x: y"},
        {"headers": f"Authorization: Bearer {TOKEN}", "delay_days": 31},
        {"headers": f"Authorization: Bearer {TOKEN}", "try": "1"},
    ],
)
def test_no_reply_repeats_a_header_that_was_typed(
    admin: Client, metric: Metric, service: Service, fields: dict[str, Any]
) -> None:
    answer = admin.post(address("new-pull", metric.pk), typed(service, **fields))
    page = answer.content.decode()
    assert (answer.status_code in (200, 422), Pull.objects.count()) == (True, 0)
    assert (PLANTED in page, TOKEN in page) == (False, False)


def test_a_refused_form_keeps_the_names_of_headers_and_asks_for_their_values_again(
    admin: Client, metric: Metric, service: Service
) -> None:
    headers = f"Authorization: Bearer {TOKEN}\nX-Team: finance"
    answer = admin.post(
        address("new-pull", metric.pk), typed(service, headers=headers, path="$.profit")
    )
    page = answer.content.decode()
    assert "Authorization: \nX-Team: </textarea>" in page
    assert "Type the values again: what was typed is not sent back." in page


def test_a_form_that_nobody_filled_in_asks_for_nothing_again(admin: Client, metric: Metric) -> None:
    page = admin.get(address("new-pull", metric.pk)).content.decode()
    assert "Type the values again" not in page


def test_a_name_whose_value_was_not_typed_again_is_refused_beside_the_headers(
    admin: Client, metric: Metric, service: Service
) -> None:
    answer = admin.post(
        address("new-pull", metric.pk), typed(service, headers="Authorization: \nX-Team: a")
    )
    assert answer.context["form"].errors == {"headers": ["Type the value of Authorization."]}


@pytest.fixture
def pull(admin: Client, metric: Metric, service: Service) -> Pull:
    admin.post(address("new-pull", metric.pk), typed(service))
    return Pull.objects.get()


def edited(pull: Pull, service: Service, **fields: Any) -> dict[str, Any]:
    """An edit by somebody who typed no headers."""
    stays = {"headers": "", "owner": str(pull.owner_id), "version": pull.version}
    return typed(service, **stays | fields)


def test_a_pull_is_given_to_somebody_else_on_its_page(
    portal: Portal, admin: Client, pull: Pull, service: Service
) -> None:
    lead = portal.world["lead"]
    answer = admin.post(address("edit-pull", pull.pk), edited(pull, service, owner=str(lead.pk)))
    assert (answer.status_code, Pull.objects.get().owner) == (302, lead)


def test_an_edit_keeps_the_headers_that_are_not_typed_anew(
    admin: Client, pull: Pull, service: Service
) -> None:
    service.app.documents["/revenue"]["data"]["profit"] = 7
    fields = edited(pull, service, path="$.data.profit")
    answer = admin.post(address("edit-pull", pull.pk), fields)
    assert (answer.status_code, [v for v, _ in log(pull.metric)]) == (302, ["120.5", "7"])


def test_an_edit_that_fails_its_trial_stores_nothing(
    admin: Client, pull: Pull, service: Service
) -> None:
    service.app.faults.add(Fault(name="500"))
    fields = edited(pull, service, path="$.data.profit")
    answer = admin.post(address("edit-pull", pull.pk), fields)
    assert (answer.status_code, Pull.objects.get().path) == (422, "$.data.revenue")


def test_an_edit_of_what_somebody_changed_meanwhile_is_shown_beside_it(
    admin: Client, pull: Pull, service: Service
) -> None:
    fields = edited(pull, service, name="Books", version=pull.version - 1)
    answer = admin.post(address("edit-pull", pull.pk), fields)
    assert (answer.status_code, Pull.objects.get().name) == (409, "Finance")


def test_a_failing_pull_says_so_on_its_page_and_on_its_metrics(admin: Client, pull: Pull) -> None:
    Pull.objects.update(problem="nothing is at this address", remedy="Correct the address.")
    page = admin.get(pull.get_absolute_url()).content.decode()
    assert "Nothing is at this address. Correct the address." in page
    assert "Failing" in page_of(admin, pull.metric)


def test_stopping_a_pull_keeps_its_values(admin: Client, pull: Pull) -> None:
    admin.post(address("archive-pull", pull.pk))
    assert log(pull.metric) == [("120.5", "sync")]
    assert pull.get_absolute_url() not in page_of(admin, pull.metric)


def test_the_page_of_a_key_result_says_where_its_number_came_from(
    portal: Portal, admin: Client, pull: Pull
) -> None:
    key_result = portal.key_result("Revenue grows")
    KeyResult.objects.filter(pk=key_result.pk).update(metric=pull.metric)
    page = admin.get(reverse("okrs:key-result", args=["acme", key_result.pk])).content.decode()
    assert "Pulled from Finance." in page


def test_the_connections_page_lists_what_delivers_numbers(
    admin: Client, portal: Portal, pull: Pull
) -> None:
    PushAddressFactory.create(metric=pull.metric, name="Nightly")
    FileImportFactory.create(metric=pull.metric, file_name="old.csv")
    page = admin.get(address("connections")).content.decode()
    assert all(name in page for name in ("Finance", "Nightly", "old.csv"))


def queries_of(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    return len(captured)


def test_the_connections_page_asks_as_often_whatever_it_lists(
    admin: Client, portal: Portal
) -> None:
    counts = []
    for more in (1, 2, 47):
        for _ in range(more):
            metric = MetricFactory.create(product=portal.world.product)
            PushAddressFactory.create(metric=metric)
            PullFactory.create(metric=metric)
            FileImportFactory.create(metric=metric)
        counts.append(queries_of(admin, address("connections")))
    assert len(set(counts)) == 1


def test_the_page_of_a_metric_asks_as_often_whatever_feeds_it(
    admin: Client, metric: Metric
) -> None:
    counts = []
    for more in (1, 2, 47):
        for _ in range(more):
            PushAddressFactory.create(metric=metric)
            FileImportFactory.create(metric=metric)
        counts.append(queries_of(admin, metric.get_absolute_url()))
    assert len(set(counts)) == 1


def test_what_feeds_a_hidden_metric_is_hidden(portal: Portal) -> None:
    portal.world.portfolio.is_private = True
    portal.world.portfolio.save()
    hidden = MetricFactory.create(product=portal.world.product)
    PushAddressFactory.create(metric=hidden, name="Nightly")
    page = portal.world.client("bystander").get(address("connections")).content.decode()
    assert "Nightly" not in page
