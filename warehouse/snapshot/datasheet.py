"""Writes what a reader of an export must know: a datasheet after Gebru et al. (CACM 64:12, 2021), and a citation. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from warehouse.snapshot.export import ExportForm, Profile, Selection
from warehouse.snapshot.manifest import Manifest

SHOWN = 15

_TABLES = {
    "articles": "one row an article; `summary` and `text` only where the source lets them be passed on",
    "stories": "one row an event that the articles tell, counted over the whole warehouse",
    "story_articles": "which article tells which story, copies marked",
    "article_topics": "topics of the articles on topic",
    "article_entities": "who and what the articles name, from a curated list",
    "sources": "the feeds the articles came from, with `redistribute`",
    "coverage": "a feed and ISO week: days on which it was asked, days on which it was up",
}


def datasheet(
    manifest: Manifest, selection: Selection, form: ExportForm, rows: dict[str, int], profile: Profile
) -> str:
    """The datasheet as Markdown."""
    return "\n".join(_lines(manifest, selection, form, rows, profile)) + "\n"


def citation(manifest: Manifest, selection: Selection) -> str:
    """A CITATION.cff (version 1.2.0) that names the snapshot, so that the same rows can be found again."""
    return "\n".join(
        (
            "cff-version: 1.2.0",
            "message: If you use this data, cite it as below, and the publishers for their articles.",
            "type: dataset",
            f'title: "Watchfloor: news and policy on AI and national security, {_chosen(selection)}"',
            "authors:",
            "  - name: The Watchfloor contributors",
            f'version: "{manifest.snapshot}"',
            f"date-released: {manifest.published_at[:10]}",
            f'abstract: "Made from snapshot {manifest.snapshot} (watermark {manifest.watermark}) by Watchfloor {manifest.release}."',
            "",
        )
    )


def _lines(
    manifest: Manifest, selection: Selection, form: ExportForm, rows: dict[str, int], profile: Profile
) -> Iterator[str]:
    total = rows["articles"]
    yield "# Datasheet"
    yield ""
    yield f"{total:,} articles of {rows['sources']} feeds in {rows['stories']:,} stories: {_chosen(selection)}."
    yield f"Made from snapshot `{manifest.snapshot}`, published {manifest.published_at}; nothing that came after {manifest.watermark} is in it."
    yield ""
    yield "## What is here"
    yield ""
    for table, said in _TABLES.items():
        yield f"- `{table}.{form.value}`: {rows[table]:,} rows; {said}."
    yield "- `manifest.json`: rows, bytes and SHA-256 of every file. `CITATION.cff`: how to cite it."
    yield ""
    yield "Times are UTC. Columns mean what the data dictionary of the release says."
    yield ""
    yield "## How it was collected"
    yield ""
    yield "From the public feeds of a curated catalog, at the pace each allows, by one collector. An article is what a feed shows of it, often a"
    yield "summary; pages behind the links were not fetched. Desks, topics, stories and names were assigned by machine, and corrected by analysts"
    yield "where they noticed; `score` says how sure the machine was."
    yield ""
    yield f"First seen from {profile.first_day or '-'} to {profile.last_day or '-'}. The selection goes by the day of publication where it can be trusted, else by the day of first sight."
    yield ""
    yield "## Coverage gaps"
    yield ""
    yield from _gaps(profile)
    yield ""
    yield "## Rights"
    yield ""
    yield f"Titles, links and what was derived are here for all; summaries and texts for {profile.with_text:,} of {total:,} articles, those of sources marked"
    yield "`redistribute`, such as works of the US federal government (17 U.S.C. 105). All else belongs to its publisher: follow the link."
    yield ""
    yield "## Known biases"
    yield ""
    yield "- The catalog is a choice: English, Western and official sources are many, local and non-English ones few. Counts are of what these feeds"
    yield "  showed, not of the world."
    yield "- A feed shows its last entries only: what a busy one dropped between two visits was never seen."
    yield "- Language and region are those of the feed, not of the article. Aggregators are credited to the publisher linked to, where that is known."
    yield "- The gazetteer knows the names it lists; persons and offices beyond it are missing."
    for what, counts in profile.counts.items():
        shown = ", ".join(f"{value} {many:,}" for value, many in counts[:SHOWN])
        more = f", and {len(counts) - SHOWN} more" if len(counts) > SHOWN else ""
        yield f"- By {what}: {shown or 'none'}{more}."


def _gaps(profile: Profile) -> Iterator[str]:
    if not profile.gaps:
        yield "None known: on every day on which a feed was asked, it was up. `coverage` has the weeks."
        return
    yield f"{len(profile.gaps)} feeds were not up on every day; the worst (all in `coverage`):"
    yield ""
    for source, down, days in profile.gaps[:SHOWN]:
        yield f"- `{source}`: not up on {down} of {days} days"


def _chosen(selection: Selection) -> str:
    days = f"{selection.since or 'the beginning'} to {selection.until or 'the end'}"
    return f"{days}, {f'desk {selection.desk}' if selection.desk else 'all desks'}"
