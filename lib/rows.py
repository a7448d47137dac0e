"""Records that are read by templates many times a page."""

from typing import Any


class Row:
    """Answers to `row["name"]` as to `row.name`.

    A template asks for the first before the second; where there is no such answer, the error
    that is raised and caught each time costs as much as everything else about a look-up.
    """

    def __getitem__(self, name: str) -> Any:
        try:
            return getattr(self, name)
        except AttributeError:
            raise KeyError(name) from None
