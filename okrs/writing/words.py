"""The lists of `words.toml`, each as a set."""

import tomllib
from pathlib import Path

_LISTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def _listed(name: str) -> frozenset[str]:
    return frozenset(_LISTS[name].split())


ADVERBS = _listed("adverbs")
ALSO_NOUNS = _listed("also_nouns")
CHANGE_VERBS = _listed("change_verbs")
COUNTED_WORK = _listed("counted_work")
DETERMINERS = _listed("determiners")
DONE = _listed("done")
EFFECTS = _listed("effects")
EMPTY_WORDS = _listed("empty_words")
MEASURED_NOUNS = _listed("measured_nouns")
NEEDS_UNIT = _listed("needs_unit")
NUMBER_WORDS = _listed("number_words")
PHRASAL_VERBS = _listed("phrasal_verbs")
SCALES = _listed("scales")
STOP_WORDS = _listed("stop_words")
WORK_VERBS = _listed("work_verbs")
