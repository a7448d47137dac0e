"""Addresses of goals: objectives, key results, what links them, and their cycles."""

from django.urls import URLPattern, path

from okrs.views import (
    alignments,
    check_ins,
    closing,
    commitments,
    comparison,
    cycles,
    dependencies,
    initiatives,
    key_results,
    learning,
    limits,
    objectives,
    starting,
    templates,
    values,
    writing,
)

OBJECTIVES: list[URLPattern] = [
    path("objectives/", objectives.objectives, name="objectives"),
    path("objectives/export.csv", objectives.objectives_csv, name="objectives-csv"),
    path("objectives/new/", objectives.create_objective, name="create-objective"),
    path("objectives/new/earlier/", starting.choose_earlier, name="earlier-objectives"),
    path("objectives/new/templates/", starting.choose_template, name="choose-template"),
    path("objectives/check/", writing.check_objective_draft, name="check-objective"),
    path("objectives/deferred/", starting.deferred, name="deferred"),
    path("objectives/deferred/export.csv", starting.deferred_csv, name="deferred-csv"),
    path("objectives/<uuid:pk>/", objectives.objective, name="objective"),
    path("objectives/<uuid:pk>/results/", objectives.objective_results, name="objective-results"),
    path("objectives/<uuid:pk>/continue/", starting.continue_objective, name="continue-objective"),
    path("objectives/<uuid:pk>/edit/", objectives.edit_objective, name="edit-objective"),
    path("objectives/<uuid:pk>/move/", objectives.move_objective, name="move-objective"),
    path("objectives/<uuid:pk>/assess/", objectives.assess_objective, name="assess-objective"),
    path("objectives/<uuid:pk>/correct/", closing.correct_objective, name="correct-objective"),
    path(
        "objectives/<uuid:pk>/retrospective/",
        learning.objective_retrospective,
        name="objective-retrospective",
    ),
    path("objectives/<uuid:pk>/archive/", objectives.archive_objective, name="archive-objective"),
    path("objectives/<uuid:pk>/restore/", objectives.restore_objective, name="restore-objective"),
    path("objectives/<uuid:pk>/co-owners/", objectives.add_co_owner, name="add-co-owner"),
    path("co-owners/<uuid:pk>/remove/", objectives.remove_co_owner, name="remove-co-owner"),
    path("objectives/<uuid:pk>/align/", alignments.align_objective, name="align-objective"),
    path("objectives/<uuid:pk>/support/", alignments.support_key_result, name="support-key-result"),
    path("objectives/<uuid:pk>/share/", alignments.share_key_result, name="share-key-result"),
    path("placements/<uuid:pk>/remove/", alignments.unshare_key_result, name="unshare-key-result"),
    path("alignments/<uuid:pk>/answer/", alignments.answer_alignment, name="answer-alignment"),
    path("supports/<uuid:pk>/answer/", alignments.answer_support, name="answer-support"),
    path("objectives/<uuid:pk>/commitment/", commitments.commitment, name="commitment"),
    path("commitments/<uuid:pk>/move/", commitments.move_commitment, name="move-commitment"),
    path("commitments/<uuid:pk>/teams/", commitments.commit_team, name="commit-team"),
    path("committed-teams/<uuid:pk>/", commitments.edit_committed_team, name="edit-committed-team"),
    path(
        "committed-teams/<uuid:pk>/remove/",
        commitments.remove_committed_team,
        name="remove-committed-team",
    ),
]
KEY_RESULTS: list[URLPattern] = [
    path(
        "objectives/<uuid:pk>/key-results/new/",
        key_results.create_key_result,
        name="create-key-result",
    ),
    path(
        "objectives/<uuid:pk>/key-results/check/",
        writing.check_key_result_draft,
        name="check-key-result",
    ),
    path("key-results/<uuid:pk>/", key_results.key_result, name="key-result"),
    path("key-results/<uuid:pk>/edit/", key_results.edit_key_result, name="edit-key-result"),
    path(
        "key-results/<uuid:pk>/archive/", key_results.archive_key_result, name="archive-key-result"
    ),
    path(
        "key-results/<uuid:pk>/restore/", key_results.restore_key_result, name="restore-key-result"
    ),
    path("key-results/<uuid:pk>/check-in/", key_results.check_in, name="check-in"),
    path("key-results/<uuid:pk>/postpone/", check_ins.postpone, name="postpone"),
    path("key-results/<uuid:pk>/take-up/", check_ins.take_up_again, name="take-up-again"),
    path("key-results/<uuid:pk>/alerts/<str:kind>/", check_ins.hide_alert, name="hide-alert"),
    path("key-results/<uuid:pk>/contribute/", alignments.contribute, name="contribute"),
    path(
        "key-results/<uuid:pk>/weigh/", alignments.weigh_contributions, name="weigh-contributions"
    ),
    path(
        "contributions/<uuid:pk>/answer/",
        alignments.answer_contribution,
        name="answer-contribution",
    ),
    path("key-results/<uuid:pk>/override/", values.set_override, name="set-override"),
    path("overrides/<uuid:pk>/release/", values.release_override, name="release-override"),
    path("key-results/<uuid:pk>/milestones/", values.add_milestone, name="add-milestone"),
    path("milestones/<uuid:pk>/", values.edit_milestone, name="edit-milestone"),
    path("milestones/<uuid:pk>/tick/", values.tick_milestone, name="tick-milestone"),
    path("milestones/<uuid:pk>/archive/", values.archive_milestone, name="archive-milestone"),
    path("key-results/<uuid:pk>/counted/", values.add_counted_item, name="add-counted-item"),
    path("counted/<uuid:pk>/", values.edit_counted_item, name="edit-counted-item"),
    path("counted/<uuid:pk>/archive/", values.archive_counted_item, name="archive-counted-item"),
    path("key-results/<uuid:pk>/judge/", cycles.judge_key_result, name="judge-key-result"),
    path("key-results/<uuid:pk>/correct/", closing.correct_key_result, name="correct-key-result"),
]
WORK: list[URLPattern] = [
    path("initiatives/", initiatives.initiatives, name="initiatives"),
    path("initiatives/export.csv", initiatives.initiatives_csv, name="initiatives-csv"),
    path("initiatives/new/", initiatives.create_initiative, name="create-initiative"),
    path("initiatives/<uuid:pk>/", initiatives.initiative, name="initiative"),
    path("initiatives/<uuid:pk>/edit/", initiatives.edit_initiative, name="edit-initiative"),
    path(
        "initiatives/<uuid:pk>/archive/", initiatives.archive_initiative, name="archive-initiative"
    ),
    path(
        "initiatives/<uuid:pk>/restore/", initiatives.restore_initiative, name="restore-initiative"
    ),
    path("initiatives/<uuid:pk>/drive/", initiatives.drive_key_result, name="drive-key-result"),
    path("drives/<uuid:pk>/remove/", initiatives.stop_driving, name="stop-driving"),
    path("dependencies/", dependencies.dependencies, name="dependencies"),
    path("dependencies/new/", dependencies.ask_dependency, name="ask-dependency"),
    path("dependencies/<uuid:pk>/", dependencies.dependency, name="dependency"),
    path("dependencies/<uuid:pk>/edit/", dependencies.edit_dependency, name="edit-dependency"),
    path(
        "dependencies/<uuid:pk>/answer/", dependencies.answer_dependency, name="answer-dependency"
    ),
]
CYCLES: list[URLPattern] = [
    path("cycles/", cycles.cycles, name="cycles"),
    path("cycles/new/", cycles.create_cycle, name="create-cycle"),
    path("cycles/compare/", comparison.compare_cycles, name="compare-cycles"),
    path("cycles/compare/export.csv", comparison.compare_cycles_csv, name="compare-cycles-csv"),
    path("cycles/<uuid:pk>/edit/", cycles.edit_cycle, name="edit-cycle"),
    path("cycles/<uuid:pk>/move/", cycles.move_cycle, name="move-cycle"),
    path("cycles/<uuid:pk>/close/", cycles.close_cycle, name="close-cycle"),
    path(
        "cycles/<uuid:cycle>/learned/<uuid:pk>/",
        learning.portfolio_learned,
        name="portfolio-learned",
    ),
    path(
        "cycles/<uuid:cycle>/learned/<uuid:pk>/edit/",
        learning.write_portfolio_learned,
        name="write-portfolio-learned",
    ),
    path("tiers/<uuid:pk>/", cycles.edit_tier, name="edit-tier"),
]
METHOD: list[URLPattern] = [
    path("limits/", limits.limits, name="limits"),
    path("templates/", templates.template_list, name="templates"),
    path("templates/new/", templates.create_template, name="create-template"),
    path("templates/<uuid:pk>/", templates.template, name="template"),
    path("templates/<uuid:pk>/edit/", templates.edit_template, name="edit-template"),
    path("templates/<uuid:pk>/archive/", templates.archive_template, name="archive-template"),
    path("templates/<uuid:pk>/restore/", templates.restore_template, name="restore-template"),
    path("templates/<uuid:pk>/patterns/", templates.add_pattern, name="add-pattern"),
    path("templates/<uuid:pk>/start/", starting.start_from_template, name="start-from-template"),
    path("patterns/<uuid:pk>/", templates.edit_pattern, name="edit-pattern"),
    path("patterns/<uuid:pk>/archive/", templates.archive_pattern, name="archive-pattern"),
]
GOALS: list[URLPattern] = [*OBJECTIVES, *KEY_RESULTS, *WORK, *CYCLES, *METHOD]
