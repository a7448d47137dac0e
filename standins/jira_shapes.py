"""How Jira writes down what it knows. Cloud and Data Center differ in places."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from standins.records import Edition, Issue, Link, Site, Space

CATEGORIES: dict[str, tuple[int, str, str]] = {
    "undefined": (1, "medium-gray", "No Category"),
    "new": (2, "blue-gray", "To Do"),
    "indeterminate": (4, "yellow", "In Progress"),
    "done": (3, "green", "Done"),
}


@dataclass(frozen=True)
class View:
    """One account's view of a site: in its time zone, at the address it asked."""

    site: Site
    edition: Edition
    base: str

    @property
    def cloud(self) -> bool:
        return self.edition is Edition.CLOUD

    def time(self, moment: datetime) -> str:
        """As Jira writes times: the account's zone, milliseconds, an offset without a colon."""
        local = moment.astimezone(ZoneInfo(self.site.account.time_zone))
        return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}"

    def link(self, *path: str) -> str:
        version = "3" if self.cloud else "2"
        return "/".join((self.base, "rest/api", version, *path))


def category(view: View, key: str) -> dict[str, Any]:
    number, color, name = CATEGORIES[key]
    link = view.link("statuscategory", str(number))
    return {"self": link, "id": number, "key": key, "colorName": color, "name": name}


def status(view: View, status_id: str) -> dict[str, Any]:
    found = view.site.statuses[status_id]
    return {
        "self": view.link("status", found.id),
        "description": "",
        "iconUrl": f"{view.base}/images/icons/statuses/generic.png",
        "name": found.name,
        "id": found.id,
        "statusCategory": category(view, found.category),
    }


def resolution(view: View, issue: Issue) -> dict[str, Any] | None:
    if issue.resolution_id is None:
        return None
    found = view.site.resolutions[issue.resolution_id]
    link = view.link("resolution", found.id)
    return {"self": link, "id": found.id, "description": "", "name": found.name}


def issue_type(view: View, type_id: str) -> dict[str, Any]:
    found = view.site.types[type_id]
    shown = {
        "self": view.link("issuetype", found.id),
        "id": found.id,
        "description": "",
        "iconUrl": f"{view.base}/images/icons/issuetypes/generic.png",
        "name": found.name,
        "subtask": found.level < 0,
    }
    return {**shown, "hierarchyLevel": found.level} if view.cloud else shown


def avatars(base: str, owner: str) -> dict[str, str]:
    sizes = ("16x16", "24x24", "32x32", "48x48")
    return {size: f"{base}/secure/projectavatar?pid={owner}&size={size}" for size in sizes}


def project_of(view: View, space_id: str) -> dict[str, Any]:
    """A project as it stands inside an issue and in the project list."""
    space = view.site.spaces[space_id]
    shown = {
        "self": view.link("project", space.id),
        "id": space.id,
        "key": space.key,
        "name": space.name,
        "projectTypeKey": "software",
        "avatarUrls": avatars(view.base, space.id),
    }
    if not view.cloud:
        return shown
    return {**shown, "simplified": space.style == "next-gen"}


def listed_project(view: View, space: Space) -> dict[str, Any]:
    shown = project_of(view, space.id)
    if not view.cloud:
        return {**shown, "expand": "description,lead,url,projectKeys"}
    rest = {"style": space.style, "isPrivate": False}
    return {**shown, **rest, "archived": True} if space.archived else {**shown, **rest}


def linked(view: View, link: Link) -> dict[str, Any]:
    """A parent as it stands inside an issue; one outside this site shows its key only."""
    parent = view.site.issues.get(link.id)
    shown = {"id": link.id, "key": link.key, "self": view.link("issue", link.id)}
    if parent is None:
        return shown
    inner = {
        "summary": parent.title,
        "status": status(view, parent.status_id),
        "issuetype": issue_type(view, parent.type_id),
    }
    return {**shown, "key": parent.key, "fields": inner}


def version(view: View, version_id: str) -> dict[str, Any]:
    found = view.site.versions[version_id]
    link = view.link("version", found.id)
    return {"self": link, "id": found.id, "name": found.name, "archived": False, "released": False}


def sprint(view: View, sprint_id: str) -> Any:
    """Cloud gives an object; Data Center the text form of one of its Java objects."""
    found = view.site.sprints[sprint_id]
    times = {"startDate": found.starts, "endDate": found.ends, "completeDate": found.completed}
    if view.cloud:
        known = {name: view.time(moment) for name, moment in times.items() if moment}
        board = board_id(view.site, found.space_id)
        base = {"id": int(found.id), "name": found.name, "state": found.state, "boardId": board}
        return {**base, **known}
    written = (f"{name}={view.time(it) if it else '<null>'}" for name, it in times.items())
    inner = f"id={found.id},rapidViewId=1,state={found.state.upper()},name={found.name},"
    head = "com.atlassian.greenhopper.service.sprint.Sprint@1f8a6bd2"
    return f"{head}[{inner}{','.join(written)},sequence={found.id},goal=]"


def board_id(site: Site, space_id: str | None) -> int:
    """Every project has one board, numbered in the order the projects were made."""
    spaces = list(site.spaces)
    return spaces.index(space_id) + 1 if space_id in spaces else 1


def account(view: View) -> dict[str, Any]:
    person = view.site.account
    shown = {
        "emailAddress": person.email,
        "avatarUrls": avatars(view.base, person.id),
        "displayName": person.name,
        "active": True,
        "timeZone": person.time_zone,
        "locale": "en_US",
    }
    if view.cloud:
        link = f"{view.link('user')}?accountId={person.id}"
        return {"self": link, "accountId": person.id, "accountType": "atlassian", **shown}
    link = f"{view.link('user')}?username={person.email}"
    return {"self": link, "key": "JIRAUSER10100", "name": person.email, **shown}
