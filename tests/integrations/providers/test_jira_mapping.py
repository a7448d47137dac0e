"""From Jira's JSON to items, on made-up and on recorded issues."""

import gzip
import json
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from integrations.ports import Category, Item, Selection
from integrations.providers.counting import classify, is_leaf
from integrations.providers.jira.mapping import (
    RULES,
    Field,
    epic_link_field,
    issue_type,
    item_reader,
    number_fields,
)
from integrations.providers.quarantine import sift
from tests.integrations.providers.conftest import project

BASE = "https://acme.atlassian.net"
POINTS = ("customfield_10016", "customfield_10026")


def raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(value).encode())


def issue(**fields: Any) -> dict[str, Any]:
    """An open story as Jira Cloud shows it, but for these fields; None takes a field away."""
    usual: dict[str, Any] = {
        "summary": "Cache the basket",
        "status": {"id": "1", "name": "To Do", "statusCategory": {"id": 2, "key": "new"}},
        "issuetype": {"id": "10001", "name": "Story", "subtask": False, "hierarchyLevel": 0},
        "project": {"id": "10000", "key": "SHOP", "name": "Web shop"},
        "created": "2024-11-28T08:00:00.000-0800",
        "updated": "2024-11-29T10:44:51.887-0800",
    }
    return {"id": "10040", "key": "SHOP-7", "fields": {**usual, **fields}}


def read(selection: Selection | None = None, epic_link: str | None = None, **fields: Any) -> Item:
    return item_reader(BASE, selection or project("10000"), epic_link)(raw(issue(**fields)))


def field(number: int, name: str, custom: str = "", kind: str = "number") -> Field:
    described = {
        "id": f"customfield_{number}",
        "name": name,
        "schema": {"type": kind, "custom": custom},
    }
    return msgspec.convert(described, type=Field)


def test_an_issue_becomes_an_item() -> None:
    assert read(labels=["speed"]) == Item(
        remote_id="10040",
        key="SHOP-7",
        title="Cache the basket",
        url=f"{BASE}/browse/SHOP-7",
        type_id="10001",
        type_name="Story",
        level=0,
        status_id="1",
        status_name="To Do",
        status_kind="new",
        project_remote_id="10000",
        project_key="SHOP",
        created_at=datetime(2024, 11, 28, 16, tzinfo=UTC),
        updated_at=datetime(2024, 11, 29, 18, 44, 51, 887000, tzinfo=UTC),
        labels=("speed",),
    )


def test_keys_that_nobody_asked_for_are_taken() -> None:
    assert read(watcher={"isWatching": False}, customfield_1=[1, 2]).key == "SHOP-7"


@pytest.mark.parametrize(
    ("kind", "level"),
    [
        ({"name": "Initiative", "hierarchyLevel": 2}, 2),
        ({"name": "Epic", "hierarchyLevel": 1}, 1),
        ({"name": "Sub-task", "hierarchyLevel": -1, "subtask": True}, -1),
        ({"name": "Epic"}, 1),
        ({"name": "Unteraufgabe", "subtask": True}, -1),
        ({"name": "Bug"}, 0),
    ],
)
def test_the_level_comes_from_jira_or_from_the_kind_of_type(
    kind: dict[str, Any], level: int
) -> None:
    assert read(issuetype={"id": "1", **kind}).level == level


def test_a_parent_is_known_by_id_and_key() -> None:
    found = read(parent={"id": "10001", "key": "SHOP-1"})
    assert (found.parent_remote_id, found.parent_key) == ("10001", "SHOP-1")


def test_an_epic_link_is_known_by_key_only() -> None:
    found = read(epic_link="customfield_10101", customfield_10101="SHOP-1")
    assert (found.parent_remote_id, found.parent_key) == (None, "SHOP-1")


def test_the_parent_of_a_sub_task_wins_over_an_epic_link() -> None:
    found = read(
        epic_link="customfield_10101",
        customfield_10101="SHOP-1",
        parent={"id": "10002", "key": "SHOP-2"},
    )
    assert (found.parent_remote_id, found.parent_key) == ("10002", "SHOP-2")


