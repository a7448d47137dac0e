"""Growth on paper: nobody is lost between cells, and every job is served once."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.costs import Costs, as_toml, read_costs
from bench.growth import report
from bench.growth.capacity import Habits, Machine, capacity
from bench.growth.neighbours import ProductRules, each_kind
from bench.growth.placement import Cell, Fleet, Life, Policy, story, who_goes
from bench.growth.queueing import Job, Rules, simulate, throttled
from bench.growth.report import DOC, put
from bench.growth.rules import product_rules
from bench.growth.run import tables

SMALL = Policy(capacity=1000)


def fleet(seed: int, policy: Policy = SMALL) -> Fleet:
    return Fleet(policy, Life(largest=900), Random(seed))  # noqa: S311 (no secret)


# --- Cells ------------------------------------------------------------------------------------
@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    arriving=st.lists(st.integers(0, 40), min_size=1, max_size=12),
    moves=st.integers(1, 6),
)
def test_every_organisation_is_in_one_cell(seed: int, arriving: list[int], moves: int) -> None:
    cells = fleet(seed, Policy(capacity=1000, moves=moves))
    cells.arrive(35)
    for newcomers in arriving:
        month = cells.month(newcomers)
        there = [pk for cell in cells.cells for pk in cell.members]
        assert sorted(there) == sorted(cells.homes)
        assert len(there) == cells.arrived - cells.left
        assert all(pk in cells.cells[number].members for pk, number in cells.homes.items())
        assert [cell.load for cell in cells.cells] == [
            sum(cell.members.values()) for cell in cells.cells
        ]
        assert month.moves <= moves * len(cells.cells)


def test_the_same_seed_tells_the_same_story() -> None:
    first, second = (list(story(3, SMALL, seed=1, months=3)) for _ in range(2))
    assert first == second


def test_a_newcomer_goes_to_the_emptiest_cell_with_room() -> None:
    cells = fleet(1)
    for size in (600, 300, 200):
        cells.arrive(size)
    assert cells.homes == {1: 0, 2: 1, 3: 1}


def test_a_cell_is_opened_when_none_has_room() -> None:
    cells = fleet(1)
    for size in (600, 200):
        cells.arrive(size)
    assert cells.homes == {1: 0, 2: 1}


def test_who_is_larger_than_a_cell_takes_newcomers_to_has_one_alone() -> None:
    cells = fleet(1)
    cells.arrive(35)
    cells.arrive(900)
    cells.arrive(35)
    assert cells.homes == {1: 0, 2: 1, 3: 0}


def test_a_cell_above_the_mark_hands_on_the_smallest_that_suffices() -> None:
    cells = fleet(1)
    for size in (300, 200, 100):
        cells.arrive(size)
    cells.cells[0].members[1] = 600
    cells.cells[0].load = 900
    assert cells.relieve(cells.cells[0]) == 1
    assert cells.homes == {1: 0, 2: 1, 3: 0}


def test_a_cell_below_the_mark_hands_nobody_on() -> None:
    cells = fleet(1)
    cells.arrive(700)
    assert cells.relieve(cells.cells[0]) == 0


def test_the_largest_stays_and_others_go() -> None:
    assert who_goes(Cell(0, {1: 800, 2: 60, 3: 40}, 900), surplus=150) == 2


# --- Queues -----------------------------------------------------------------------------------
PLAIN = Rules(queues={"job": "all", "run": "all"})


def job(at: float, seconds: float, organization: int = 1, *, is_run: bool = False) -> Job:
    kind = "run" if is_run else "job"
    return Job(organization=organization, kind=kind, at=at, seconds=seconds, is_run=is_run)


def waited(jobs: list[Job], rules: Rules, workers: int) -> list[float]:
    """Seconds of each job, in the order of the list."""
    served = {id(one.job): one.waited for one in simulate(jobs, rules, workers)}
    return [served[id(one)] for one in jobs]


@settings(deadline=None)
@given(
    jobs=st.lists(
        st.builds(
            job,
            st.floats(0, 50),
            st.floats(0.01, 30),
            st.integers(1, 3),
            is_run=st.booleans(),
        ),
        max_size=30,
    ),
    workers=st.integers(1, 3),
    at_once=st.none() | st.integers(1, 2),
)
def test_every_job_is_served_once_and_not_before_it_came(
    jobs: list[Job], workers: int, at_once: int | None
) -> None:
    queues = {"job": "a", "run": "b"}
    rules = Rules(queues=queues, turn=7.0, short_turn=2.0, page=0.7, runs_at_once=at_once)
    served = simulate(jobs, rules, workers)
    assert Counter(id(one.job) for one in served) == Counter(map(id, jobs))
    assert all(one.waited >= 0 and one.took >= one.job.seconds - 1e-6 for one in served)


def test_one_plain_queue_serves_in_the_order_of_coming() -> None:
    assert waited([job(0, 10), job(1, 1), job(2, 1)], PLAIN, 1) == [0, 9, 9]


def test_queues_are_taken_from_in_turn() -> None:
    rules = Rules(queues={"job": "a", "run": "b"})
    runs = [job(1, 10, is_run=True), job(1, 10, is_run=True)]
    assert waited([job(0, 5), *runs, job(2, 1)], rules, 1) == [0, 4, 15, 13]


def test_a_long_run_gives_its_worker_back() -> None:
    rules = Rules(queues={"job": "a", "run": "b"}, turn=20.0)
    assert waited([job(0, 100, is_run=True), job(1, 1)], rules, 1) == [0, 19]


def test_a_long_run_makes_room_between_two_pages_for_who_waits() -> None:
    rules = Rules(queues={"job": "a", "run": "b"}, turn=20.0, short_turn=2.0, page=0.5)
    jobs = [job(0, 100, is_run=True), job(1, 1), job(12.2, 1)]
    assert waited(jobs, rules, 1) == pytest.approx([0, 1, 0.3])


def test_no_kind_of_worker_takes_the_work_of_another() -> None:
    background = Rules(queues={"job": "a", "run": "b"})
    rules = ProductRules(
        background=background, workers=(["a"], ["b", "c"]), api_requests=1, api_window=1.0
    )
    served = each_kind([job(0, 50, is_run=True), job(0, 50, is_run=True), job(1, 1)], rules, 1)
    assert [(one.job.kind, one.waited) for one in served] == [("job", 0), ("run", 0), ("run", 50)]


def test_an_organisation_has_so_many_runs_at_work() -> None:
    rules = Rules(queues={"job": "a", "run": "b"}, runs_at_once=2, comes_in=5.0)
    noise = [job(0, 12, organization=0, is_run=True) for _ in range(3)]
    assert waited([*noise, job(1, 1, is_run=True)], rules, 3) == [0, 0, 15, 0]


def test_a_long_backlog_enters_the_queue_in_turns_with_others() -> None:
    rules = Rules(queues={"job": "a"}, depths={"a": 4})
    noise = [job(0, 1, organization=0) for _ in range(50)]
    assert waited([*noise, job(0.5, 1, organization=1)], rules, 1)[-1] == 4.5


def test_requests_over_the_rate_are_refused_and_not_counted() -> None:
    asked = [job(at, 1.0) for at in (0, 1, 2, 59, 60, 61)]
    found = throttled(asked, requests=2, window=60, refusal=0.1)
    assert [one.seconds for one in found] == [1, 1, 0.1, 0.1, 1, 1]


def test_the_rules_are_those_of_the_product() -> None:
    rules = product_rules()
    assert (rules.api_requests, rules.api_window) == (1200, 60)
    assert sorted(rules.background.queues.values()) == ["default", "soon", "sync"]
    assert (rules.background.turn, rules.background.short_turn) == (20, 2)
    assert (rules.background.runs_at_once, rules.background.look_again) == (2, 0.2)
    assert rules.background.depths == {"default": 100, "soon": 4, "sync": 4}
    assert rules.workers == (("outbox", "default"), ("soon", "sync", "pulse"))


# --- One machine ------------------------------------------------------------------------------
COSTS = Costs(
    conditions="by hand",
    page_ms=40, page_largest_ms=80, api_ms=20, refused_ms=5, check_in_ms=60, follow_up_ms=40,
    issue_first_ms=4, issue_again_ms=1,
    process_bytes=100_000_000, session_bytes=10_000_000,
    key_result_bytes=20_000, check_in_bytes=2_000, issue_bytes=1_000,
)  # fmt: skip


def test_the_arithmetic_of_one_machine() -> None:
    found = capacity(COSTS, Machine(), Habits(), web=3, threads=4)
    # 8 people × 20 pages × 40 ms + 100 lists × 20 ms + 7 check-ins × 100 ms
    assert found.people_seconds == pytest.approx(9.1)
    # 48 readings × 100 issues × 1 ms + 35 changed issues × 4 ms
    assert found.sync_seconds == pytest.approx(4.94)
    assert found.busy_seconds == pytest.approx(9.1 * 0.2 + 4.94 / 24)
    # 2 cores × 3600 s × 0.6
    assert found.organizations == int(4320 / found.busy_seconds) == 2132
    assert (found.people, found.key_results) == (17_056, 74_620)
    assert (found.check_ins, found.items) == (14_924, 74_620)
    # 3 × 4 threads, two roles of two worker processes, one of two that sync, one for chores
    assert found.connections == 19
    # 2.25 GB of servers, thirteen processes, nineteen sessions
    assert found.memory_bytes == 2_250_000_000 + 1_300_000_000 + 190_000_000
    # 250 days of 7 × 2 kB and 35 × 1 kB
    assert found.disk_bytes_a_year == 2132 * 12_250_000


def test_costs_are_read_as_they_were_written(tmp_path_factory: pytest.TempPathFactory) -> None:
    page = tmp_path_factory.mktemp("costs") / "costs.toml"
    page.write_text(as_toml(COSTS))
    assert read_costs(page) == COSTS


# --- The page ---------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["costs", "capacity", "neighbours"])
def test_the_page_has_the_tables_as_they_are_worked_out(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "FLEETS", ())
    page = DOC.read_text()
    assert put(page, name, dict(tables())[name]) == page


def test_a_page_without_a_place_for_a_table_is_refused() -> None:
    with pytest.raises(ValueError, match="no place for costs"):
        put("# Scale", "costs", "")
