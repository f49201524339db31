"""Exports part of a snapshot as tables, with a datasheet (Gebru et al., CACM 64:12, 2021) and a citation."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

import duckdb

from warehouse.errors import WarehouseError
from warehouse.snapshot.api import open_snapshot
from warehouse.snapshot.manifest import MANIFEST_NAME, Manifest, checksums, read_manifest
from warehouse.store.atomic_files import replacing
from warehouse.store.paths import snapshot_file


class ExportForm(StrEnum):
    """The file format of the exported tables."""

    PARQUET = "parquet"
    CSV = "csv"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The articles to export. `since` and `until` are inclusive days.

    The day is that of publication, or of first sight without a trusted date.
    """

    since: date | None = None
    until: date | None = None
    desk: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """What was exported: the folder and the number of rows of each table."""

    folder: Path
    rows: dict[str, int]


def export_bundle(
    snapshot: Path,
    folder: Path,
    selection: Selection,
    form: ExportForm,
    redistributable: Mapping[str, Collection[str]],
) -> ExportReport:
    """Writes the bundle as a new `folder`, atomically; texts only of the sources in `redistributable`.

    It maps their ids to the domains of their own pages: a page elsewhere is another publisher's.

    Raises WarehouseError if the folder exists, or if nothing was selected.
    """
    if folder.exists() or folder.is_symlink():
        raise WarehouseError(str(folder), "exists already. Name a folder that does not.")
    snapshot = snapshot_file(snapshot).resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with replacing(folder) as fresh:
        fresh.mkdir()
        rows = _write(snapshot, fresh, selection, form, redistributable)
    return ExportReport(folder=folder, rows=rows)


def _write(
    snapshot: Path, folder: Path, selection: Selection, form: ExportForm, free: Mapping[str, Collection[str]]
) -> dict[str, int]:
    try:
        manifest = read_manifest(snapshot.parent)
    except FileNotFoundError as error:
        raise WarehouseError(
            str(snapshot), "has no manifest.json beside it, so it cannot be cited."
        ) from error
    with open_snapshot(snapshot) as opened:
        rows = write_tables(opened.con, folder, selection, form, free)
        profile = describe_chosen(opened.con)
    if not rows["articles"]:
        raise WarehouseError(
            str(snapshot), "has no article of that time and desk. Widen --since, --until or --desk."
        )
    sheet = datasheet(manifest, selection, form, rows, profile)
    (folder / "DATASHEET.md").write_text(sheet, "utf-8")
    (folder / "CITATION.cff").write_text(citation(manifest, selection), "utf-8")
    written = {
        "snapshot": manifest.snapshot,
        "watermark": manifest.watermark,
        "rows": rows,
        "files": checksums(folder),
    }
    (folder / MANIFEST_NAME).write_text(json.dumps(written, indent=2) + "\n", "utf-8")
    return rows


