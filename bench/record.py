"""The page of results: a part that the bench writes anew, and sections that stand on their own."""

from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")
# What stands below this line has makers of its own.
KEPT = "<!-- Below, each section is written by its own command and kept by `make bench-record`. -->"
HEAD = "## "


def rewrite(page: str, path: Path = RESULTS) -> None:
    """Write the bench's own part anew."""
    _, sections = parts(path.read_text(encoding="utf-8") if path.exists() else "")
    path.write_text(joined(page, sections), encoding="utf-8")


def record(title: str, body: str, path: Path = RESULTS) -> None:
    """Write one section anew, where it stood or last."""
    page, sections = parts(path.read_text(encoding="utf-8"))
    path.write_text(joined(page, {**sections, title: body}), encoding="utf-8")


def parts(text: str) -> tuple[str, dict[str, str]]:
    """The bench's own part, and the sections that are kept, by title."""
    page, _, kept = text.partition(KEPT)
    sections = {}
    for section in f"\n{kept}".split(f"\n{HEAD}")[1:]:
        title, _, body = section.partition("\n")
        sections[title.strip()] = body.strip()
    return page.strip(), sections


def joined(page: str, sections: dict[str, str]) -> str:
    kept = [f"{HEAD}{title}\n\n{body}" for title, body in sections.items()]
    return "\n\n".join([page.strip(), KEPT, *kept]) + "\n"