@pytest.mark.parametrize(
    ("values", "points"),
    [
        ({}, None),
        ({"customfield_10016": None, "customfield_10026": None}, None),
        ({"customfield_10026": 3.0}, Decimal("3.0")),
        ({"customfield_10016": 0, "customfield_10026": 8}, Decimal(0)),
        ({"customfield_10016": 0.1}, Decimal("0.1")),
    ],
)
def test_points_are_the_first_candidate_that_holds_a_value_and_zero_is_one(
    values: dict[str, Any], points: Decimal | None
) -> None:
    assert read(project("10000", points_fields=POINTS), **values).points == points


def test_numbers_that_were_asked_for_are_exact_and_absent_where_empty() -> None:
    asked = project("10000", number_fields=("customfield_1", "customfield_2"))
    assert read(asked, customfield_1=0.1, customfield_2=None).numbers == {
        "customfield_1": Decimal("0.1")
    }


def test_a_finished_issue_was_completed_when_it_was_resolved() -> None:
    done = {"id": "5", "name": "Done", "statusCategory": {"key": "done"}}
    found = read(
        status=done,
        resolution={"id": "1", "name": "Fixed"},
        resolutiondate="2024-11-29T09:00:00.000+0000",
        statuscategorychangedate="2024-11-30T09:00:00.000+0000",
    )
    assert found.completed_at == datetime(2024, 11, 29, 9, tzinfo=UTC)


def test_a_finished_issue_without_a_resolution_was_completed_when_its_category_changed() -> None:
    done = {"id": "5", "name": "Done", "statusCategory": {"key": "done"}}
    found = read(status=done, statuscategorychangedate="2024-11-30T09:00:00.000+0000")
    assert found.completed_at == datetime(2024, 11, 30, 9, tzinfo=UTC)


def test_an_open_issue_was_not_completed_although_its_category_changed() -> None:
    assert read(statuscategorychangedate="2024-11-30T09:00:00.000+0000").completed_at is None


@pytest.mark.parametrize("text", ["51502-03-01T00:00:00.000+0000", "2024-11-29T10:00:00", "soon"])
def test_a_time_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="updated"):
        read(updated=text)


@pytest.mark.parametrize(
    "fields",
    [
        {"updated": "51502-03-01T00:00:00.000+0000"},
        {"updated": "9999-12-31T23:59:59.000-0800"},
        {"updated": 1},
        {"status": None},
        {"status": {"id": 3, "name": "x", "statusCategory": {"key": "new"}}},
        {"labels": "speed"},
        {"customfield_10016": {"value": 3}},
        {"customfield_10016": "NaN"},
    ],
)
def test_a_bad_record_is_set_aside_with_its_id_and_the_page_goes_on(fields: Any) -> None:
    reader = item_reader(BASE, project("10000", points_fields=POINTS))
    items, refused, _ = sift([raw(issue(**fields)), raw(issue())], reader)
    assert [it.remote_id for it in items] == ["10040"]
    assert [it.remote_id for it in refused] == ["10040"]


@pytest.mark.parametrize("literal", ["1E400", "1" + "0" * 400], ids=["short", "in full"])
def test_a_number_beyond_all_others_keeps_its_own_record_out_alone(literal: str) -> None:
    name = POINTS[0]
    written = json.dumps(issue(**{name: 12345})).replace("12345", literal).encode()
    reader = item_reader(BASE, project("10000", points_fields=POINTS))
    items, refused, _ = sift([msgspec.Raw(written), raw(issue())], reader)
    assert (len(items), [it.reason for it in refused]) == (
        1,
        ["the estimate is larger than is counted with"],
    )


def test_a_record_set_aside_tells_the_reason_and_how_it_begins() -> None:
    _, (refused,), _ = sift([raw(issue(status=None))], item_reader(BASE, project("10000")))
    assert "status" in refused.reason
    assert refused.excerpt.startswith('{"id": "10040"')


