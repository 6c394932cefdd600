"""Advice: what the figures of one customer suggest, in a sentence; one rule a function.

Nothing is guessed: each rule speaks of what was bought, and each sentence carries its figure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _

if TYPE_CHECKING:
    from collections.abc import Callable

    from crm.customers.purchases.analysis import Analysis

    Rule = Callable[[Analysis], str | None]

REGULAR = 3
"""So many purchases make a rhythm."""
LATE = 1.2
"""So many times the usual distance without a purchase is late."""
SOON = 7
"""Days before the usual day on which to get in touch."""
MAIN_SHARE = 60
"""From so many percent on a category is what this customer buys."""
CHANGE = 20
"""From so many percent on a year is better or worse than the one before."""


def overdue(figures: Analysis) -> str | None:
    """The usual distance has long gone by."""
    if figures.count < REGULAR or not figures.every or figures.days_ago <= figures.every * LATE:
        return None
    return _(
        "平均 %(every)s 天买一次，已 %(ago)s 天没买，建议本周联系。",
        every=figures.every,
        ago=figures.days_ago,
    )


def due_soon(figures: Analysis) -> str | None:
    """The usual day is near."""
    if figures.count < REGULAR or not figures.every:
        return None
    left = figures.every - figures.days_ago
    if not 0 <= left <= SOON:
        return None
    return _(
        "平均 %(every)s 天买一次，离下次大约还有 %(left)s 天，可以先问问备货。",
        every=figures.every,
        left=left,
    )


def main_category(figures: Analysis) -> str | None:
    """One category is most of what is bought."""
    if figures.count_this_year < REGULAR or not figures.categories:
        return None
    name, _amount, share = figures.categories[0]
    if share < MAIN_SHARE or len(figures.categories) == 1:
        return None
    return _(
        "近一年 %(share)s%% 买的是%(name)s，可以推荐%(name)s的配套和新品。", share=share, name=name
    )


def only_category(figures: Analysis) -> str | None:
    """All that is bought is of one category."""
    if figures.count_this_year < REGULAR or len(figures.categories) != 1:
        return None
    return _(
        "近一年 %(n)s 笔都是%(name)s，可以介绍别的品类。",
        n=figures.count_this_year,
        name=figures.categories[0][0],
    )


def less(figures: Analysis) -> str | None:
    """The last 365 days brought clearly less than the 365 before."""
    change = _change(figures)
    if change is None or change > -CHANGE:
        return None
    return _("近一年比上一年少买 %(n)s%%，拜访时问问原因。", n=-change)


def more(figures: Analysis) -> str | None:
    """The last 365 days brought clearly more than the 365 before."""
    change = _change(figures)
    if change is None or change < CHANGE:
        return None
    return _("近一年比上一年多买 %(n)s%%，可以谈年度合作。", n=change)


def silent(figures: Analysis) -> str | None:
    """Nothing for a year."""
    if not figures.count or figures.count_this_year:
        return None
    return _("已 %(ago)s 天没有购买，建议做一次回访。", ago=figures.days_ago)


def _change(figures: Analysis) -> int | None:
    if not figures.year_before or not figures.this_year:
        return None
    return round((figures.this_year - figures.year_before) * 100 / figures.year_before)


RULES: tuple[Rule, ...] = (
    overdue, due_soon, silent, main_category, only_category, less, more,
)  # fmt: skip
"""In the order in which they are read."""


def advice(figures: Analysis) -> list[str]:
    """What the figures suggest; nothing where they suggest nothing."""
    return [sentence for rule in RULES if (sentence := rule(figures))]
