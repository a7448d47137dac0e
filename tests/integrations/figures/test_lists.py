"""What delivers figures is listed a page at a time, and all of it can be found."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from integrations.models import FileImport
from portfolio.models import Metric
from tests.factories.integrations import FileImportFactory, PullFactory, PushAddressFactory
from tests.factories.portfolio import MetricFactory
from tests.integrations.conftest import Portal

Make = Callable[..., Any]


def a_push_address(metric: Metric, name: str) -> Any:
    return PushAddressFactory.create(metric=metric, name=name)


def a_pull(metric: Metric, name: str) -> Any:
    return PullFactory.create(metric=MetricFactory.create(product=metric.product), name=name)


def a_file(metric: Metric, name: str) -> Any:
    return FileImportFactory.create(metric=metric, file_name=name)


LISTS: dict[str, Make] = {"push-addresses": a_push_address, "pulls": a_pull, "imports": a_file}
by_list = pytest.mark.parametrize("name", LISTS)


def page(client: Client, name: str, query: str = "") -> str:
    return client.get(reverse(f"integrations:{name}", args=["acme"]) + query).content.decode()


def numbered(count: int) -> list[str]:
    return [f"Number {number:02}." for number in range(count)]


@by_list
def test_every_one_is_on_some_page(admin: Client, metric: Metric, name: str) -> None:
    names = numbered(60)
    for each in names:
        LISTS[name](metric, each)
    where = reverse(f"integrations:{name}", args=["acme"])
    first = admin.get(where)
    second = admin.get(first.context["page"].next_url)
    shown = first.content.decode() + second.content.decode()
    assert [each for each in names if shown.count(each) < 1] == []
    assert (len(first.context["page"].rows), len(second.context["page"].rows)) == (50, 10)


@by_list
def test_one_is_found_by_a_word_of_its_name(admin: Client, metric: Metric, name: str) -> None:
    for each in ("Nightly export", "Weekly export"):
        LISTS[name](metric, each)
    found = page(admin, name, "?q=night")
    assert ("Nightly export" in found, "Weekly export" in found) == (True, False)


@pytest.mark.parametrize("name", ["push-addresses", "imports"])
def test_those_of_a_metric_are_listed_apart(admin: Client, metric: Metric, name: str) -> None:
    LISTS[name](metric, "Nightly export")
    LISTS[name](MetricFactory.create(product=metric.product), "Weekly export")
    found = page(admin, name, f"?metric={metric.pk}")
    assert ("Nightly export" in found, "Weekly export" in found) == (True, False)
    assert f"of {metric.name}" in found


@by_list
@pytest.mark.parametrize("query", ["?q=%00", "?metric=nobody", "?q=zzz"])
def test_what_finds_nothing_says_so_or_counts_as_not_given(
    admin: Client, metric: Metric, name: str, query: str
) -> None:
    LISTS[name](metric, "Nightly export")
    assert ("Nightly export" in page(admin, name, query)) == (query != "?q=zzz")


@by_list
def test_what_feeds_a_hidden_metric_is_not_listed(
    portal: Portal, metric: Metric, name: str
) -> None:
    LISTS[name](metric, "Nightly export")
    portal.world.portfolio.is_private = True
    portal.world.portfolio.save()
    found = page(portal.world.client("bystander"), name, f"?metric={metric.pk}")
    assert ("Nightly export" in found, f"of {metric.name}" in found) == (False, False)


@by_list
def test_a_list_asks_as_often_whatever_it_holds(admin: Client, metric: Metric, name: str) -> None:
    counts = []
    for more in (1, 2, 47):
        for number in range(more):
            LISTS[name](metric, f"{more} and {number}")
        page(admin, name)
        with CaptureQueriesContext(connection) as captured:
            page(admin, name)
        counts.append(len(captured))
    assert len(set(counts)) == 1


@by_list
def test_the_page_of_connections_leads_on_where_it_does_not_show_all(
    admin: Client, metric: Metric, name: str
) -> None:
    where = reverse(f"integrations:{name}", args=["acme"])
    for each in numbered(3):
        LISTS[name](metric, each)
    assert where not in page(admin, "connections")
    for each in numbered(8):
        LISTS[name](metric, f"More of {each}")
    assert where in page(admin, "connections")


@pytest.mark.parametrize("name", ["push-addresses", "imports"])
def test_the_page_of_a_metric_leads_on_where_it_does_not_show_all(
    admin: Client, metric: Metric, name: str
) -> None:
    where = f"{reverse(f'integrations:{name}', args=['acme'])}?metric={metric.pk}"
    for each in numbered(11):
        LISTS[name](metric, each)
    assert where in admin.get(metric.get_absolute_url()).content.decode()


def test_an_old_file_is_taken_back_from_the_list(admin: Client, metric: Metric) -> None:
    text = "date,value\n2026-11-01,10\n"
    where = reverse("integrations:import-to-metric", args=["acme", metric.pk])
    admin.post(where, {"text": text, "file_name": "old.csv"})
    old = FileImport.objects.get()
    for each in numbered(8):
        a_file(metric, each)
    back = reverse("integrations:undo-import", args=["acme", old.pk])
    assert back not in page(admin, "connections")
    assert back in page(admin, "imports", "?q=old")