@pytest.mark.parametrize("record", [b'{"key":"SHOP-1"}', b"[]", b'{"id":{}}', b"7"])
def test_a_record_without_an_id_is_set_aside_all_the_same(record: bytes) -> None:
    _, (refused,), _ = sift([msgspec.Raw(record)], item_reader(BASE, project("10000")))
    assert refused.remote_id is None


def test_the_same_fields_are_read_by_the_same_type() -> None:
    assert issue_type(POINTS, None) is issue_type(POINTS, None)


GREENHOPPER = "com.pyxis.greenhopper.jira:jsw-story-points"
FLOAT = "com.atlassian.jira.plugin.system.customfieldtypes:float"
ORIGINAL = "com.atlassian.jpo:jpo-custom-field-original-story-points"


def test_both_kinds_of_estimates_are_found_before_other_numbers() -> None:
    fields = [
        field(1, "Budget", FLOAT),
        field(2, "Story Points", FLOAT),
        field(3, "Estimation de story points", GREENHOPPER),
        field(4, "Original story points", ORIGINAL),
        field(5, "Team", "x", kind="string"),
    ]
    found = [
        (it.remote_id.removeprefix("customfield_"), it.is_points) for it in number_fields(fields)
    ]
    assert found == [("3", True), ("2", True), ("1", False), ("4", False)]


def test_a_text_field_named_story_points_is_no_estimate() -> None:
    assert number_fields([field(1, "Story Points", kind="string")]) == []


def test_the_epic_link_is_known_by_its_type() -> None:
    fields = [
        field(1, "Lien", "com.pyxis.greenhopper.jira:gh-epic-link", kind="any"),
        field(2, "Epic Link", kind="any"),
    ]
    assert epic_link_field(fields) == "customfield_1"


@pytest.mark.contract
@pytest.mark.parametrize(
    ("name", "done", "counted", "left_out"),
    [("aloy", 930, 1136, 285), ("mod", 211, 292, 42), ("daemon", 251, 276, 34)],
)
def test_recorded_projects_count_as_people_counted_them(
    contracts: Path, name: str, done: int, counted: int, left_out: int
) -> None:
    lines = gzip.decompress((contracts / "jira/real" / f"{name}.jsonl.gz").read_bytes())
    records = [msgspec.Raw(line) for line in lines.splitlines()]
    items, refused, _ = sift(records, item_reader(BASE, project("10000")))
    found = Counter(classify(it, RULES) for it in items if is_leaf(it, RULES))
    assert refused == []
    assert found[Category.DONE] == done
    assert found.total() - found[Category.LEFT_OUT] == counted
    assert found[Category.LEFT_OUT] == left_out


@pytest.mark.contract
@pytest.mark.parametrize(
    ("name", "key", "kind", "level"),
    [
        ("webhook_cloud_issue_updated_resolved", "TES-4", "done", 0),
        ("webhook_cloud_issue_created", "TES-4", "new", 0),
        ("webhook_dc_issue_updated_closed", "TES-4", "done", 0),
        ("webhook_dc_issue_updated_in_progress", "TES-7", "indeterminate", 0),
    ],
)
def test_a_recorded_issue_is_read(
    contracts: Path, name: str, key: str, kind: str, level: int
) -> None:
    recorded = json.loads((contracts / f"jira/samples/{name}.json").read_text())
    found = item_reader(BASE, project("10000"))(raw(recorded["issue"]))
    assert (found.status_kind, found.level) == (kind, level)
    assert found.key.startswith(key.split("-", maxsplit=1)[0])


@pytest.mark.contract
def test_every_issue_of_a_recorded_sprint_is_read(contracts: Path) -> None:
    recorded = json.loads((contracts / "jira/samples/agile_issues_in_sprint.json").read_text())
    selection = project("10302", points_fields=("customfield_10105",))
    items, refused, _ = sift(map(raw, recorded["issues"]), item_reader(BASE, selection))
    assert refused == []
    assert (items[0].key, items[0].points) == ("AR-86", Decimal("13.0"))
