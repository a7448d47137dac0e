"""JQL built around what a person wrote."""

from datetime import UTC, datetime

import pytest

from integrations.ports import Selection, SourceKind
from integrations.providers.jira import jql
from tests.integrations.providers.conftest import project, query


def test_a_project_is_named_by_its_id() -> None:
    assert jql.selected(project("10000")) == "project = 10000"


def test_a_value_that_is_no_number_is_quoted_and_escaped() -> None:
    assert jql.selected(project('A" OR x = "\\')) == 'project = "A\\" OR x = \\"\\\\"'


def test_a_filter_is_named_by_its_id() -> None:
    assert jql.selected(Selection(kind=SourceKind.FILTER, value="77")) == "filter = 77"


def test_a_written_query_is_put_in_brackets() -> None:
    assert jql.selected(query(" a = 1 OR b = 2 ")) == "(a = 1 OR b = 2)"


def test_a_kind_that_jira_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="initiative"):
        jql.selected(Selection(kind=SourceKind.INITIATIVE, value="1"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "between 1 and"),
        ("   ", "between 1 and"),
        ("a" * 8001, "between 1 and"),
        ("project = A ORDER BY rank", "ORDER BY"),
        ("order  by created", "ORDER BY"),
        ("a = 1) OR (b = 2", "brackets"),
        ("(a = 1", "brackets"),
        ('summary ~ "open', "quotation"),
        ("summary ~ 'open", "quotation"),
        (r'summary ~ "open\"', "quotation"),
    ],
)
def test_a_query_that_would_break_out_or_break_off_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        jql.checked(text)


@pytest.mark.parametrize(
    "text",
    [
        'summary ~ "order by (mail"',
        "labels in (a, b) AND (x = 1 OR y = 2)",
        r'summary ~ "a \" quote) in it"',
        "reporder = 1",
        "summary ~ 'it is \"so\"'",
    ],
)
def test_a_query_is_taken_as_written(text: str) -> None:
    assert jql.checked(text) == text


def test_a_lower_bound_is_in_epoch_milliseconds_and_there_is_no_upper_one() -> None:
    since = datetime(2024, 11, 29, 10, 44, 51, 887000, tzinfo=UTC)
    built = jql.changed_since("project = 1", since, "updated ASC")
    assert built == "project = 1 AND updated >= 1732877091887 ORDER BY updated ASC"


def test_without_a_bound_everything_is_asked() -> None:
    assert jql.changed_since("project = 1", None, "key ASC") == "project = 1 ORDER BY key ASC"
