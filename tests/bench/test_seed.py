"""The seed is what the product itself would have stored."""

import pytest

from accounts.tenancy import tenant
from bench.seed import SIZES, seeded_id
from bench.world import Place, World
from okrs.actions.daily import verify_scores
from okrs.models import KeyResult, UnitScore
from portfolio.models import MetricValue

NUMBERS = {"largest": 1, "medium": 2, "small": 3, "typical": 4}


@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS.keys())
def test_the_product_computes_the_scores_that_were_seeded(bench: World, number: int) -> None:
    with tenant(seeded_id(0, number, 0)):
        assert verify_scores() == 0


def test_the_largest_tenant_has_the_key_results_of_its_size(bench: World) -> None:
    with bench.largest.bound():
        assert KeyResult.objects.count() == SIZES["s"].largest


def test_each_key_result_has_a_log_of_values(bench: World) -> None:
    with bench.untouched.bound():
        assert MetricValue.objects.count() == SIZES["s"].values * bench.untouched.key_results


def test_units_have_stored_roll_ups(bench: World) -> None:
    with bench.largest.bound():
        assert UnitScore.objects.exclude(product=None).filter(key_results__gt=0).exists()


def test_tenants_do_not_share_ids(bench: World) -> None:
    first, second = Place(1, 0), Place(2, 0)
    assert first.row(11, 7) != second.row(11, 7)


def test_the_sizes_of_all_organisations_are_given() -> None:
    rows = SIZES["l"].rows()
    assert (len(rows), sum(key_results for _, key_results, _ in rows)) == (1000, 51_300)
