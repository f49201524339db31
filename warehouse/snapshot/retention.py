"""Decides what published snapshots are called and which of them may go. Touches no file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

_NAME = re.compile(r"(\d{8})T\d{6}Z(?:-(\d+))?")


def new_name(now: datetime, taken: Collection[str]) -> str:
    """The name of a snapshot published at `now` (UTC): 20260817T060000Z, with -2 and so on behind it if that is taken."""
    name = f"{now:%Y%m%dT%H%M%SZ}"
    return next(one for one in (name, *(f"{name}-{n}" for n in range(2, len(taken) + 3))) if one not in taken)


def is_name(name: str) -> bool:
    """Whether it is a name that `new_name` gives."""
    return _NAME.fullmatch(name) is not None


def to_drop(names: Iterable[str], now: datetime, keep_days: int, *, held: Collection[str]) -> list[str]:
    """Of the snapshots' `names` those to delete: all but the `held` and the last of each of the past `keep_days` days.

    What does not look like a snapshot's name is left alone.
    """
    oldest = f"{now - timedelta(days=keep_days):%Y%m%d}"
    last_of_day: dict[str, tuple[str, int]] = {}
    known = []
    for name in names:
        if found := _NAME.fullmatch(name):
            known.append(name)
            day, rank = found[1], (name.split("-")[0], int(found[2] or 1))
            last_of_day[day] = max(last_of_day.get(day, rank), rank)
    kept = {
        stamp if number == 1 else f"{stamp}-{number}"
        for day, (stamp, number) in last_of_day.items()
        if keep_days and day > oldest
    }
    return sorted(name for name in known if name not in kept and name not in held)
