"""The pages of threads: one a thread with its steps in order of time, and the overview of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date

from reports.site import addresses
from reports.site.contents import Contents
from reports.site.page import File, Link, most, page
from warehouse.classify.taxonomy import load_taxonomy
from warehouse.queries.site_threads import SiteStep
from warehouse.queries.thread_details import ThreadLine

_LATEST = 10  # threads in the overview by movement, and by date
_NAMED = 12  # people, bodies and firms on a thread's page

# A day on which something is due, its kind and the sentence that says so.
Due = tuple[date, str, str]


def thread_pages(contents: Contents) -> Iterator[File]:
    """Yields the overview, a page for every thread with a story on topic, and one for each that joined it."""
    due = {line.thread_id: _due(contents, steps) for line, steps in contents.threads.values()}
    yield _overview([line for line, _ in contents.threads.values()], due)
    for line, steps in contents.threads.values():
        yield page(
            addresses.thread(line.thread_id),
            "thread",
            line=line,
            track=_track(steps),
            steps=[(step, contents.cards[step.story_id]) for step in steps],
            articles=contents.articles,
            named=_named(contents, steps),
            due=due[line.thread_id],
        )
    for old, now in contents.joined_threads.items():
        line, _ = contents.threads[now]
        to = {"title": line.title, "address": addresses.thread(now)}
        yield page(addresses.thread(old), "pointer", kind="thread", number=old, **to)


def _overview(lines: Sequence[ThreadLine], due: dict[int, list[Due]]) -> File:
    """The open threads by desk, by next date and by latest movement; below them the others."""
    is_open = [line for line in lines if line.state == "open"]
    dated = [(due[line.thread_id][0], line) for line in is_open if due[line.thread_id]]
    return page(
        addresses.THREADS,
        "threads",
        by_desk={
            desk: found
            for desk in (*load_taxonomy().desks, "off_topic")
            if (found := [line for line in is_open if line.desk == desk])
        },
        dated=sorted(dated, key=lambda one: (one[0][0], one[1].thread_id))[:_LATEST],
        moved=sorted(is_open, key=lambda line: (line.last_step_at, line.thread_id), reverse=True)[:_LATEST],
        quiet=[line for line in lines if line.state != "open"],
    )


def _due(contents: Contents, steps: Sequence[SiteStep]) -> list[Due]:
    """What articles of the steps announce and is not past, the next first."""
    return sorted(
        {
            (one.due_on, one.kind, one.evidence)
            for step in steps
            for one in contents.due.get(step.story_id, ())
            if contents.last_seen_at and one.due_on >= contents.last_seen_at.date()
        }
    )


def _named(contents: Contents, steps: Sequence[SiteStep]) -> tuple[Link, ...]:
    """Links to the entities that the steps name, most first; of three steps and more those of two."""
    counted = Counter(
        (addresses.entity(one.key), one.name)
        for step in steps
        for one in contents.subjects.get(step.story_id, ())
        if one.kind not in ("topic", "theme")
    )
    least = 2 if len(steps) > 2 else 1
    return most(Counter({one: many for one, many in counted.items() if many >= least}), _NAMED)


def _track(steps: Sequence[SiteStep]) -> list[SiteStep]:
    """The steps at which the matter first reached a stage, in order of time."""
    reached: dict[str, SiteStep] = {}
    for step in steps:
        if step.stage:
            reached.setdefault(step.stage, step)
    return list(reached.values())
