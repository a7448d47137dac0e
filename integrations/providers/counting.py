"""What an item counts as: pure functions from raw facts and rules."""

from integrations.ports import Category, DoneRules, Item


def classify(item: Item, rules: DoneRules) -> Category:
    """An unknown status kind counts as to do: work is never done by accident."""
    if item.deleted:
        return Category.LEFT_OUT
    by_kind = rules.status_kinds.get(item.status_kind, Category.TO_DO)
    category = rules.statuses.get(item.status_id, by_kind)
    if category is Category.DONE and item.resolution_id is not None:
        return _by_resolution(item, rules)
    return category


def _by_resolution(item: Item, rules: DoneRules) -> Category:
    chosen = rules.resolutions.get(item.resolution_id or "")
    if chosen is not None:
        return chosen
    names = rules.done_resolutions
    if names is None or (item.resolution_name or "").casefold() in names:
        return Category.DONE
    return Category.LEFT_OUT


def is_leaf(item: Item, rules: DoneRules) -> bool:
    """Whether the item is counted as work of its own: no epic, no sub-task."""
    return rules.types.get(item.type_id, item.level in rules.levels)


def is_unknown(item: Item, rules: DoneRules) -> bool:
    """Whether the item's progress was guessed, which an explanation has to say."""
    return item.status_id not in rules.statuses and item.status_kind not in rules.status_kinds