_CHOSEN = """
CREATE OR REPLACE TEMPORARY TABLE chosen AS
SELECT a.article_id, a.source_id, m.story_id
FROM store.articles AS a
LEFT JOIN store.story_members AS m ON m.article_id = a.article_id
WHERE ($since IS NULL
        OR coalesce(CASE WHEN a.date_status = 'ok' THEN a.published_at END, a.first_seen_at) >= $since::DATE)
    AND ($until IS NULL
        OR coalesce(CASE WHEN a.date_status = 'ok' THEN a.published_at END, a.first_seen_at)
            < $until::DATE + 1)
    AND ($desk IS NULL
        OR a.article_id IN (SELECT article_id FROM article_desks WHERE is_primary AND desk = $desk))
"""
_FREE = """
CREATE OR REPLACE TEMPORARY TABLE free AS
SELECT unnest($sources::VARCHAR[]) AS source_id, unnest($domains::VARCHAR[][]) AS domains
"""
_IS_OWN_PAGE = """
len(list_filter(f.domains, lambda domain:
    ends_with('.' || regexp_extract(w.final_url, '^https?://([^/:?#]+)', 1), '.' || domain))) > 0
"""
_TABLES = {
    "articles": f"""
        SELECT a.article_id, a.source_id, a.publisher, a.url, a.title, a.language, a.genre, a.published_at,
            a.date_status, a.first_seen_at, d.desk, c.story_id,
            CASE WHEN f.source_id IS NOT NULL THEN a.summary END AS summary,
            CASE WHEN {_IS_OWN_PAGE} THEN w.text WHEN f.source_id IS NOT NULL THEN t.text END AS text
        FROM chosen AS c
        JOIN articles AS a ON a.article_id = c.article_id
        JOIN store.articles AS t ON t.article_id = c.article_id
        LEFT JOIN article_texts AS w ON w.article_id = c.article_id
        LEFT JOIN article_desks AS d ON d.article_id = c.article_id AND d.is_primary
        LEFT JOIN free AS f ON f.source_id = c.source_id
        ORDER BY a.first_seen_at, a.article_id
    """,
    "stories": """
        SELECT s.* FROM stories AS s WHERE s.story_id IN (SELECT story_id FROM chosen)
        ORDER BY s.first_seen_at, s.story_id
    """,
    "story_articles": """
        SELECT m.story_id, m.article_id, m.similarity, m.is_copy, m.copy_of
        FROM story_articles AS m JOIN chosen AS c ON c.article_id = m.article_id
        ORDER BY m.story_id, m.article_id
    """,
    "article_topics": """
        SELECT t.article_id, t.topic, t.desk, t.score
        FROM article_topics AS t JOIN chosen AS c ON c.article_id = t.article_id
        ORDER BY t.article_id, t.topic
    """,
    "article_entities": """
        SELECT e.article_id, e.entity_id, e.name, e.kind, e.role, e.jurisdiction, e.mentions, e.in_title
        FROM article_entities AS e JOIN chosen AS c ON c.article_id = e.article_id
        ORDER BY e.article_id, e.entity_id
    """,
    "sources": """
        SELECT s.source_id, s.name, s.publisher, s.url, s.kind, s.region, s.language,
            s.source_id IN (SELECT source_id FROM free) AS redistribute, count(*) AS articles
        FROM chosen AS c JOIN sources AS s ON s.source_id = c.source_id GROUP BY ALL ORDER BY s.source_id
    """,
    "coverage": """
        SELECT h.source_id, week_of(h.day) AS week, count(*) AS days_asked,
            count(*) FILTER (WHERE h.state = 'up') AS days_up
        FROM feed_health AS h
        WHERE h.source_id IN (SELECT source_id FROM chosen)
            AND h.day BETWEEN
                (SELECT min(first_seen_at)::DATE FROM store.articles JOIN chosen USING (article_id))
            AND (SELECT max(first_seen_at)::DATE FROM store.articles JOIN chosen USING (article_id))
        GROUP BY ALL ORDER BY h.source_id, week
    """,
}
_OPTIONS = {
    ExportForm.PARQUET: "FORMAT parquet, COMPRESSION zstd",
    ExportForm.CSV: "FORMAT csv, HEADER",
    ExportForm.JSONL: "FORMAT json",
}


def write_tables(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    selection: Selection,
    form: ExportForm,
    redistributable: Mapping[str, Collection[str]],
) -> dict[str, int]:
    """Writes `folder`/TABLE.FORM for each table and returns their row counts.

    Summaries and texts are NULL except for articles of the sources in `redistributable`; see `export_bundle`.
    """
    asked = {"since": selection.since, "until": selection.until, "desk": selection.desk}
    con.execute(_CHOSEN, asked)
    sources = sorted(redistributable)
    con.execute(_FREE, {"sources": sources, "domains": [sorted(redistributable[id_]) for id_ in sources]})
    rows = {}
    for table, select in _TABLES.items():
        if form is ExportForm.CSV:
            select = _without_formulas(con, select)
        file = str(folder / f"{table}.{form.value}").replace(
            "'", "''"
        )  # COPY takes no parameter for its file
        written = con.execute(f"COPY ({select}) TO '{file}' ({_OPTIONS[form]})").fetchone()
        rows[table] = int(written[0]) if written else 0
    return rows


