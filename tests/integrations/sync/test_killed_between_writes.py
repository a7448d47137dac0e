"""A worker that dies before any one of a reading's writes leaves what an undisturbed one leaves."""

import pytest

from integrations.providers.jira import cloud, data_center
from integrations.providers.linear import adapter as linear_adapter
from tests.integrations.conftest import Portal
from tests.integrations.sync.deaths import turn_dies_before_each_write
from tests.integrations.sync.twins import SERVICES, twins

# Two pages of the tracker's thirty issues.
PAGE = 20


@pytest.fixture(autouse=True)
def two_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (cloud, data_center, linear_adapter):
        monkeypatch.setattr(module, "PAGE", PAGE)


@pytest.mark.parametrize("service", SERVICES)
def test_a_first_reading_may_die_before_any_write(portal: Portal, service: str) -> None:
    with twins(portal, SERVICES[service]) as pair:
        assert turn_dies_before_each_write(pair) > 20


@pytest.mark.parametrize("service", SERVICES)
def test_a_reading_of_changes_may_die_before_any_write(portal: Portal, service: str) -> None:
    with twins(portal, SERVICES[service]) as pair:
        pair.sync()
        portal.sync(pair.spared)
        for issue in list(pair.tracker.visible())[::2]:
            pair.tracker.finish(issue.id)
        assert turn_dies_before_each_write(pair) > 20
