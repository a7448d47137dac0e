"""How tests look at what an action refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from django.core.exceptions import ValidationError


@dataclass
class Refused:
    """The fields that were refused, with their messages."""

    fields: dict[str, list[str]] = field(default_factory=dict)


@contextmanager
def refused(*names: str) -> Iterator[Refused]:
    """Expect a refusal at exactly these fields; `detail` stands for the record as a whole."""
    found = Refused()
    with pytest.raises(ValidationError) as caught:
        yield found
    error = caught.value
    found.fields = (
        error.message_dict if hasattr(error, "error_dict") else {"detail": error.messages}
    )
    assert set(found.fields) == set(names)
