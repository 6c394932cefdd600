"""What tests of leaving stand on: the planted card's address, and its contact's mobile."""

from __future__ import annotations

import pytest


@pytest.fixture
def url(planted) -> str:
    return f"/customers/{planted.customer_id}"


@pytest.fixture
def mobile(planted) -> str:
    return f"contact.{planted.contact_id}.mobile"
