"""What the documentation names is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
TEST = re.compile(r"\btest_\w+(?:\.py)?")
DEFINED = re.compile(r"^ *(?:async )?def (test_\w+)", re.MULTILINE)
FILES = sorted((ROOT / "tests").rglob("test_*.py"))
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")

by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@pytest.fixture(scope="module")
def tests() -> set[str]:
    """The names of all tests and of the files that hold them."""
    return {file.name for file in FILES}.union(
        *(DEFINED.findall(file.read_text()) for file in FILES)
    )


@by_page
def test_a_test_that_is_named_exists(page: Path, tests: set[str]) -> None:
    assert set(TEST.findall(page.read_text())) - tests == set()


@by_page
def test_a_link_leads_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []
