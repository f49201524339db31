"""An issue of the weekly digest: its sections in the order in which they are printed, and their values.

To add a section: a module in `sections/`, its template in `templates/sections/`, and in this file its line
in SECTIONS and, if it has values, a field of Digest (with a default, so that earlier issues can still be
read) and its line in `digest_of`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from typing import ClassVar

from reports.digest.audit_sample import AuditSample, draw
from reports.digest.context import IssueContext
from reports.digest.items import Item
from reports.digest.sections import (
    appendix,
    bottom_line,
    coverage_notes,
    cross_desk_themes,
    deadlines_and_events,
    desk_sections,
    low_confidence,
    masthead,
    method_box,
    near_topic,
    opinion_and_analysis,
    week_changes,
)
from reports.digest.sections.bottom_line import Bullet
from reports.digest.sections.coverage_notes import Coverage
from reports.digest.sections.deadlines_and_events import DueDates
from reports.digest.sections.desk_sections import DeskSection
from reports.digest.sections.masthead import Corpus
from reports.digest.sections.method_box import Selected
from reports.digest.sections.near_topic import NearTopic
from reports.digest.sections.opinion_and_analysis import Commentary
from reports.digest.sections.week_changes import Changes
from reports.digest.trend_drivers import Drivers, read_drivers
from reports.week import Week
from warehouse.store.trend_tests import TrendTest

SECTIONS: tuple[ModuleType, ...] = (
    masthead,
    bottom_line,
    week_changes,
    desk_sections,
    cross_desk_themes,
    deadlines_and_events,
    low_confidence,
    opinion_and_analysis,
    coverage_notes,
    method_box,
    appendix,
    near_topic,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One issue. `sections` print a selection per desk; `appendix` has every counted story of the week.

    `themes` are the trend tests of themes that moved, or of those with most stories if none did; `drivers`
    what moved the called ones of desks, else of their topics, and of the first theme. Issues of 0.1.0 have no
    `selected`, `audit` or `drivers`.
    """

    # For record.py: a key that is not here is an error, also inside the sections.
    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    week: Week
    watermark: datetime
    corpus: Corpus
    coverage: Coverage
    bottom_line: tuple[Bullet, ...]
    changes: Changes
    sections: tuple[DeskSection, ...]
    themes: tuple[TrendTest, ...]
    due_dates: DueDates
    commentary: Commentary
    appendix: tuple[tuple[str, tuple[Item, ...]], ...]
    near_topic: tuple[NearTopic, ...] = ()
    selected: Selected | None = None
    audit: AuditSample | None = None
    drivers: tuple[Drivers, ...] | None = None

    @property
    def desk_names(self) -> dict[str, str]:
        """The names of the desks by their ids."""
        return {section.desk: section.name for section in self.sections}

    def drivers_of(self, trend: TrendTest) -> Drivers | None:
        """What moved a printed trend, if it is called."""
        return next((one for one in self.drivers or () if one.test_id == trend.test_id), None)


def digest_of(context: IssueContext) -> Digest:
    """Returns the issue with the values of all its sections."""
    sections, themes = desk_sections.build(context), cross_desk_themes.build(context)
    explained = [trend for section in sections for trend in section.explained]
    return Digest(
        week=context.week,
        watermark=context.as_of,
        corpus=masthead.build(context),
        coverage=coverage_notes.build(context),
        bottom_line=bottom_line.build(context),
        changes=week_changes.build(context),
        sections=sections,
        themes=themes,
        due_dates=deadlines_and_events.build(context),
        commentary=opinion_and_analysis.build(context),
        appendix=appendix.build(context),
        near_topic=near_topic.build(context),
        selected=method_box.build(context),
        audit=draw(context),
        drivers=read_drivers(context, (*explained, *themes[:1])),
    )
