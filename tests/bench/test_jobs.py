"""Every job comes to its floor's result before anything is timed."""

import pytest

from bench.harness import check
from bench.jobs import tenants
from bench.run import CONTESTS
from bench.world import World


@pytest.mark.parametrize("name", CONTESTS)
def test_the_job_and_its_floor_agree(
    worn: World, worn_name: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tenants, "FEW_TENANTS", worn_name)
    assert check(CONTESTS[name](worn)) > 0
