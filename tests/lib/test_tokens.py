"""Colours that can be read in light and dark, and templates that keep the security policy."""

import gzip
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOKENS = (ROOT / "static/css/tokens.css").read_text()
STYLES = sorted((ROOT / "static/css").glob("*.css"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
BANDS = range(1, 5)
STATES = ("ok", "warn", "bad", "stale")

_COLOUR = re.compile(
    r"--([\w-]+):\s*(?:light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)|(#[0-9a-f]{6}));"
)

WORDS_ON = [
    *(("text", back) for back in ("ground", "sunken", "surface", "raised", "hover")),
    *(("text", back) for back in ("sunken-hover", "accent-tint", "stale-tint")),
    *(("muted", back) for back in ("ground", "sunken", "surface", "raised", "hover")),
    *(("muted", back) for back in ("sunken-hover",)),
    *(("link", back) for back in ("ground", "surface", "raised", "hover", "sunken")),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("accent", "surface"),
    ("accent-ink", "accent-tint"),
    ("on-bad", "bad"),
    ("on-toast", "toast"),
    ("on-toast", "toast-warn"),
    ("on-toast", "toast-bad"),
    ("toast-action", "toast"),
    *((f"band-{band}-ink", f"band-{band}-tint") for band in BANDS),
    *((f"band-{band}-ink", "surface") for band in BANDS),
    *((f"{state}-ink", f"{state}-tint") for state in STATES),
    *((f"{state}-ink", back) for state in STATES for back in ("surface", "ground", "hover")),
    *((f"person-{hue}-ink", f"person-{hue}") for hue in range(1, 7)),
]
SHAPES_ON = [
    *((f"band-{band}", back) for band in BANDS for back in ("surface", "hover")),
    *((f"band-{band}", f"band-{band}-tint") for band in BANDS),
    *((state, "surface") for state in STATES),
    *(("on-mark", state) for state in STATES),
    ("control-line", "surface"),
    ("control-line", "ground"),
    *(("focus", back) for back in ("ground", "sunken", "surface", "raised")),
    ("accent", "ground"),
]


def token_colours() -> dict[str, tuple[str, str]]:
    return {
        name: (light or both, dark or both) for name, light, dark, both in _COLOUR.findall(TOKENS)
    }


COLOURS = token_colours()


def luminance(colour: str) -> float:
    """WCAG 2.2, "relative luminance"."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    brighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def test_black_on_white_has_the_contrast_that_the_standard_gives() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "back"), WORDS_ON, ids="-on-".join)
def test_words_can_be_read(ink: str, back: str, scheme: int) -> None:
    assert contrast(COLOURS[ink][scheme], COLOURS[back][scheme]) >= 4.5


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("shape", "back"), SHAPES_ON, ids="-on-".join)
def test_shapes_can_be_told_from_their_ground(shape: str, back: str, scheme: int) -> None:
    assert contrast(COLOURS[shape][scheme], COLOURS[back][scheme]) >= 3


def test_styles_use_only_tokens_that_exist() -> None:
    used = {name for sheet in STYLES for name in re.findall(r"var\(--([\w-]+)", sheet.read_text())}
    known = {name for sheet in STYLES for name in re.findall(r"--([\w-]+)\s*:", sheet.read_text())}
    assert used - known == set()


@pytest.mark.parametrize(
    "sheet", [sheet for sheet in STYLES if sheet.stem != "tokens"], ids=lambda sheet: sheet.stem
)
def test_colours_are_named_in_the_tokens_alone(sheet: Path) -> None:
    plain = re.sub(r"url\([^)]*\)", "", sheet.read_text())
    # White is the paper, and what a QR code needs around it.
    assert set(re.findall(r"#[0-9a-f]{3,8}\b", plain)) <= {"#fff"}


@pytest.mark.parametrize(
    ("forbidden", "pattern"),
    [
        ("inline style", r"\sstyle\s*="),
        ("style element", r"<style\b"),
        ("inline script", r"<script(?![^>]*\ssrc=)(?![^>]*application/json)[^>]*>"),
        ("event attribute", r"\son[a-z]+\s*="),
        ("htmx event attribute", r"\bhx-on\b"),
        ("evaluated value", r"[\"']js:"),
        ("trigger filter", r"hx-trigger=\"[^\"]*\["),
        ("address of somebody else", r"(?:src|href)=[\"'](?:https?:)?//"),
        ("unescaped value", r"\|\s*safe\b|autoescape off"),
    ],
)
def test_templates_keep_the_security_policy(forbidden: str, pattern: str) -> None:
    """Letters aside: programs that show mail know no style but the one in the letter."""
    pages = [page for page in TEMPLATES if "emails" not in page.parts]
    found = [str(page.relative_to(ROOT)) for page in pages if re.search(pattern, page.read_text())]
    assert found == [], forbidden


def test_there_are_templates_to_look_at() -> None:
    assert ROOT / "templates/base.html" in TEMPLATES


def test_style_sheets_and_scripts_stay_small_on_the_wire() -> None:
    files = [*STYLES, *sorted((ROOT / "static/js").glob("*.js"))]
    assert sum(len(gzip.compress(file.read_bytes())) for file in files) < 36_000
