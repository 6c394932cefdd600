"""The tests' own PostgreSQL: a throw-away cluster on 127.0.0.1, made, started and removed again.

PostgreSQL refuses to serve as root, so root hands it to the account `postgres`. Several
pytest-xdist workers may each have a cluster. Where PostgreSQL is missing a test skips and says so;
in CI it fails.
"""

import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

DEBIAN = Path("/usr/lib/postgresql")
ACCOUNT = "postgres"
ATTEMPTS = 3  # another worker may take the free port between our look and the server's start
CAREFREE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class StartError(Exception):
    """The server did not come up; the message is the end of its log."""


@contextmanager
def cluster(*, durable: bool = False) -> Iterator[str]:
    """Yield the SQLAlchemy URL of a fresh cluster; `durable` keeps fsync on."""
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="kedang-pg-"))
    try:
        _give_away(folder)
        _initialise(binaries, folder)
        port = _start(binaries, folder, durable=durable)
        try:
            yield f"postgresql+psycopg://{ACCOUNT}@127.0.0.1:{port}/postgres"
        finally:
            _run(folder, binaries / "pg_ctl", "stop", "-D", folder / "data", "-m", "immediate")
    finally:
        shutil.rmtree(folder)


def create_database(base_url: str, name: str, template: str | None = None) -> str:
    """Create a database, a copy of `template` if given (nobody may be in it); return its URL."""
    statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template is not None:
        statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
    _execute(base_url, statement)
    return make_url(base_url).set(database=name).render_as_string(hide_password=False)


def drop_database(base_url: str, name: str) -> None:
    """Drop a database whoever is still connected to it."""
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    _execute(base_url, statement)


def missing() -> str | None:
    """Say what a cluster lacks here, or None."""
    if _find_binaries() is None:
        return "PostgreSQL's programs (initdb, pg_ctl) are not installed"
    if _is_root() and not _has_account():
        return f"root needs the account {ACCOUNT!r} to run PostgreSQL"
    return None


def need() -> None:
    """Skip this test where no cluster can run; fail it in CI, which skips nothing."""
    reason = missing()
    if reason and os.environ.get("CI"):
        pytest.fail(f"CI needs PostgreSQL: {reason}")
    if reason:
        pytest.skip(f"PostgreSQL: {reason}")


def _binaries() -> Path:
    need()
    found = _find_binaries()
    assert found is not None
    return found


def _find_binaries() -> Path | None:
    installed = sorted(DEBIAN.glob("*/bin/initdb"), key=_version)
    if installed:
        return installed[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def _version(program: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", program.parts[-3]))


def _is_root() -> bool:
    return os.geteuid() == 0


def _has_account() -> bool:
    return any(entry.pw_name == ACCOUNT for entry in pwd.getpwall())


def _give_away(folder: Path) -> None:
    if _is_root():
        shutil.chown(folder, ACCOUNT, ACCOUNT)


def _initialise(binaries: Path, folder: Path) -> None:
    options = ("-A", "trust", "-U", ACCOUNT, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    done = _run(folder, binaries / "initdb", "-D", folder / "data", *options)
    if done.returncode:
        raise StartError(done.stdout)


def _start(binaries: Path, folder: Path, *, durable: bool) -> int:
    start = (binaries / "pg_ctl", "start", "-w", "-D", folder / "data", "-l", folder / "log")
    for _ in range(ATTEMPTS):
        port = _free_port()
        if _run(folder, *start, "-o", _options(port, durable=durable)).returncode == 0:
            return port
    raise StartError((folder / "log").read_text()[-2000:])


def _options(port: int, *, durable: bool) -> str:
    settings = ["listen_addresses=127.0.0.1", f"port={port}", "unix_socket_directories="]
    settings += [] if durable else CAREFREE
    return " ".join(f"-c {setting}" for setting in settings)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _run(folder: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs where its account may be, without our own settings.

    The output goes to a file: a pipe would stay open for as long as the server that pg_ctl leaves
    behind.
    """
    account = ACCOUNT if _is_root() else None
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            command,
            user=account,
            group=account,
            extra_groups=[] if account else None,
            cwd=folder,
            env=_environment(),
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        output.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, output.read())


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _execute(base_url: str, statement: sql.Composed) -> None:
    address = make_url(base_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement)
