"""The demonstration company: invented people, customers, follow-ups and history."""

from __future__ import annotations

from crm.accounts import people
from crm.home.demo_people import CAST, DEMO_PASSWORD
from crm.web import unit


def build_company() -> None:
    """Fill an empty archive. Needs an app context."""
    with unit.work():
        for login, name, role, number, team in CAST:
            people.add(
                login, name, role, DEMO_PASSWORD, team=team, number=number, must_change=False
            )
