"""A worker that dies before any one of a census's writes: as many are gone as without its death."""

import pytest

from integrations.actions import census, sync
from integrations.actions.connections import accept_shrink
from integrations.choices import SourceState
from integrations.models import Source
from integrations.providers.jira import cloud, data_center
from integrations.providers.linear import adapter as linear_adapter
from tests.integrations.conftest import Portal
from tests.integrations.sync.deaths import turn_dies_before_each_write
from tests.integrations.sync.twins import SERVICES, Twins, twins, with_some_missing

# Makes two pages of the ids of the tracker's thirty issues.
PAGE = 20
# How many are asked for at once of the five that are not among them: all, and of one service some.
CHUNKS = [("cloud", 3), ("center", 5), ("linear", 5)]
# Numbers of issues: more of them than are believed to be gone.
HIDDEN = range(1, 13)
CENSUS = (sync, "take_census")


@pytest.fixture(autouse=True)
def two_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (cloud, data_center, linear_adapter):
        monkeypatch.setattr(module, "BARE_PAGE", PAGE)


@pytest.mark.parametrize(("service", "chunk"), CHUNKS)
def test_a_census_that_finds_deletions_may_die_before_any_write(
    portal: Portal, service: str, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(census, "CHUNK", chunk)
    with with_some_missing(portal, service) as pair:
        assert turn_dies_before_each_write(pair, CENSUS) > 20


@pytest.mark.parametrize("service", SERVICES)
def test_a_census_that_does_not_believe_what_is_missing_may_die_before_any_write(
    portal: Portal, service: str
) -> None:
    with twins(portal, SERVICES[service]) as pair:
        hide_many(pair)
        assert turn_dies_before_each_write(pair, CENSUS) > 5
        assert pair.spared.sources.get().state == SourceState.UNOBSERVED


def test_a_census_that_a_person_told_what_is_gone_may_die_before_any_write(portal: Portal) -> None:
    with twins(portal, SERVICES["cloud"]) as pair:
        hide_many(pair)
        for connection in (pair.tried, pair.spared):
            portal.sync(connection)
            accept_shrink(portal.world.access("admin"), connection.sources.get())
        assert turn_dies_before_each_write(pair, CENSUS) > 5
        assert pair.spared.items.exclude(gone_at=None).count() == len(HIDDEN)


def hide_many(pair: Twins) -> None:
    """Both connections were read; then more of their issues vanish than work lets go missing."""
    pair.sync()
    pair.portal.sync(pair.spared)
    for number in HIDDEN:
        pair.tracker.set_hidden(pair.tracker.find(f"SHOP-{number}").id, hidden=True)
    Source.objects.update(censused_at=None)
