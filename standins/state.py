"""A tracker in memory: what people do to issues, and what a client may then see of them."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
from msgspec.structs import replace

from standins.blank import team_states, uuid_of
from standins.records import Issue, IssueType, Kind, Link, Named, Site, Space, Status

FINISHED = ("done", "completed")
OPEN = ("new", "unstarted")
UNDER_WAY = ("indeterminate", "started")


class UnknownRecordError(LookupError):
    """Nothing visible answers to that id or key."""


def wall_clock() -> datetime:
    return datetime.now(UTC)


class Tracker:
    """One site, its clock and its lock. Every operation below is what a person would do to it."""

    def __init__(
        self,
        site: Site,
        *,
        now: Callable[[], datetime] = wall_clock,
        saved_at: Path | None = None,
    ) -> None:
        self.site = site
        self.lock = threading.RLock()
        self._clock = now
        self._last = datetime.min.replace(tzinfo=UTC)
        self._saved_at = saved_at

    def now(self) -> datetime:
        """The tracker's time in UTC, to the millisecond; it never goes back."""
        moment = self._clock()
        moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        self._last = max(self._last, moment)
        return self._last

    def turn_clock(self, now: Callable[[], datetime]) -> None:
        """Go by another clock from now on, back as well."""
        self._clock, self._last = now, datetime.min.replace(tzinfo=UTC)

    def replace_site(self, site: Site) -> None:
        """Show other contents from now on, as when a replay moves on to a later day."""
        with self.lock:
            self.site = site
            self._save()

    # Reading

    def visible(self) -> Iterator[Issue]:
        """Issues in spaces the account may see; archived ones are the caller's to leave out."""
        shown = {space.id for space in self.visible_spaces()}
        return (
            issue
            for issue in self.site.issues.values()
            if issue.space_id in shown and not issue.hidden
        )

    def visible_spaces(self, *, archived: bool = False) -> list[Space]:
        """Spaces the account may see that are archived, or that are not."""
        spaces = self.site.spaces.values()
        return [space for space in spaces if not space.hidden and space.archived is archived]

    def find(self, reference: str) -> Issue:
        """The issue with that id, key or former key, else UnknownRecordError."""
        for issue in self.visible():
            if reference in {issue.id, issue.key, *issue.previous_keys}:
                return issue
        raise UnknownRecordError(reference)

    def space(self, key: str) -> Space:
        for space in self.site.spaces.values():
            if space.key == key:
                return space
        raise UnknownRecordError(key)

    def status_of(self, issue: Issue) -> Status:
        return self.site.statuses[issue.status_id]

    # Writing

    def add_space(self, key: str, name: str, *, style: str = "classic") -> Space:
        """A new Jira project, or a new Linear team with its own workflow states."""
        with self.lock:
            linear = self.site.kind is Kind.LINEAR
            space_id = uuid_of("team", key) if linear else str(10000 + len(self.site.spaces))
            space = Space(id=space_id, key=key, name=name, style=style, updated=self.now())
            self.site.spaces[space.id] = space
            if linear:
                self.site.statuses |= team_states(space.id)
            self._save()
            return space

    def add(
        self,
        space_key: str,
        title: str,
        *,
        type_name: str | None = None,
        labels: tuple[str, ...] = (),
        estimate: Decimal | None = None,
        parent: str | None = None,
        epic: str | None = None,
    ) -> Issue:
        """A new, open issue at the end of its space. Labels are named; parents are keys or ids."""
        with self.lock:
            space = self._numbered(self.space(space_key))
            key = f"{space.key}-{space.last_number}"
            moment = self.now()
            issue = Issue(
                id=self._new_id(key),
                key=key,
                space_id=space.id,
                type_id=self._type(type_name).id,
                title=title,
                status_id=self._status(space.id, OPEN).id,
                created=moment,
                updated=moment,
                label_ids=tuple(self.label(name).id for name in labels),
                estimate=estimate,
                parent=self._link(parent),
                epic=self._link(epic),
            )
            return self._put(issue)

    def label(self, name: str) -> Named:
        """The label of that name, made when it is new. Jira's labels are their own ids."""
        label_id = name if self.site.kind is Kind.JIRA else uuid_of("label", name)
        return self.site.labels.setdefault(label_id, Named(id=label_id, name=name))

    def start(self, reference: str) -> Issue:
        """Begin work on an issue."""
        with self.lock:
            issue = self.find(reference)
            status = self._status(issue.space_id, UNDER_WAY)
            return self._change(issue, status_id=status.id, started=issue.started or self.now())

    def finish(self, reference: str, *, resolution: str | None = None) -> Issue:
        """Finish an issue; on Jira with a resolution, which need not mean that it was done."""
        with self.lock:
            issue, moment = self.find(reference), self.now()
            jira = self.site.kind is Kind.JIRA
            return self._change(
                issue,
                status_id=self._status(issue.space_id, FINISHED).id,
                resolution_id=self._resolution(resolution or "Done").id if jira else None,
                started=issue.started or moment,
                resolved=moment,
            )

    def cancel(self, reference: str, *, state: str = "canceled") -> Issue:
        """Close a Linear issue without doing it: ``canceled`` or ``duplicate``."""
        with self.lock:
            issue = self.find(reference)
            status = self._status(issue.space_id, (state,))
            return self._change(issue, status_id=status.id, resolved=self.now())

    def reopen(self, reference: str) -> Issue:
        with self.lock:
            issue = self.find(reference)
            status = self._status(issue.space_id, OPEN)
            return self._change(issue, status_id=status.id, resolution_id=None, resolved=None)

    def move(self, reference: str, space_key: str) -> Issue:
        """Same id, next key of the other space. Jira's sub-tasks go along."""
        with self.lock:
            issue, target = self.find(reference), self.space(space_key)
            for child in self._subtasks(issue):
                self._move_one(child, target.id)
            return self._move_one(issue, target.id)

    def delete(self, reference: str) -> None:
        """Jira forgets the issue and its sub-tasks; Linear trashes it and leaves ``updated``."""
        with self.lock:
            issue = self.find(reference)
            if self.site.kind is Kind.LINEAR:
                self._put(replace(issue, trashed=True, archived=self.now()))
            else:
                self._forget(issue)
            self._save()

    def purge(self, reference: str) -> None:
        """Forget an issue without a trace, as Linear does after thirty days in the trash."""
        with self.lock:
            self._forget(self.find(reference))
            self._save()

    def archive(self, reference: str) -> Issue:
        """Archive an issue. ``updated`` stays as it was, which is what makes this hard to see."""
        with self.lock:
            return self._put(replace(self.find(reference), archived=self.now()))

    def set_hidden(self, issue_id: str, *, hidden: bool) -> None:
        """Take one issue out of the account's sight, or bring it back. ``updated`` stays."""
        with self.lock:
            self._put(replace(self.site.issues[issue_id], hidden=hidden))

    def restate(self, status_id: str, *, name: str, category: str) -> None:
        """Rename a status or change what it means, which touches no issue."""
        with self.lock:
            status = replace(self.site.statuses[status_id], name=name, category=category)
            self.site.statuses[status_id] = status
            self._save()

    def regrade(self, type_id: str, *, name: str, level: int) -> None:
        """Rename a type of issue or move it to another level, which touches no issue."""
        with self.lock:
            self.site.types[type_id] = replace(self.site.types[type_id], name=name, level=level)
            self._save()

    def estimate(self, reference: str, points: Decimal | None) -> Issue:
        with self.lock:
            return self._change(self.find(reference), estimate=points)

    def relabel(self, reference: str, labels: tuple[str, ...]) -> Issue:
        with self.lock:
            label_ids = tuple(self.label(name).id for name in labels)
            return self._change(self.find(reference), label_ids=label_ids)

    def place(
        self,
        reference: str,
        *,
        sprint_id: str | None = None,
        undertaking_id: str | None = None,
        milestone_id: str | None = None,
    ) -> Issue:
        """Put an issue into a sprint or cycle, and into a Linear project and its milestone."""
        with self.lock:
            issue = self.find(reference)
            return self._change(
                issue,
                sprint_ids=(sprint_id,) if sprint_id else issue.sprint_ids,
                undertaking_id=undertaking_id or issue.undertaking_id,
                milestone_id=milestone_id or issue.milestone_id,
            )

    def set_space(
        self, key: str, *, hidden: bool | None = None, archived: bool | None = None
    ) -> None:
        """Take a space out of the account's sight, archive it, or bring it back."""
        with self.lock:
            space = self.space(key)
            self.site.spaces[space.id] = replace(
                space,
                hidden=space.hidden if hidden is None else hidden,
                archived=space.archived if archived is None else archived,
            )
            self._save()

    def set_time_zone(self, time_zone: str) -> None:
        with self.lock:
            self.site.account = replace(self.site.account, time_zone=time_zone)
            self._save()

    # What the operations are made of

    def _change(self, issue: Issue, **fields: object) -> Issue:
        return self._put(replace(issue, updated=self.now(), **fields))

    def _put(self, issue: Issue) -> Issue:
        self.site.issues[issue.id] = issue
        self._save()
        return issue

    def _forget(self, issue: Issue) -> None:
        for gone in (*self._subtasks(issue), issue):
            del self.site.issues[gone.id]
        for child in list(self.site.issues.values()):
            if child.epic and child.epic.id == issue.id:
                self.site.issues[child.id] = replace(child, epic=None)

    def _subtasks(self, issue: Issue) -> list[Issue]:
        levels = {kind.id: kind.level for kind in self.site.types.values()}
        return [
            child
            for child in self.site.issues.values()
            if child.parent and child.parent.id == issue.id and levels[child.type_id] < 0
        ]

    def _move_one(self, issue: Issue, space_id: str) -> Issue:
        space = self._numbered(self.site.spaces[space_id])
        moved = self._change(
            issue,
            space_id=space.id,
            key=f"{space.key}-{space.last_number}",
            status_id=self._status(space.id, (self.status_of(issue).category,)).id,
            previous_keys=(*issue.previous_keys, issue.key),
        )
        self._name_anew(moved)
        return moved

    def _name_anew(self, issue: Issue) -> None:
        """What hangs below the issue shows its present key, and counts as unchanged."""
        link = Link(id=issue.id, key=issue.key)
        for child in list(self.site.issues.values()):
            if child.parent and child.parent.id == issue.id:
                self._put(replace(child, parent=link))
            elif child.epic and child.epic.id == issue.id:
                self._put(replace(child, epic=link))

    def _numbered(self, space: Space) -> Space:
        space = replace(space, last_number=space.last_number + 1, updated=self.now())
        self.site.spaces[space.id] = space
        return space

    def _status(self, space_id: str, categories: tuple[str, ...]) -> Status:
        for status in self.site.statuses.values():
            if status.category in categories and status.space_id in {None, space_id}:
                return status
        raise UnknownRecordError(f"a status of category {categories}")

    def _type(self, name: str | None) -> IssueType:
        for kind in self.site.types.values():
            if kind.name == name or (name is None and kind.level == 0):
                return kind
        raise UnknownRecordError(f"issue type {name}")

    def _resolution(self, name: str) -> Named:
        for resolution in self.site.resolutions.values():
            if resolution.name == name:
                return resolution
        raise UnknownRecordError(f"resolution {name}")

    def _link(self, reference: str | None) -> Link | None:
        if reference is None:
            return None
        issue = self.find(reference)
        return Link(id=issue.id, key=issue.key)

    def _new_id(self, key: str) -> str:
        if self.site.kind is Kind.LINEAR:
            return uuid_of("issue", self.site.id, key)
        self.site.last_issue_id += 1
        return str(self.site.last_issue_id)

    def _save(self) -> None:
        if self._saved_at is None:
            return
        draft = self._saved_at.with_suffix(".writing")
        draft.write_bytes(msgspec.json.encode(self.site))
        draft.replace(self._saved_at)


def saved_or(make: Callable[[], Site], saved_at: Path | None) -> Tracker:
    """A tracker that goes on from its file; without one it starts afresh, and keeps that."""
    if saved_at is None:
        return Tracker(make())
    if saved_at.exists():
        return Tracker(msgspec.json.decode(saved_at.read_bytes(), type=Site), saved_at=saved_at)
    tracker = Tracker(make(), saved_at=saved_at)
    tracker.replace_site(tracker.site)
    return tracker
