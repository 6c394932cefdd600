"""What these tests stand on beside the rest: commands run in this process change its address."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def address(monkeypatch: pytest.MonkeyPatch) -> None:
    """`crm run` tells the process where it serves: afterwards it serves nowhere again."""
    monkeypatch.setenv("CRM_PUBLIC_URL", "")
