"""`python -m bench.scanning`: how long the first look for duplicates takes, and how much memory.

Invented names without sealed values: the numbers of the blind index are not part of it.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

from flask_migrate import upgrade
from sqlalchemy import func, insert, select

from bench.invented import Customers
from crm import clock, create_app
from crm.audit.entry import Actor
from crm.cli.house import make_keys
from crm.crypto import keyring
from crm.customers import saving
from crm.customers.cards import Customer
from crm.customers.duplicates import NearSeen, Pair, scan
from crm.db import db
from crm.web import unit

CHUNK = 5000


def main() -> int:
    """Build, look once at everything, then once at nothing new; print seconds and MiB."""
    parser = argparse.ArgumentParser(prog="bench.scanning", description=__doc__)
    parser.add_argument("--size", type=int, default=100_000)
    size = parser.parse_args().size
    with tempfile.TemporaryDirectory(prefix="kedang-scan-") as folder:
        key = Path(folder) / "key"
        keyring.make_master_key(key)
        app = create_app({"CRM_INSTANCE": f"{folder}/in", "CRM_MASTER_KEY_FILE": str(key)})
        with app.app_context():
            upgrade()
            make_keys()
        with app.test_request_context():
            for start in range(0, size, CHUNK):
                with unit.work():
                    _fill(start, min(size, start + CHUNK))
            before = _memory()
            for word in ("everything", "nothing new"):
                began = time.perf_counter()
                waiting = scan.run(Actor(None, "bench", "-"))
                took = time.perf_counter() - began
                print(f"{word}: {took:.1f} s, {waiting:,} pairs, {_memory() - before:.0f} MiB more")
            seen = db.session.scalar(select(func.count()).select_from(NearSeen))
            pairs = db.session.scalar(select(func.count()).select_from(Pair))
            print(f"{seen:,} names looked at, {pairs:,} pairs kept")
    return 0


def _fill(first: int, last: int) -> None:
    rows = []
    for draft in Customers(last - first, first):
        one = saving.new_customer(draft.name, None)
        one.region = draft.region or ""
        rows.append({
            "id": one.id, "name": one.name, "name_key": one.name_key, "sort_name": one.sort_name,
            "search_text": "", "short_name": "", "credit_code": "", "industry": "",
            "region": one.region, "level": "C", "tags": "", "source": "", "status": "potential",
            "facts": {}, "also_named": "", "last_at": clock.now(), "version": 1,
            "made_at": clock.now(), "verified_on": None, "next_contact": None,
        })  # fmt: skip
    db.session.execute(insert(Customer), rows)


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    raise SystemExit(main())
