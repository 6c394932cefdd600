"""start-windows.bat does what `make run` does, in words that a Windows console can show."""

from __future__ import annotations

import re

import pytest

from tests.architecture.sources import ROOT

SCRIPT = ROOT / "start-windows.bat"


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return SCRIPT.read_bytes().decode("utf-8").split("\r\n")


@pytest.fixture(scope="module")
def recipe() -> str:
    """What the Makefile runs to install and to start."""
    return (ROOT / "Makefile").read_text()


def options(text: str) -> list[str]:
    """What follows `$(PIP) ` or `%PIP% ` in a line that installs."""
    return re.findall(r"(?:\$\(PIP\)|%PIP%) (install[^|\n\r]*?)\s*(?:\|\|.*)?$", text, re.MULTILINE)


def test_it_installs_exactly_as_the_makefile_does(lines: list[str], recipe: str):
    installs = recipe.partition("$(RUNNABLE):")[2].partition("$(TESTABLE):")[0]
    assert options("\n".join(lines)) == options(installs) != []
    pip = re.search(r"^PIP +:= \$\(BIN\)/python (.*)$", recipe, re.MULTILINE)
    assert pip
    assert f'set "PIP=%BIN%\\python {pip[1]}"' in lines


def test_it_asks_for_the_python_that_the_makefile_asks_for(lines: list[str], recipe: str):
    check = "import sys; sys.exit(sys.version_info < (3, 11))"
    assert check in recipe
    assert f'py -3 -c "{check}" || goto :nopython' in lines
    assert "py -3 -m venv" in "\n".join(lines)


def test_it_starts_the_program_with_what_make_run_passes(lines: list[str], recipe: str):
    assert '"%BIN%\\crm" run --no-demo %*' in lines
    assert "$(BIN)/crm run $(RUN_FLAGS)" in recipe
    assert "--no-demo" in recipe


def test_every_line_ends_as_windows_wants_it(lines: list[str]):
    """Cmd loses its place at labels in a file with bare line feeds."""
    assert lines[-1] == ""
    assert not any("\n" in line or "\r" in line for line in lines)
    assert "*.bat -text" in (ROOT / ".gitattributes").read_text()


def test_nothing_but_ascii_stands_before_the_code_page_is_set(lines: list[str]):
    at = lines.index("chcp 65001 >nul")
    assert all(line.isascii() for line in lines[: at + 1])
    assert not SCRIPT.read_bytes().startswith(b"\xef\xbb\xbf")


def test_every_failure_leads_to_a_sentence_in_both_languages_and_waits(lines: list[str]):
    """Chinese stands only after `echo`: in a command cmd would cut it in the wrong place."""
    labels = {line[1:] for line in lines if re.fullmatch(r":\w+", line)}
    gone_to = set(re.findall(r"goto :(\w+)", "\n".join(lines)))
    assert gone_to | {"wait"} == labels
    for label in labels - {"run", "wait"}:
        at = lines.index(f":{label}")
        said = lines[at + 1 : at + 5]
        assert any(line.startswith("echo ") and line.isascii() for line in said), label
        assert any(not line.isascii() for line in said), label
    assert all(line.startswith("echo ") for line in lines if not line.isascii())
    at = lines.index(":wait")
    assert lines[at + 1] == "pause"
