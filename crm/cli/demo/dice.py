"""The dice: chance with a seed, so that the same day tells the same story."""

from __future__ import annotations

from random import Random

__all__ = ["Random", "perhaps", "seeded"]


def seeded(seed: int) -> Random:
    """Dice that fall the same way each time."""
    return Random(seed)  # noqa: S311 - no secrets hang on it


def perhaps(rng: Random, chance: float) -> bool:
    """Whether something happens that has this chance."""
    return rng.random() < chance
