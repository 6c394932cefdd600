"""Customers: the archive itself – cards, contacts, follow-ups, history, import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm.disclosure.opened import is_sealed

if TYPE_CHECKING:
    from flask import Flask


def install(app: Flask) -> None:
    """Add the archive's pages."""
    from crm.customers.views import (
        attempts,
        binned,
        bp,
        cards,
        consents,
        contributions,
        correcting,
        deciding,
        duplicates,
        edit,
        exports,
        fields,
        follow_ups,
        handover,
        history,
        imports,
        intake,
        lists,
        papers,
        pictures,
        pool,
        purchase_imports,
        purchases,
        stale,
        subjects,
        today,
    )

    app.register_blueprint(bp)
    app.add_template_test(is_sealed, "sealed")
