"""The pages of threads: one a thread with its steps in order of time, and the overview of all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reports.site import addresses
from reports.site.contents import Contents
from reports.site.page import File, page
from warehouse.queries.site_threads import SiteStep
from warehouse.queries.thread_details import ThreadLine


def thread_pages(contents: Contents) -> Iterator[File]:
    """Yields the overview, a page for every thread with a story on topic, and one for each that joined it."""
    lines = [line for line, _ in contents.threads.values()]
    by_desk: dict[str, list[ThreadLine]] = {}
    for line in lines:
        if line.state == "open":
            by_desk.setdefault(line.desk, []).append(line)
    quiet = [line for line in lines if line.state != "open"]
    yield page(addresses.THREADS, "threads", by_desk=by_desk, quiet=quiet)
    for line, steps in contents.threads.values():
        yield page(
            addresses.thread(line.thread_id),
            "thread",
            line=line,
            track=_track(steps),
            steps=[(step, contents.cards[step.story_id]) for step in steps],
            articles=contents.articles,
            due=sorted(
                {
                    (date.due_on, date.kind, date.evidence)
                    for step in steps
                    for date in contents.due.get(step.story_id, ())
                    if contents.last_seen_at and date.due_on >= contents.last_seen_at.date()
                }
            ),
        )
    for old, now in contents.joined_threads.items():
        line, _ = contents.threads[now]
        to = {"title": line.title, "address": addresses.thread(now)}
        yield page(addresses.thread(old), "pointer", kind="thread", number=old, **to)


def _track(steps: Sequence[SiteStep]) -> list[SiteStep]:
    """The steps at which the matter first reached a stage, in order of time."""
    reached: dict[str, SiteStep] = {}
    for step in steps:
        if step.stage:
            reached.setdefault(step.stage, step)
    return list(reached.values())
