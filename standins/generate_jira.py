"""Drafts as issues of a Jira project, with its sprints and releases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from standins.drafts import HISTORY, Draft, Outcome, Sort
from standins.records import Issue, Link, Named, Site, Space, Sprint

SPRINT = timedelta(days=14)
RELEASE = timedelta(days=42)
FIRST_RELEASE = datetime(2024, 1, 1, tzinfo=UTC)
STATUSES = {"open": "1", "in work": "3", "in review": "10003", "closed": "5"}
RESOLUTIONS = {Outcome.DROPPED: "Won't Do", Outcome.DUPLICATE: "Duplicate"}


def add_project(
    site: Site, drafts: list[Draft], *, key: str, name: str, style: str, until: datetime
) -> None:
    """A project whose issues are numbered in the order they were made."""
    space_id = str(10000 + len(site.spaces))
    site.spaces[space_id] = Space(
        id=space_id, key=key, name=name, style=style, last_number=len(drafts), updated=until
    )
    sprints = list(_sprints(site, space_id, key, until))
    site.sprints |= {sprint.id: sprint for sprint in sprints}
    links: dict[Draft, Link] = {}
    for number, draft in enumerate(drafts, start=1):
        site.last_issue_id += 1
        links[draft] = Link(id=str(site.last_issue_id), key=f"{key}-{number}")
        issue = _issue(site, draft, links, space_id, sprints)
        site.issues[issue.id] = issue


def _sprints(site: Site, space_id: str, key: str, until: datetime) -> Iterator[Sprint]:
    starts, number = until - HISTORY, 1
    while starts < until + SPRINT:
        ends = starts + SPRINT
        state = "closed" if ends <= until else "active" if starts <= until else "future"
        yield Sprint(
            id=str(len(site.sprints) + number),
            name=f"{key} sprint {number}",
            state=state,
            space_id=space_id,
            starts=starts,
            ends=ends,
            completed=ends if state == "closed" else None,
        )
        starts, number = ends, number + 1


def _issue(
    site: Site, draft: Draft, links: dict[Draft, Link], space_id: str, sprints: list[Sprint]
) -> Issue:
    site.labels |= {label: Named(id=label, name=label) for label in draft.labels}
    return Issue(
        id=links[draft].id,
        key=links[draft].key,
        space_id=space_id,
        type_id=next(kind.id for kind in site.types.values() if kind.name == draft.sort),
        title=draft.title,
        status_id=STATUSES[_stage(draft)],
        resolution_id=_resolution(site, draft) if draft.resolved else None,
        created=draft.created,
        updated=draft.updated,
        started=draft.started,
        resolved=draft.resolved,
        label_ids=draft.labels,
        estimate=draft.points,
        parent=links[draft.parent] if draft.parent else None,
        epic=links[draft.epic] if draft.epic else None,
        sprint_ids=_sprint_of(draft, sprints),
        version_ids=_release_of(site, draft, links[draft].key.split("-")[0], space_id),
    )


def _stage(draft: Draft) -> str:
    if draft.resolved:
        return "closed"
    if draft.started:
        return "in review" if draft.in_review else "in work"
    return "open"


def _resolution(site: Site, draft: Draft) -> str:
    finished = "Fixed" if draft.sort is Sort.BUG else "Done"
    name = RESOLUTIONS.get(draft.outcome, finished)
    return next(it.id for it in site.resolutions.values() if it.name == name)


def _sprint_of(draft: Draft, sprints: list[Sprint]) -> tuple[str, ...]:
    """The sprint that work was finished in, or the current one while it is under way."""
    if draft.started is None or draft.sort in {Sort.EPIC, Sort.SUBTASK}:
        return ()
    active = next(it.id for it in sprints if it.state == "active")
    if draft.resolved is None:
        return (active,)
    done = draft.resolved
    return tuple(it.id for it in sprints if it.starts and it.ends and it.starts <= done < it.ends)


def _release_of(site: Site, draft: Draft, key: str, space_id: str) -> tuple[str, ...]:
    """The release that went out after work was finished."""
    if draft.resolved is None or draft.outcome is not Outcome.DONE or draft.sort is Sort.SUBTASK:
        return ()
    number = (draft.resolved - FIRST_RELEASE) // RELEASE
    version = Named(id=f"{space_id}{number:02}", name=f"{key} 4.{number}")
    site.versions[version.id] = version
    return (version.id,)
