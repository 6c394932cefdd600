"""Gates: what comes before everything else – a new password, a second factor, the pledge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, g, redirect, request

if TYPE_CHECKING:
    from flask import Flask
    from flask.typing import ResponseReturnValue


def install(app: Flask) -> None:
    """Stand before every view, in this order."""
    app.before_request(_first_change_the_password)
    app.before_request(_then_set_up_a_second_factor)
    app.before_request(_then_make_the_pledge)


def _first_change_the_password() -> ResponseReturnValue | None:
    viewer = g.get("viewer")
    due = viewer and viewer.must_change and request.endpoint not in CHANGING
    return redirect("/me/password") if due else None


CHANGING = frozenset({"static", "home.password", "home.sign_out", "home.language", "home.healthz"})
"""What a person may reach before the first password has been changed."""


def _then_set_up_a_second_factor() -> ResponseReturnValue | None:
    """A post that may open needs one before anything else; what may be reached stands below."""
    viewer = g.get("viewer")
    if viewer is None or viewer.second_factor or request.endpoint in SETTING_UP:
        return None
    must = viewer.role in current_app.extensions["kedang.must_prove"]
    return redirect("/me/second-factor") if must else None


SETTING_UP = CHANGING | {
    "home.second_factor",
    "home.begin_code",
    "home.confirm_code",
    "home.new_passkey",
    "home.add_passkey",
    "home.confirm",
    "home.confirm_with_passkey",
}
"""What a person may reach before a second factor has been set up: its own pages."""


def _then_make_the_pledge() -> ResponseReturnValue | None:
    viewer = g.get("viewer")
    due = viewer and not viewer.pledged and request.endpoint not in PLEDGING
    return redirect("/me/pledge") if due else None


PLEDGING = SETTING_UP | {"home.pledged"}
"""What a person may reach before they have acknowledged 保密承诺与监测告知, once a year."""
