"""What a real worker makes of what no list of changes tells.

In a test's own process pytest holds a transaction open for all; a worker has only its own.
"""

from decimal import Decimal

import pytest
from django.conf import LazySettings

from integrations.choices import RunState
from standins.jira_cloud import JiraCloud
from standins.server import Server
from tests.background.conftest import eventually, worker
from tests.background.following import Following, follow, jira_with
from tests.background.world import small_portfolio

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def read(following: Following) -> str:
    """How a run to its end ends."""
    run = following.start()
    assert eventually(lambda: following.is_over(run))
    return following.run(run).state


def test_a_worker_finds_what_was_deleted_and_moves_the_score(settings: LazySettings) -> None:
    settings.OUTBOUND_ALLOW_LOOPBACK = True
    with jira_with(12) as server, worker():
        following = follow(small_portfolio(), server)
        assert read(following) == RunState.COMPLETE
        delete_open_ones(server, 3)
        following.let_census_be_due()
        assert read(following) == RunState.COMPLETE
        found = following.outcome()
        assert (found.members, found.observed) == (9, (4, 9))
        assert found.score == round(Decimal(4) / 9 / 100, 9)


def test_a_worker_does_not_believe_that_most_is_gone_at_once(settings: LazySettings) -> None:
    settings.OUTBOUND_ALLOW_LOOPBACK = True
    with jira_with(12) as server, worker():
        following = follow(small_portfolio(), server)
        assert read(following) == RunState.COMPLETE
        delete_open_ones(server, 7)
        following.let_census_be_due()
        assert read(following) == RunState.PARTIAL
        found = following.outcome()
        assert (found.members, found.observed) == (12, (4, 12))


def delete_open_ones(server: Server[JiraCloud], count: int) -> None:
    tracker = server.app.tracker
    still_open = [it for number, it in enumerate(list(tracker.visible())) if number % 3]
    for issue in still_open[:count]:
        tracker.delete(issue.key)
