"""Nightly: every chore has its turn, whatever becomes of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crm import clock, nightly

if TYPE_CHECKING:
    from flask import Flask


def fail() -> None:
    raise ZeroDivisionError("0571-88331199")


def test_a_chore_that_fails_keeps_no_other_from_its_turn_and_is_tried_again(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    chores = {"first": fail, "second": lambda: "done"}
    with app.test_request_context():
        assert nightly.run(chores) == {"second": "done"}
        assert "first failed tonight: ZeroDivisionError" in caplog.text
        assert "0571" not in caplog.text
        assert nightly.run(chores) == {}, "one is done for today, the other waits for its lease"
        with clock.turned(nightly.TAKEN):
            assert nightly.run({"first": lambda: "at last"}) == {"first": "at last"}
