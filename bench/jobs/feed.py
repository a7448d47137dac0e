"""Issues as Jira sends them, made by number: the same in every run."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import orjson

from integrations.ports import Page, Selection, SourceKind
from integrations.providers.jira.cloud import SearchReply
from integrations.providers.jira.mapping import item_reader
from integrations.providers.quarantine import sift

PAGE = 100
PROJECT = "10001"
CATEGORIES = {"new": "todo", "indeterminate": "doing", "done": "done"}
POINTS = "customfield_10016"
STATUSES = (("1", "To Do", "new"), ("3", "In Progress", "indeterminate"), ("5", "Done", "done"))
BEGAN = datetime(2026, 1, 5, 9, tzinfo=UTC)
SELECTION = Selection(kind=SourceKind.PROJECT, value=PROJECT, points_fields=(POINTS,))
SITE = "https://bench.invalid"
API = f"{SITE}/rest/api/3"
RESOLVED = {
    "self": f"{API}/resolution/1",
    "id": "1",
    "description": "A fix for this issue is checked into the tree and tested.",
    "name": "Done",
}
STORY = {
    "self": f"{API}/issuetype/7",
    "id": "7",
    "description": "Functionality or a feature expressed as a user goal.",
    "iconUrl": f"{API}/universal_avatar/view/type/issuetype/avatar/10315?size=medium",
    "name": "Story",
    "subtask": False,
    "avatarId": 10315,
    "hierarchyLevel": 0,
}
HOME = {
    "self": f"{API}/project/{PROJECT}",
    "id": PROJECT,
    "key": "BENCH",
    "name": "Bench",
    "projectTypeKey": "software",
    "simplified": False,
    "avatarUrls": {
        size: f"{API}/universal_avatar/view/type/project/avatar/10415?size={name}"
        for size, name in (
            ("48x48", "large"),
            ("24x24", "small"),
            ("16x16", "xsmall"),
            ("32x32", "medium"),
        )
    },
}
# One issue in so many is another one at the next turn.
CHANGED_EACH = 20


def bodies(size: int, turn: int = 0) -> list[bytes]:
    """Pages of a search for `size` issues; at a later turn one in twenty has moved on."""
    numbers = range(size)
    return [
        orjson.dumps({"issues": [issue(n, turn) for n in numbers[first : first + PAGE]]})
        for first in range(0, size, PAGE)
    ]


def issue(number: int, turn: int) -> dict[str, object]:
    """With all that Jira says of what is named in it, which is most of the bytes."""
    moved = turn if number % CHANGED_EACH == 0 else 0
    status, name, kind = STATUSES[(number + moved) % 3]
    updated = BEGAN + timedelta(minutes=number, days=moved)
    return {
        "expand": "operations,versionedRepresentations,editmeta,changelog,renderedFields",
        "id": str(number),
        "self": f"{API}/issue/{number}",
        "key": f"BENCH-{number}",
        "fields": {
            "summary": f"Issue {number}: what a customer asked for, in a sentence of usual length",
            "status": {
                "self": f"{API}/status/{status}",
                "description": "",
                "iconUrl": f"{SITE}/images/icons/statuses/generic.png",
                "id": status,
                "name": name,
                "statusCategory": {
                    "self": f"{API}/statuscategory/{status}",
                    "id": int(status),
                    "key": kind,
                    "colorName": "blue-gray",
                    "name": name,
                },
            },
            "resolution": RESOLVED if kind == "done" else None,
            "resolutiondate": stamp(updated) if kind == "done" else None,
            "statuscategorychangedate": stamp(updated),
            "issuetype": STORY,
            "project": HOME,
            "labels": ["customer"],
            "parent": None,
            "created": stamp(BEGAN),
            "updated": stamp(updated),
            POINTS: float(number % 8),
        },
    }


def row_of(issue: dict[str, Any], site: str, points: str = "") -> dict[str, Any]:
    """An issue as the table of items takes it, read without the product: nothing is looked at
    twice. `points` names the field of the estimate."""
    fields = issue["fields"]
    status, kind, parent = fields["status"], fields["issuetype"], fields.get("parent") or {}
    category = CATEGORIES[status["statusCategory"]["key"]]
    return {
        "remote_id": issue["id"],
        "key": issue["key"],
        "title": fields["summary"],
        "url": f"{site}/browse/{issue['key']}",
        "kind": kind["name"],
        "is_leaf": kind["hierarchyLevel"] == 0,
        "category": category,
        "status_id": status["id"],
        "status_name": status["name"],
        "resolution": fields["resolution"]["name"] if fields["resolution"] else "",
        "points": fields.get(points),
        "labels": fields["labels"],
        "parent_remote_id": parent.get("id", ""),
        "parent_key": parent.get("key", ""),
        "project_remote_id": fields["project"]["id"],
        "project_key": fields["project"]["key"],
        "team_remote_id": "",
        "remote_created_at": fields["created"],
        "remote_updated_at": fields["updated"],
        "completed_at": fields["resolutiondate"] if category == "done" else None,
        "is_archived": False,
    }


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def pages(replies: Sequence[bytes]) -> list[Page]:
    """What the adapter makes of the replies."""
    read = item_reader(SITE, SELECTION)
    found = []
    for body in replies:
        records = msgspec.json.decode(body, type=SearchReply).issues
        items, refused, raws = sift(records, read)
        found.append(Page(items=items, raws=raws, quarantined=refused, requests=1))
    return found
