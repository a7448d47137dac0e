"""Addresses of goals in the API."""

from typing import Any

from django.urls import path

from lib.api_routes import resource
from okrs.api import (
    check_ins,
    closing,
    comparison,
    coverage,
    cycles,
    key_results,
    limits,
    links,
    objectives,
    templates,
    work,
)

CHECK: dict[str, Any] = {"post": "check"}
ONE_RECORD: dict[str, Any] = {"get": "retrieve", "patch": "partial_update"}

urlpatterns = [
    path("limits/", limits.GoalLimitsOfOrganization.as_view(ONE_RECORD), name="limits"),
    *resource("limit-overrides", limits.LimitOverrides),
    *resource("deferred-objectives", templates.DeferredObjectives),
    *resource("objective-templates", templates.ObjectiveTemplates, start={"post": "start"}),
    *resource("key-result-patterns", templates.KeyResultPatterns),
    *resource("tiers", cycles.Tiers),
    *resource("cycles", cycles.Cycles, move={"post": "move"}),
    *resource("closing-revisions", closing.ClosingRevisions),
    *resource("closed-key-results", closing.ClosedKeyResults),
    *resource("closed-objectives", closing.ClosedObjectives),
    *resource("closed-units", closing.ClosedUnits),
    *resource("objective-retrospectives", closing.ObjectiveRetrospectives),
    *resource("portfolio-retrospectives", closing.PortfolioRetrospectives),
    path("objectives/check/", objectives.Objectives.as_view(CHECK), name="objectives-check"),
    *resource(
        "objectives",
        objectives.Objectives,
        carry_over={"post": "carry_over"},
        move={"post": "move"},
        assess={"post": "assess"},
        explain={"get": "explain"},
        correct={"post": "correct"},
    ),
    *resource("objective-co-owners", objectives.CoOwners),
    *resource("objective-moves", objectives.ObjectiveMoves),
    path("key-results/check/", key_results.KeyResults.as_view(CHECK), name="key-results-check"),
    *resource(
        "key-results",
        key_results.KeyResults,
        explain={"get": "explain"},
        judge={"post": "judge"},
        correct={"post": "correct"},
        weigh={"post": "weigh"},
    ),
    *resource("key-result-versions", key_results.KeyResultVersions),
    *resource("check-ins", key_results.CheckIns),
    *resource("postponements", check_ins.Postponements),
    *resource("hidden-alerts", check_ins.HiddenAlerts),
    path(
        "check-in-settings/",
        check_ins.CheckInSettingsOfOrganization.as_view(ONE_RECORD),
        name="check-in-settings",
    ),
    path("reminder/", check_ins.OwnReminder.as_view(ONE_RECORD), name="reminder"),
    path("owed-check-ins/", check_ins.OwedCheckIns.as_view({"get": "owed"}), name="owed-check-ins"),
    path("goal-alerts/", check_ins.GoalAlerts.as_view({"get": "alerts"}), name="goal-alerts"),
    path("cadences/", check_ins.UnitCadences.as_view({"get": "cadences"}), name="cadences"),
    path(
        "check-in-report/",
        check_ins.CheckInReport.as_view({"get": "report"}),
        name="check-in-report",
    ),
    *resource("milestones", key_results.Milestones),
    *resource("counted-items", key_results.CountedItems),
    *resource("overrides", key_results.Overrides, release={"post": "release"}),
    *resource("shared-placements", key_results.SharedPlacements),
    *resource("score-points", key_results.ScorePoints),
    *resource("unit-scores", key_results.UnitScores),
    *resource("alignments", links.Alignments, answer={"post": "answer_link"}),
    *resource("supports", links.Supports, answer={"post": "answer_link"}),
    *resource("contributions", links.Contributions, answer={"post": "answer_link"}),
    *resource("link-moves", links.LinkMoves),
    *resource("coverage", coverage.Coverage),
    *resource("cycle-comparison", comparison.CycleComparison),
    *resource("alignment-gaps", coverage.AlignmentGaps),
    *resource("dependency-ranking", coverage.DependencyRanking),
    *resource("initiatives", work.Initiatives),
    *resource("initiative-key-results", work.InitiativeKeyResults),
    *resource("dependencies", work.Dependencies, move={"post": "move"}),
    *resource("dependency-moves", work.DependencyMoves),
    *resource("commitments", work.Commitments, move={"post": "move"}),
    *resource("commitment-moves", work.CommitmentMoves),
    *resource("committed-teams", work.CommittedTeams),
]
