"""What a new Jira site or Linear workspace starts with, before anybody has added work to it."""

from uuid import NAMESPACE_URL, uuid5

from msgspec.structs import replace

from standins.records import IssueType, Kind, Named, Person, Site, Status

JIRA_STATUSES = (
    Status(id="1", name="To Do", category="new"),
    Status(id="3", name="In Progress", category="indeterminate"),
    Status(id="10003", name="In Review", category="indeterminate"),
    Status(id="5", name="Done", category="done"),
)
JIRA_TYPES = (
    IssueType(id="10000", name="Epic", level=1),
    IssueType(id="10001", name="Story", level=0),
    IssueType(id="10002", name="Task", level=0),
    IssueType(id="10004", name="Bug", level=0),
    IssueType(id="10005", name="Sub-task", level=-1),
)
JIRA_RESOLUTIONS = (
    Named(id="10000", name="Done"),
    Named(id="1", name="Fixed"),
    Named(id="10001", name="Won't Do"),
    Named(id="3", name="Duplicate"),
)
LINEAR_STATES = (
    ("Triage", "triage"),
    ("Backlog", "backlog"),
    ("Todo", "unstarted"),
    ("In Progress", "started"),
    ("In Review", "started"),
    ("Done", "completed"),
    ("Canceled", "canceled"),
    ("Duplicate", "duplicate"),
)
ACCOUNT = Person(id="5b10a2844c20165700ede21a", name="Ada Quist", email="ada@example.com")


def uuid_of(*words: object) -> str:
    """The same UUID for the same words, so that a restarted demo keeps its identities."""
    return str(uuid5(NAMESPACE_URL, " ".join(map(str, words))))


def empty_jira(*, name: str = "Standin", time_zone: str = "Etc/UTC") -> Site:
    """A Jira site with an account, statuses, types and resolutions, and no project yet."""
    return Site(
        kind=Kind.JIRA,
        id=uuid_of("site", name),
        name=name,
        account=replace(ACCOUNT, time_zone=time_zone),
        statuses={status.id: status for status in JIRA_STATUSES},
        types={kind.id: kind for kind in JIRA_TYPES},
        resolutions={resolution.id: resolution for resolution in JIRA_RESOLUTIONS},
    )


def empty_linear(*, name: str = "Standin", time_zone: str = "Etc/UTC") -> Site:
    """A Linear workspace with an account and no team yet."""
    return Site(
        kind=Kind.LINEAR,
        id=uuid_of("workspace", name),
        name=name,
        account=replace(ACCOUNT, id=uuid_of("account", name), time_zone=time_zone),
        types={"issue": IssueType(id="issue", name="Issue", level=0)},
    )


def team_states(space_id: str) -> dict[str, Status]:
    """The workflow states a new Linear team starts with, one of every type."""
    states = (
        Status(id=uuid_of("state", space_id, name), name=name, category=kind, space_id=space_id)
        for name, kind in LINEAR_STATES
    )
    return {state.id: state for state in states}