# As reports/escaping.py has it for the appendix of an issue.
_FORMULA = "^\\s*[=+@\\-\uff1d\uff0b\uff0d\uff20]"


def _without_formulas(con: duckdb.DuckDBPyConnection, select: str) -> str:
    """Returns the query with an apostrophe before each text that a spreadsheet would run as a formula."""
    texts = [name for name, kind, *_ in con.execute(f"DESCRIBE {select}").fetchall() if kind == "VARCHAR"]
    safe = [
        f"CASE WHEN regexp_matches({name}, '{_FORMULA}') THEN chr(39) || {name} ELSE {name} END AS {name}"
        for name in texts
    ]
    return f"SELECT * REPLACE ({', '.join(safe)}) FROM ({select})" if safe else select


_PROFILE = """
SELECT $what AS what, {value} AS value, count(*) AS articles
FROM chosen AS c
JOIN articles AS a ON a.article_id = c.article_id
LEFT JOIN sources AS s ON s.source_id = a.source_id
LEFT JOIN article_desks AS d ON d.article_id = a.article_id AND d.is_primary
GROUP BY ALL ORDER BY articles DESC, value
"""
PROFILES = {
    "desk": "coalesce(d.desk, 'not classified')",
    "kind of source": "s.kind",
    "region of the publisher": "s.region",
    "language": "a.language",
    "date": "a.date_status",
    "set aside": "coalesce(a.set_aside, 'no')",
    "publisher": "a.publisher",
}
_SPAN = """
SELECT min(a.first_seen_at)::DATE, max(a.first_seen_at)::DATE
FROM chosen AS c JOIN articles AS a ON a.article_id = c.article_id
"""
_GAPS = """
SELECT h.source_id, count(*) FILTER (WHERE h.state <> 'up') AS days_down, count(*) AS days
FROM feed_health AS h
WHERE h.source_id IN (SELECT source_id FROM chosen) AND h.day BETWEEN $since AND $until
GROUP BY h.source_id HAVING days_down > 0 ORDER BY days_down DESC, h.source_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The profile of the export: counts by category, days of first sight, gaps of feeds, texts."""

    counts: dict[str, list[tuple[str, int]]]
    first_day: date | None
    last_day: date | None
    gaps: list[tuple[str, int, int]]
    with_text: int


def describe_chosen(con: duckdb.DuckDBPyConnection) -> Profile:
    """Returns the profile of the articles that `write_tables` selected on this connection."""
    counts = {
        what: [
            (value, many)
            for _, value, many in con.execute(_PROFILE.format(value=expression), {"what": what}).fetchall()
        ]
        for what, expression in PROFILES.items()
    }
    ((first, last),) = con.execute(_SPAN).fetchall()
    gaps = con.execute(_GAPS, {"since": first, "until": last}).fetchall() if first else []
    ((with_text,),) = con.execute("SELECT count(*) FROM chosen JOIN free USING (source_id)").fetchall()
    return Profile(counts=counts, first_day=first, last_day=last, gaps=gaps, with_text=with_text)


_SHOWN = 15

_DESCRIPTIONS = {
    "articles": "one row per article; `summary` and `text` only where the source permits redistribution",
    "stories": "one row per story of the articles, counted over the whole warehouse",
    "story_articles": "the story of each article, copies marked",
    "article_topics": "topics of the articles on topic",
    "article_entities": "the entities that the articles name, from a curated list",
    "sources": "the feeds the articles came from, with `redistribute`",
    "coverage": "per feed and ISO week: days on which it was due, days on which it was up",
}


def datasheet(
    manifest: Manifest, selection: Selection, form: ExportForm, rows: dict[str, int], profile: Profile
) -> str:
    """Returns the datasheet as Markdown."""
    return "\n".join(_lines(manifest, selection, form, rows, profile)) + "\n"


