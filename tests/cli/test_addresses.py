"""The address that `crm run` says it is found at, when none is set."""

from __future__ import annotations

import pytest

from crm.cli.house import _address


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8123"),
        ("0.0.0.0", "http://127.0.0.1:8123"),  # noqa: S104 - a word of the command line
        ("::", "http://127.0.0.1:8123"),
        ("192.168.1.9", "http://192.168.1.9:8123"),
        ("fd00::9", "http://[fd00::9]:8123"),
        ("kedang.lan", "http://kedang.lan:8123"),
    ],
)
def test_links_name_where_a_browser_finds_the_program(host: str, address: str) -> None:
    assert _address(host, 8123) == address
