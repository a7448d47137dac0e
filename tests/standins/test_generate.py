"""Generated work for the demo: plausible, well-formed, and the same every time."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from standins.generate import JIRA_PROJECTS, ProjectPlan, generate_site
from standins.records import Issue, Kind, Site

TODAY = date(2026, 11, 20)
MORNING = datetime(2026, 11, 20, 6, tzinfo=UTC)
DONE = {"done", "completed"}


@pytest.fixture(scope="module", params=list(Kind))
def site(request: pytest.FixtureRequest) -> Site:
    return generate_site(request.param, seed=1, today=TODAY)


def in_order(issue: Issue) -> bool:
    """Made, begun, closed and last changed, one after the other and none in the future."""
    moments = (issue.created, issue.started, issue.resolved, issue.updated, MORNING)
    known = [moment for moment in moments if moment is not None]
    return known == sorted(known)


def share_done(site: Site, space_id: str, at: datetime) -> float:
    """Of the issues a space had at a moment, the part that was closed."""
    issues = [it for it in site.issues.values() if it.space_id == space_id and it.created <= at]
    return sum(it.resolved is not None and it.resolved <= at for it in issues) / len(issues)


@pytest.mark.parametrize("kind", list(Kind))
def test_the_same_seed_and_day_make_the_same_site(kind: Kind) -> None:
    assert generate_site(kind, seed=7, today=TODAY) == generate_site(kind, seed=7, today=TODAY)


def test_another_seed_makes_other_work() -> None:
    plans = (ProjectPlan("SHOP", "Web shop", "web_shop", 60),)
    sites = [generate_site(Kind.JIRA, seed=it, today=TODAY, projects=plans) for it in (1, 2)]
    titles = [{issue.title for issue in site.issues.values()} for site in sites]
    assert titles[0] != titles[1]


def test_there_are_some_fifteen_hundred_issues_in_a_few_spaces(site: Site) -> None:
    assert 1400 <= len(site.issues) <= 1600
    assert len(site.spaces) == (5 if site.kind is Kind.JIRA else 4)


def test_a_plan_says_how_many_issues_a_project_has() -> None:
    site = generate_site(Kind.JIRA, seed=1, today=TODAY)
    counts = Counter(site.spaces[issue.space_id].key for issue in site.issues.values())
    assert counts == {plan.key: plan.issues for plan in JIRA_PROJECTS}


def test_moments_come_in_order_and_none_is_in_the_future(site: Site) -> None:
    assert [issue.key for issue in site.issues.values() if not in_order(issue)] == []


def test_work_was_made_over_nine_months(site: Site) -> None:
    first = min(issue.created for issue in site.issues.values())
    last = max(issue.created for issue in site.issues.values())
    assert MORNING - first > timedelta(days=255)
    assert MORNING - last < timedelta(days=5)


def test_issues_are_numbered_in_the_order_they_were_made(site: Site) -> None:
    for space in site.spaces.values():
        issues = [it for it in site.issues.values() if it.space_id == space.id]
        numbers = [int(it.key.split("-")[1]) for it in sorted(issues, key=lambda it: it.created)]
        assert numbers == list(range(1, space.last_number + 1))


def test_the_share_of_work_done_moves_over_time(site: Site) -> None:
    for space_id in site.spaces:
        shares = [share_done(site, space_id, MORNING - timedelta(days=it)) for it in (120, 60, 0)]
        assert shares == sorted(shares)
        assert shares[2] - shares[0] > 0.1


def test_teams_differ_in_how_far_they_are(site: Site) -> None:
    shares = [share_done(site, space_id, MORNING) for space_id in site.spaces]
    assert max(shares) - min(shares) > 0.1
    assert all(0.3 < share < 0.95 for share in shares)


def test_some_seventy_per_cent_are_estimated(site: Site) -> None:
    estimated = sum(issue.estimate is not None for issue in site.issues.values())
    assert 0.6 < estimated / len(site.issues) < 0.8


def test_every_status_says_what_happened(site: Site) -> None:
    for issue in site.issues.values():
        category = site.statuses[issue.status_id].category
        closed = category in DONE | {"canceled", "duplicate"}
        assert closed is (issue.resolved is not None)


def test_everything_an_issue_points_to_is_there(site: Site) -> None:
    for issue in site.issues.values():
        links = [link for link in (issue.parent, issue.epic) if link]
        assert all(site.issues[link.id].key == link.key for link in links)
        assert set(issue.label_ids) <= set(site.labels)
        assert set(issue.sprint_ids) <= set(site.sprints)
        assert set(issue.version_ids) <= set(site.versions)
        assert issue.undertaking_id is None or issue.undertaking_id in site.undertakings
        assert issue.milestone_id is None or issue.milestone_id in site.milestones


def test_titles_hardly_repeat_and_have_no_gaps_left(site: Site) -> None:
    titles = Counter(issue.title for issue in site.issues.values() if issue.parent is None)
    assert len(titles) / titles.total() > 0.97
    assert not [title for title in titles if "{" in title or "}" in title]


def test_jira_has_epics_sub_tasks_and_work_that_was_not_done() -> None:
    site = generate_site(Kind.JIRA, seed=1, today=TODAY)
    types = Counter(site.types[issue.type_id].name for issue in site.issues.values())
    closed = Counter(
        site.resolutions[issue.resolution_id].name
        for issue in site.issues.values()
        if issue.resolution_id
    )
    assert (types["Epic"], types["Sub-task"]) == (30, 156)
    assert min(closed[name] for name in ("Done", "Fixed", "Won't Do", "Duplicate")) > 20


def test_linear_has_every_type_of_state_and_archives_what_is_long_done() -> None:
    site = generate_site(Kind.LINEAR, seed=1, today=TODAY)
    kinds = {site.statuses[issue.status_id].category for issue in site.issues.values()}
    archived = [issue for issue in site.issues.values() if issue.archived]
    assert kinds == {it.category for it in site.statuses.values()}
    assert len(archived) > 200
    assert all(issue.resolved for issue in archived)
    assert len(site.undertakings) == 24
    assert all(it.initiative_ids for it in site.undertakings.values())
