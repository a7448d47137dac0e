"""What an item counts as."""

import pytest
from msgspec.structs import replace

from integrations.ports import Category
from integrations.providers.counting import classify, is_leaf, is_unknown
from integrations.providers.jira.mapping import RULES as JIRA
from integrations.providers.linear.mapping import RULES as LINEAR
from tests.integrations.providers.conftest import item


def finished(resolution: str | None) -> dict[str, str | None]:
    number = None if resolution is None else "7"
    return {"status_kind": "done", "resolution_id": number, "resolution_name": resolution}


@pytest.mark.parametrize(
    ("kind", "category"),
    [
        ("new", Category.TO_DO),
        ("undefined", Category.TO_DO),
        ("indeterminate", Category.DOING),
        ("done", Category.DONE),
    ],
)
def test_a_jira_status_counts_by_its_category(kind: str, category: Category) -> None:
    assert classify(item(status_kind=kind), JIRA) is category


@pytest.mark.parametrize("resolution", [None, "Fixed", "Done", "FIXED"])
def test_a_finished_jira_issue_is_done_when_it_was_fixed_or_nothing_is_said(
    resolution: str | None,
) -> None:
    assert classify(item(**finished(resolution)), JIRA) is Category.DONE


@pytest.mark.parametrize("resolution", ["Won't Do", "Duplicate", "Cannot Reproduce", "Invalid"])
def test_any_other_resolution_leaves_a_jira_issue_out(resolution: str) -> None:
    assert classify(item(**finished(resolution)), JIRA) is Category.LEFT_OUT


def test_an_open_issue_with_an_old_resolution_is_still_open() -> None:
    reopened = item(status_kind="new", resolution_id="7", resolution_name="Won't Do")
    assert classify(reopened, JIRA) is Category.TO_DO


def test_a_resolution_can_be_accepted_by_id() -> None:
    rules = replace(JIRA, resolutions={"7": Category.DONE})
    assert classify(item(**finished("Answered")), rules) is Category.DONE


def test_a_resolution_can_be_left_out_by_id_whatever_its_name() -> None:
    rules = replace(JIRA, resolutions={"7": Category.LEFT_OUT})
    assert classify(item(**finished("Fixed")), rules) is Category.LEFT_OUT


def test_a_status_can_be_counted_otherwise_by_id() -> None:
    rules = replace(JIRA, statuses={"10003": Category.DONE})
    assert classify(item(status_id="10003", status_kind="indeterminate"), rules) is Category.DONE


def test_a_status_that_was_made_done_still_asks_for_the_resolution() -> None:
    rules = replace(JIRA, statuses={"10003": Category.DONE})
    rejected = item(
        status_id="10003",
        status_kind="indeterminate",
        resolution_id="7",
        resolution_name="Won't Do",
    )
    assert classify(rejected, rules) is Category.LEFT_OUT


@pytest.mark.parametrize(
    ("kind", "category"),
    [
        ("triage", Category.TO_DO),
        ("backlog", Category.TO_DO),
        ("unstarted", Category.TO_DO),
        ("started", Category.DOING),
        ("completed", Category.DONE),
        ("canceled", Category.LEFT_OUT),
        ("duplicate", Category.LEFT_OUT),
    ],
)
def test_a_linear_state_counts_by_its_type(kind: str, category: Category) -> None:
    assert classify(item(status_kind=kind), LINEAR) is category


def test_an_unknown_kind_of_status_is_not_done_and_that_is_told() -> None:
    strange = item(status_kind="shipped")
    assert classify(strange, LINEAR) is Category.TO_DO
    assert is_unknown(strange, LINEAR)


def test_an_unknown_kind_is_known_once_its_status_has_a_rule() -> None:
    rules = replace(LINEAR, statuses={"1": Category.DONE})
    assert not is_unknown(item(status_kind="shipped"), rules)


def test_an_archived_item_that_was_completed_counts_as_done() -> None:
    assert classify(item(status_kind="completed", archived=True), LINEAR) is Category.DONE


def test_an_item_in_the_bin_is_left_out_even_if_it_was_completed() -> None:
    assert classify(item(status_kind="completed", deleted=True), LINEAR) is Category.LEFT_OUT


@pytest.mark.parametrize(("level", "leaf"), [(2, False), (1, False), (0, True), (-1, False)])
def test_only_ordinary_items_are_leaves(level: int, *, leaf: bool) -> None:
    assert is_leaf(item(level=level), JIRA) is leaf


def test_a_type_can_be_counted_by_id() -> None:
    rules = replace(JIRA, types={"10005": True})
    assert is_leaf(item(level=-1, type_id="10005"), rules)


def test_a_type_can_be_left_uncounted_by_id() -> None:
    rules = replace(JIRA, types={"10001": False})
    assert not is_leaf(item(), rules)