def citation(manifest: Manifest, selection: Selection) -> str:
    """Returns a CITATION.cff (version 1.2.0) that names the snapshot, so that the rows can be found again."""
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
            f'abstract: "Made from snapshot {manifest.snapshot} (watermark {manifest.watermark}) by '
            f'Watchfloor {manifest.release}."',
            "",
        )
    )


def _lines(
    manifest: Manifest, selection: Selection, form: ExportForm, rows: dict[str, int], profile: Profile
) -> Iterator[str]:
    total = rows["articles"]
    yield "# Datasheet"
    yield ""
    yield (
        f"{total:,} articles of {rows['sources']} feeds in {rows['stories']:,} stories: {_chosen(selection)}."
    )
    yield (
        f"Made from snapshot `{manifest.snapshot}`, published {manifest.published_at}; "
        f"nothing seen after {manifest.watermark} is in it."
    )
    yield ""
    yield "## What is here"
    yield ""
    for table, said in _DESCRIPTIONS.items():
        yield f"- `{table}.{form.value}`: {rows[table]:,} rows; {said}."
    yield "- `manifest.json`: rows, bytes and SHA-256 of every file. `CITATION.cff`: how to cite it."
    yield ""
    if form is ExportForm.CSV:
        yield "A text that a spreadsheet would run as a formula has an apostrophe before it."
        yield ""
    yield "Times are UTC. Columns mean what the data dictionary of the release says."
    yield ""
    yield "## How it was collected"
    yield ""
    yield (
        "From the public feeds of a curated catalog, at the pace each allows, by one collector. An article "
        "is what its feed contains, and the"
    )
    yield (
        "text of its page where that was on topic or near it, robots.txt allowed it and it was free to read. "
        "Desks, topics, stories and entities"
    )
    yield (
        "were assigned by machine from both and corrected by analysts where they noticed an error; `score` "
        "is the confidence of the machine."
    )
    yield ""
    yield (
        f"First seen from {profile.first_day or '-'} to {profile.last_day or '-'}. Articles were selected by "
        "day of publication, or by day of first sight without a trusted date."
    )
    yield ""
    yield "## Coverage gaps"
    yield ""
    yield from _gaps(profile)
    yield ""
    yield "## Rights"
    yield ""
    yield (
        "Titles, links and derived data are here for all articles; "
        f"summaries and texts for {profile.with_text:,} of {total:,} articles, those of sources"
    )
    yield (
        "marked `redistribute`, such as works of the US federal government (17 U.S.C. 105). All other texts "
        "belong to their publishers: follow the link."
    )
    yield ""
    yield "## Known biases"
    yield ""
    yield (
        "- The catalog is a selection: English, Western and official sources are many, local and non-English "
        "ones few. Counts are counts of these"
    )
    yield "  feeds, not of the world."
    yield (
        "- A feed contains its latest entries only: what a busy feed dropped between two fetches was never "
        "seen."
    )
    yield (
        "- Language and region are those of the feed, not of the article. Aggregators are credited to the "
        "publisher linked to, where that is known."
    )
    yield "- Entities are those of a curated list; other persons and organisations are missing."
    for what, counts in profile.counts.items():
        shown = ", ".join(f"{value} {many:,}" for value, many in counts[:_SHOWN])
        more = f", and {len(counts) - _SHOWN} more" if len(counts) > _SHOWN else ""
        yield f"- By {what}: {shown or 'none'}{more}."


def _gaps(profile: Profile) -> Iterator[str]:
    if not profile.gaps:
        yield "None known: every feed was up on every day on which it was due. `coverage` has the weeks."
        return
    yield f"{len(profile.gaps)} feeds were not up on every day; the worst (all in `coverage`):"
    yield ""
    for source, down, days in profile.gaps[:_SHOWN]:
        yield f"- `{source}`: not up on {down} of {days} days"


def _chosen(selection: Selection) -> str:
    days = f"{selection.since or 'the beginning'} to {selection.until or 'the end'}"
    return f"{days}, {f'desk {selection.desk}' if selection.desk else 'all desks'}"
