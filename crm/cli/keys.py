"""`crm keys`: where the keys stand, rotating them while people work, retiring an old one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from crm.audit import log
from crm.cli import archive, as_json, main, result
from crm.crypto import keyring, rotation
from crm.db import scrub
from crm.web import unit

if TYPE_CHECKING:
    from uuid import UUID

BREATH = 0.01
"""Seconds at least between two batches; usually as long as the batch took, so that whoever waits
for the writer's lock – SQLite only polls for it – finds it free half of the time."""
TOLD_EVERY = 5_000


@main.group(name="keys")
def group() -> None:
    """Keys: their states, rotation, retiring, the master key."""


@group.command()
@as_json
def status(*, as_json: bool) -> None:
    """Print every key's version, state and suite, and how many data keys it wraps."""
    with archive():
        keyring.current().key(keyring.RECORD)  # with another master key, nothing is told
        found = rotation.states()
    lines = [
        f"{one['purpose']:<7} {one['version']:>3}  {one['state']:<13} {one['suite']:<12}"
        f" {one['made_at']:%Y-%m-%d}"
        + ("" if one["data_keys"] is None else f"  {one['data_keys']:,} data keys")
        for one in found
    ]
    result(found, "\n".join(lines), as_json=as_json)


@group.command()
@as_json
def rotate(*, as_json: bool) -> None:
    """Wrap every data key with a new key, while people work; cut off, run it again."""
    with archive():
        version, done = turn()
    result(
        {"version": version, "rewrapped": done, "left": 0},
        f"Version {version} is primary; {done:,} data keys were wrapped anew, none is left.",
        as_json=as_json,
    )


def turn() -> tuple[int, int]:
    """Rotate to the end, or go on with what was cut off; the version and how many were wrapped.

    Raises ValueError when data keys are damaged, after all others have been wrapped.
    """
    ring = keyring.current()
    with unit.work():
        version = rotation.begin(ring)
    with unit.work():
        if rotation.promote(version):
            log.say("key_rotated", subject_type="key", detail={"version": version})
    done, spoilt = _rewrapped(version)
    with unit.work():
        log.say(
            "key_rewrapped",
            subject_type="key",
            detail={"version": version, "data_keys": done, "damaged": len(spoilt)},
        )
    if spoilt:
        named = ", ".join(sorted(map(str, spoilt))[:5])
        raise ValueError(f"{len(spoilt)} data keys are damaged and keep their old version: {named}")
    return version, done


def _rewrapped(version: int) -> tuple[int, set[UUID]]:
    """Batch after batch until none is left: somebody may still have sealed with the old key."""
    ring, done, told = keyring.current(), 0, 0
    spoilt: set[UUID] = set()
    with unit.work():
        total = rotation.left()
    while True:
        begun = time.perf_counter()
        with unit.work():
            some = rotation.rewrap(ring, spoilt)
        if not some:
            return done - len(spoilt), spoilt
        done += some
        if done - told >= TOLD_EVERY:
            told = done
            click.echo(f"version {version}: {done:,} of {max(total, done):,}", err=True)
        time.sleep(max(BREATH, time.perf_counter() - begun))


@group.command()
@click.argument("version", type=click.IntRange(1, 32767))
@as_json
def retire(version: int, *, as_json: bool) -> None:
    """Destroy an old key for good; refused while any data key is wrapped by it."""
    with archive():
        keyring.current().key(keyring.RECORD)
        with unit.work():
            rotation.retire(version)
            log.say("key_retired", subject_type="key", detail={"version": version})
        clean = scrub("keys")
    told = "" if clean else " (somebody was reading: old copies go with the next write)"
    result(
        {"version": version, "state": keyring.RETIRED, "scrubbed": clean},
        f"Version {version} is retired: it opens nothing any more.{told}",
        as_json=as_json,
    )
