"""The words of generated work, from ``words.toml``."""

import tomllib
from pathlib import Path

import msgspec


class Feature(msgspec.Struct, frozen=True):
    """An undertaking: an epic in Jira, a project in Linear."""

    name: str
    things: tuple[str, ...]
    places: tuple[str, ...]


class Domain(msgspec.Struct, frozen=True):
    """What one product or team works on."""

    features: tuple[Feature, ...]
    labels: tuple[str, ...]
    stories: tuple[str, ...] = ()
    bugs: tuple[str, ...] = ()
    """Its own forms of titles, where the general ones would not make sense."""


class Wording(msgspec.Struct, frozen=True):
    """Forms of titles, with a ``{thing}``, a ``{place}`` and a ``{context}`` left open.

    A context is a place, or a condition that could hold anywhere.
    """

    stories: tuple[str, ...]
    bugs: tuple[str, ...]
    conditions: tuple[str, ...]
    tasks: tuple[str, ...]
    subtasks: tuple[str, ...]
    labels: tuple[str, ...]


class Words(msgspec.Struct, frozen=True):
    wording: Wording
    domains: dict[str, Domain]


def _read() -> Words:
    text = (Path(__file__).parent / "words.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), type=Words)


WORDS = _read()
