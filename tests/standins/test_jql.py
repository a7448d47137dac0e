"""The JQL that the Jira stand-ins understand, and what they refuse as Jira does."""

from datetime import UTC, datetime

import pytest

from standins.jql import JqlError
from standins.jql_fields import Search
from standins.records import Edition
from standins.state import Tracker
from tests.standins.conftest import TurnableClock


def found(tracker: Tracker, text: str, *, edition: Edition = Edition.CLOUD) -> list[str]:
    search = Search(tracker, text, signed_in=True, edition=edition)
    return [issue.key for issue in search.issues()]


def refused(tracker: Tracker, text: str) -> str:
    with pytest.raises(JqlError) as refusal:
        Search(tracker, text, signed_in=True)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("project = PAY", ["PAY-1"]),
        ('project = "Web shop" AND issuetype = Epic', ["SHOP-1"]),
        ("project in (PAY) OR key = SHOP-1 ORDER BY key", ["PAY-1", "SHOP-1"]),
        ("key in (SHOP-2, SHOP-4) ORDER BY created DESC", ["SHOP-4", "SHOP-2"]),
        ("id = 10002", ["SHOP-2"]),
        ("labels = speed AND NOT key = SHOP-3 order by key asc", ["SHOP-2", "SHOP-4"]),
        ("labels is empty and project = SHOP order by key", ["SHOP-1", "SHOP-5", "SHOP-6"]),
        ("parent = SHOP-5", ["SHOP-6"]),
        ("parent = SHOP-1 order by key", ["SHOP-2", "SHOP-3", "SHOP-4"]),
        ('"Epic Link" = SHOP-1 and summary ~ "basket"', ["SHOP-2"]),
        ("issuetype not in (Epic, Story) ", ["SHOP-6"]),
        (
            "project = SHOP and (summary ~ form or summary ~ dates) order by id",
            ["SHOP-3", "SHOP-5"],
        ),
        ("statusCategory = 'To Do' and project = PAY", ["PAY-1"]),
        ("statusCategory != new", []),
        ("status = 1 && key = PAY-1", ["PAY-1"]),
    ],
)
def test_a_query_finds_what_it_says(jira: Tracker, text: str, expected: list[str]) -> None:
    assert found(jira, text) == expected


def test_resolution_unresolved_and_empty_are_the_same(jira: Tracker) -> None:
    jira.finish("PAY-1", resolution="Fixed")
    assert "PAY-1" not in found(jira, "resolution = Unresolved")
    assert found(jira, "resolution is EMPTY") == found(jira, "resolution = Unresolved")


def test_not_equal_leaves_out_what_is_empty_and_not_brings_it_back(jira: Tracker) -> None:
    jira.finish("PAY-1", resolution="Fixed")
    assert found(jira, "resolution != Duplicate") == ["PAY-1"]
    assert len(found(jira, "not resolution = Duplicate")) == len(jira.site.issues)


def test_data_center_keeps_stories_out_of_parent(jira: Tracker) -> None:
    assert found(jira, "parent = SHOP-1", edition=Edition.DATA_CENTER) == []


def test_data_center_answers_an_unbounded_query(jira: Tracker) -> None:
    assert len(found(jira, "order by id", edition=Edition.DATA_CENTER)) == len(jira.site.issues)


def test_a_former_key_finds_a_moved_issue(jira: Tracker) -> None:
    jira.move("SHOP-2", "PAY")
    assert found(jira, "key = SHOP-2") == ["PAY-2"]


@pytest.mark.parametrize(
    ("zone", "first_minute"),
    [
        ("Etc/UTC", "2026-03-02 09:40"),
        ("America/Los_Angeles", "2026-03-02 01:40"),
        ("Asia/Kolkata", "2026/03/02 15:10"),
    ],
)
def test_a_written_time_is_read_in_the_zone_of_the_account(
    jira: Tracker, zone: str, first_minute: str
) -> None:
    jira.set_time_zone(zone)
    # SHOP-5, SHOP-6 and PAY-1 were made at 09:40 UTC.
    assert found(jira, f'updated >= "{first_minute}" order by id') == ["SHOP-5", "SHOP-6", "PAY-1"]


