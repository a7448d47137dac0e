"""What stands above a list follows the filters while they change."""

import pytest
from django.utils.html import escape

from tests.governance.conftest import Browser

CHOSEN = {"q": "late & dear", "product": ""}


@pytest.mark.parametrize("name", ["decisions", "risks", "signals"])
def test_the_file_of_a_list_is_of_the_choice_just_made(viewer: Browser, name: str) -> None:
    html = viewer.get(name, htmx=True, **CHOSEN).content.decode()
    address = f"{viewer.address(f'{name}-export')}?q=late+%26+dear"
    assert f'id="csv-link" href="{escape(address)}" hx-swap-oob="true"' in html


def test_the_matrix_of_risks_is_of_the_choice_just_made(viewer: Browser) -> None:
    html = viewer.get("risks", htmx=True, **CHOSEN).content.decode()
    both = [f"{viewer.address('risks')}?q=late+%26+dear{view}" for view in ("", "&view=matrix")]
    assert [f'href="{escape(address)}"' in html for address in both] == [True, True]


def test_the_list_of_risks_is_of_the_choice_made_in_the_matrix(viewer: Browser) -> None:
    html = viewer.get("risks", htmx=True, view="matrix", q="late").content.decode()
    assert f'href="{viewer.address("risks")}?q=late"' in html
