"""Eight people at once: no errors, a dense sequence, times that never run backwards."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING

from tests import cast
from tests.entries import said

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from tests.cast import Planted

THREADS, ACTS = 8, 100
FINE = {200, 303, 409}
"""A conflict is an answer: somebody else saved first."""


def busy(client: FlaskClient, planted: Planted, seed: int, answers: list[int]) -> None:
    """A hundred mixed acts of one person."""
    dice, url = random.Random(seed), f"/customers/{planted.customer_id}"  # noqa: S311 - a test's dice
    for number in range(ACTS):
        act = dice.randrange(6)
        if act == 0:
            answer = client.post(url + "/open", data={"purpose": "visit"})
        elif act == 1:
            answer = client.post(url + "/edit", data={"version": "1", "traits": f"{seed}-{number}"})
        elif act == 2:
            answer = client.post(
                url + "/follow-ups", data={"kind": "phone", "text": f"第{number}次"}
            )
        elif act == 3:
            answer = client.post(
                url + "/reveal",
                data={"field": "phone", "purpose": "visit"},
                headers={"HX-Request": "true"},
            )
        else:
            answer = client.get("/customers" if act == 4 else url)
        answers.append(answer.status_code)


def test_eight_people_at_once_make_no_error_and_leave_a_dense_log(app: Flask) -> None:
    planted = cast.planted(app)
    answers: list[int] = []
    threads = []
    for number in range(THREADS):
        client = app.test_client()
        client.post(
            "/sign-in", data={"login": ("zhao", "wang")[number % 2], "password": cast.PASSWORD}
        )
        threads.append(threading.Thread(target=busy, args=(client, planted, number, answers)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == THREADS * ACTS
    assert set(answers) <= FINE, sorted(set(answers) - FINE)
    entries = said(app)
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    assert sorted(entry["at"] for entry in entries) == [entry["at"] for entry in entries]
