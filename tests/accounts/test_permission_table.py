"""The page about permissions says what the code grants."""

from pathlib import Path

from accounts.permission_table import permission_page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "permissions.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == permission_page()
