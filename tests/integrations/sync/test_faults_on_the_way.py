"""Faults before a page, within one, and with a wait: the end is that of an honest sync."""

import pytest

from integrations.choices import RunState
from integrations.models import QuarantinedRecord
from integrations.providers.jira import cloud, data_center
from integrations.providers.linear import adapter as linear_adapter
from standins.faults import Fault
from tests.integrations.conftest import Portal
from tests.integrations.sync.twins import PAGE, SERVICES, twins

# Where each service tells who asks: what the path and the body of the request hold.
IDENTITY = {
    "cloud": ("/myself", ""),
    "center": ("/myself", ""),
    "linear": ("", "query Identity"),
}


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (cloud, data_center, linear_adapter):
        monkeypatch.setattr(module, "PAGE", PAGE)


@pytest.mark.parametrize("service", SERVICES)
def test_a_token_that_is_dead_for_a_while_changes_nothing_in_the_end(
    portal: Portal, service: str
) -> None:
    with twins(portal, SERVICES[service]) as pair:
        path, body = IDENTITY[service]
        pair.add(Fault(name="401", path=path, body=body))
        assert pair.sync().state == RunState.FAILED
        pair.heal()
        assert pair.are_equal()


@pytest.mark.parametrize("service", SERVICES)
def test_a_wait_that_the_service_asks_for_changes_nothing_in_the_end(
    portal: Portal, service: str
) -> None:
    with twins(portal, SERVICES[service]) as pair:
        pair.add(pair.service.fault("429", retry_after=60, times=2))
        assert pair.sync().state == RunState.COMPLETE
        pair.heal()
        assert pair.are_equal()


@pytest.mark.parametrize("service", SERVICES)
def test_a_record_of_the_year_51502_is_set_aside_and_read_when_it_is_mended(
    portal: Portal, service: str
) -> None:
    with twins(portal, SERVICES[service]) as pair:
        pair.add(pair.service.fault("bad-record"))
        assert pair.sync().state == RunState.PARTIAL
        assert QuarantinedRecord.objects.filter(resolved_at=None).count() == 1
        pair.heal()
        assert pair.are_equal()
        assert not QuarantinedRecord.objects.filter(resolved_at=None).exists()
