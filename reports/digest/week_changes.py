"""What is different from last week: stories begun, told more widely or further on, come back, gone quiet. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reports.digest.digest import Change, Citation, Item, Restatement
from warehouse.queries.story_history import Before, Quiet
from warehouse.store.issues import IssueRecord

MOST_CHANGES = 5  # one line of six is for what is restated
ESCALATED, RESURFACED, QUIET = 2, 1, 1


def what_changed(
    items: Sequence[Item],
    counted: tuple[int, int],
    before: Mapping[int, Before],
    resurfaced: set[int],
    quiet: Sequence[Quiet],
    cited: Mapping[int, Citation],
) -> tuple[Change, ...]:
    """At most five changes. `items` are the stories told as news; `counted` how many stories the week has, and how many of
    them began in it; `cited` the articles that stand for the quiet ones."""
    begun = [item for item in items if item.is_new]
    went_on = [item for item in items if item.story_id in before]
    back = [item for item in went_on if item.story_id in resurfaced]
    escalated = [item for item in went_on if item not in back and _escalated(item, before[item.story_id])]
    changes = [_change("new", item, *counted) for item in begun[:1]]
    changes += [_escalation(item, before[item.story_id]) for item in escalated[:ESCALATED]]
    changes += [
        _change("resurfaced", item, before[item.story_id].publishers, item.publishers) for item in back[:RESURFACED]
    ]
    changes += [
        Change(
            kind="quiet",
            title=cited[one.article_id].title,
            source=cited[one.article_id],
            before=one.publishers,
            after=0,
        )
        for one in quiet[:QUIET]
    ]
    return tuple(changes[:MOST_CHANGES])


def restated(record: IssueRecord | None, counts: Mapping[str, int], stories: int) -> Restatement | None:
    """How the counts of last week differ from what its issue printed; None if no issue was, or none differ."""
    if record is None or (record.stories == stories and all(record.desks.get(d, n) == n for d, n in counts.items())):
        return None
    return Restatement(
        week=record.week,
        before=record.stories,
        after=stories,
        desks=tuple(
            (desk, record.desks[desk], now)
            for desk, now in counts.items()
            if desk in record.desks and record.desks[desk] != now
        ),
    )


def _escalated(item: Item, before: Before) -> bool:
    return item.publishers > before.publishers or _move(item, before) is not None


def _move(item: Item, before: Before) -> tuple[str, str] | None:
    return (before.stage, item.stage) if before.stage and item.stage and item.stage != before.stage else None


def _escalation(item: Item, before: Before) -> Change:
    return _change("escalated", item, before.publishers, item.publishers, _move(item, before))


def _change(kind: str, item: Item, before: int, after: int, stages: tuple[str, str] | None = None) -> Change:
    return Change(kind=kind, title=item.title, source=item.citations[0], before=before, after=after, stages=stages)