def test_a_written_time_has_no_seconds_to_compare_with(jira: Tracker, clock: TurnableClock) -> None:
    clock.moment = datetime(2026, 3, 3, 12, 0, 30, tzinfo=UTC)
    jira.reopen("PAY-1")
    assert found(jira, 'updated >= "2026-03-03 12:00"') == ["PAY-1"]
    assert found(jira, 'updated >= "2026-03-03 12:01"') == []


def test_a_bare_number_is_epoch_milliseconds_in_no_zone(jira: Tracker) -> None:
    jira.set_time_zone("Asia/Kolkata")
    moment = int(datetime(2026, 3, 2, 9, 40, tzinfo=UTC).timestamp() * 1000)
    assert found(jira, f"updated >= {moment} order by id") == ["SHOP-5", "SHOP-6", "PAY-1"]
    assert found(jira, f"updated > {moment}") == []


def test_a_period_counts_back_from_now(jira: Tracker) -> None:
    # An hour has gone by since the last issue was made.
    assert found(jira, "updated >= -65m and project = PAY") == ["PAY-1"]
    assert found(jira, "created >= '-59m'") == []


@pytest.mark.parametrize(
    "value", ["'2026-03-02T09:40:00Z'", "'2026-03-02 09:40:10'", "yesterday", "'1732877091000'"]
)
def test_other_times_are_refused_in_jiras_words(jira: Tracker, value: str) -> None:
    refusal = refused(jira, f"updated >= {value}")
    assert refusal.startswith(f"Date value {value}" if "'" in value else "Date value 'yesterday'")
    assert refusal.endswith("or a period format e.g. '-5d', '4w 2d'.")


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("project = GONE", "The value 'GONE' does not exist for the field 'project'."),
        ("key in (SHOP-1, SHOP-99)", "An issue with key 'SHOP-99' does not exist for field 'key'."),
        ("parent = SHOP-99", "An issue with key 'SHOP-99' does not exist for field 'parent'."),
        ("status = Shipped", "The value 'Shipped' does not exist for the field 'status'."),
        ("colour = red", "Field 'colour' does not exist or you do not have permission to view it."),
        ("project ~ SHOP", "The operator '~' is not supported by the 'project' field."),
        ("sprint in nowSprints()", "Unable to find JQL function 'nowSprints()'."),
        ("project = SHOP order by colour", "Not able to sort using field 'colour'."),
    ],
)
def test_what_does_not_exist_fails_the_whole_query(jira: Tracker, text: str, refusal: str) -> None:
    assert refused(jira, text) == refusal


@pytest.mark.parametrize("text", ["", "   ", "order by updated asc"])
def test_an_unbounded_query_is_refused(jira: Tracker, text: str) -> None:
    assert refused(jira, text).startswith("Unbounded JQL queries are not allowed here.")


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("project SHOP", 9),
        ("project = SHOP and", 19),
        ("project = SHOP)", 15),
        ("(project = SHOP", 16),
        ("project = SHOP order updated", 22),
        ("summary ~ checkout form", 20),
        ('project = "SHOP', 11),
        ("project in SHOP", 16),
        ("and = 1", 1),
    ],
)
def test_a_mistake_in_the_grammar_is_refused_with_its_position(
    jira: Tracker, text: str, position: int
) -> None:
    refusal = refused(jira, text)
    assert refusal.startswith("Error in the JQL Query: ")
    assert refusal.endswith(f"(line 1, character {position})")


def test_more_than_seven_order_fields_are_refused(jira: Tracker) -> None:
    assert "7" in refused(jira, "project = SHOP order by " + ", ".join(["key"] * 8))


def test_quotes_and_backslashes_in_a_value_are_escaped(jira: Tracker) -> None:
    jira.add("PAY", 'Say "thanks" \\ smile')
    assert found(jira, r'summary ~ "say \"thanks\" \\ smile"') == ["PAY-2"]


def test_a_stranger_sees_no_project(jira: Tracker) -> None:
    with pytest.raises(JqlError, match="The value 'SHOP' does not exist"):
        Search(jira, "project = SHOP", signed_in=False)
