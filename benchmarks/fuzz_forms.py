"""States dates in the forms of the world and damages feeds in its encodings: what is read must be right or
marked, never silently something else.

    python benchmarks/fuzz_forms.py [--cases 100000] [--seed 1]

A date is marked if it is not read at all; a title if it has U+FFFD or its feed is refused.
"""

from __future__ import annotations

import argparse
import random
import sys
from datetime import UTC, datetime, timedelta
from difflib import SequenceMatcher
from pathlib import Path
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).parents[1]))

from sources.errors import NotAFeedError
from sources.feeds.parse import parse_feed
from sources.feeds.publication_dates import read_date
from sources.model import Source

SOURCE = Source(
    id="fuzz",
    name="Fuzz",
    publisher="Fuzz",
    url="https://fuzz.example/feed",
    kind="news",
    region="INT",
    language="en",
)
SEEN = datetime(2026, 8, 12, 12, tzinfo=UTC)
MONTHS = {
    "en": "January February March April May June July August September October November December",
    "en short": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "bg": "януари февруари март април май юни юли август септември октомври ноември декември",
    "cs": "ledna února března dubna května června července srpna září října listopadu prosince",
    "da": "januar februar marts april maj juni juli august september oktober november december",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "el": "Ιανουαρίου Φεβρουαρίου Μαρτίου Απριλίου Μαΐου Ιουνίου Ιουλίου Αυγούστου Σεπτεμβρίου Οκτωβρίου "
    "Νοεμβρίου Δεκεμβρίου",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "et": "jaanuar veebruar märts aprill mai juuni juuli august september oktoober november detsember",
    "fi": "tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta "
    "lokakuuta marraskuuta joulukuuta",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "ga": "Eanáir Feabhra Márta Aibreán Bealtaine Meitheamh Iúil Lúnasa Meán-Fómhair Deireadh-Fómhair "
    "Samhain Nollaig",
    "hr": "siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada studenoga prosinca",
    "hu": "január február március április május június július augusztus szeptember október november december",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "lt": "sausio vasario kovo balandžio gegužės birželio liepos rugpjūčio rugsėjo spalio lapkričio gruodžio",
    "lv": "janvāris februāris marts aprīlis maijs jūnijs jūlijs augusts septembris oktobris "
    "novembris decembris",
    "mt": "Jannar Frar Marzu April Mejju Ġunju Lulju Awwissu Settembru Ottubru Novembru Diċembru",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września "
    "października listopada grudnia",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "ro": "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie",
    "sk": "januára februára marca apríla mája júna júla augusta septembra októbra novembra decembra",
    "sl": "januarja februarja marca aprila maja junija julija avgusta septembra oktobra novembra decembra",
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "uk": "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    "tr": "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",
    "ar": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "pl short": "sty lut mar kwi maj cze lip sie wrz paź lis gru",
    "hr short": "sij velj ožu tra svi lip srp kol ruj lis stu pro",
    "cs short": "led úno bře dub kvě čvn čvc srp zář říj lis pro",
    "fi short": "tammi helmi maalis huhti touko kesä heinä elo syys loka marras joulu",
}
DAYS = [  # {m} is the month by name
    "%a, %d %b %Y",
    "%d %b %Y",
    "%d %b %y",
    "%A, %d-%b-%y",
    "%a, %d-%b-%Y",
    "%d {m} %Y",
    "%d. {m} %Y",
    "{m} %d, %Y",
    "%d {m}, %Y",
    "%Y {m} %d",
    "%d de {m} de %Y",
    "%d-{m}-%Y",
    "%Y-%m-%d",
    "%Y%m%d",
    "%G-W%V-%u",
    "%GW%V%u",
    "%Y-%j",
    "%Y%j",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y. %m. %d.",
    "%Y年%m月%d日",
    "%Y年%m月%d日(水)",
    "%Y년 %m월 %d일",
    "%d.%m.%Y",
    "%d. %m. %Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d.%m.%y",
    "%y.%m.%d",
    "%y. %m. %d.",
    "%d/%m/%y",
    "%m/%d/%y",
    "%y/%m/%d",
    "%d-%m-%y",
    "%y-%m-%d",
]
TIMES = [
    "%H:%M:%S",
    "%H:%M:%S",
    "%H:%M",
    "%H:%M:%S.%f",
    "%H:%M:%S,%f",
    "%I:%M:%S %p",
    "%I:%M %p",
    "%I:%M%p",
    "%Hh%M",
    "%H時%M分",
    "%H시 %M분",
    "{half}%I:%M",
    "{half_ko} %I:%M",
    "%H.%M",
    "%H%M",
    "%H%M%S",
    "%I:%M:%S a.m.|p.m.",
]
SHAPES = [
    "{day} {time} {zone}",
    "{day}T{time}{zone}",
    "{day} {time}{zone}",
    "{day}, {time} {zone}",
    "{time} {zone} {day}",
    "{time}, {day}",
    "{day} {time}",
    "{day} at {time} {zone}",
    "{time} {zone}, {day}",
]
ABBREVIATIONS = {
    "GMT": 0,
    "UTC": 0,
    "UT": 0,
    "Z": 0,
    "EST": -300,
    "EDT": -240,
    "CST": -360,
    "CDT": -300,
    "MST": -420,
    "MDT": -360,
    "PST": -480,
    "PDT": -420,
    "BST": 60,
    "WET": 0,
    "WEST": 60,
    "CET": 60,
    "CEST": 120,
    "MEZ": 60,
    "MESZ": 120,
    "EET": 120,
    "EEST": 180,
    "MSK": 180,
    "IST": 330,
    "PKT": 300,
    "SGT": 480,
    "HKT": 480,
    "JST": 540,
    "KST": 540,
    "ACST": 570,
    "AEST": 600,
    "AEDT": 660,
    "NZST": 720,
    "NZDT": 780,
    "SAST": 120,
    "WAT": 60,
    "EAT": 180,
    "AKDT": -480,
    "HST": -600,
    "IDT": 180,
    "BRT": -180,
    "AST": -240,
    "NST": -210,
}
PLACES = [
    "America/New_York",
    "America/Sao_Paulo",
    "Europe/Berlin",
    "Europe/London",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Africa/Casablanca",
    "Asia/Tehran",
    "America/St_Johns",
]
OFFSETS = [
    "{s}{h:02}{m:02}",
    "{s}{h:02}:{m:02}",
    "{s}{h}:{m:02}",
    "{s}{h}{m:02}",
    "GMT{s}{h:02}{m:02}",
    "GMT{s}{h}:{m:02}",
    "UTC{s}{h:02}:{m:02}",
    "UTC {s}{h:02}:{m:02}",
    "({s}{h:02}:{m:02})",
    "{s}{h:02}:{m:02}:00",
    "{s}{h:02}{m:02} (Local)",
]


def stated_date(dice: random.Random) -> tuple[str, datetime]:
    """Returns a date as some feed may state it, and the instant it states."""
    local = datetime(2024, 1, 1) + timedelta(seconds=dice.randrange(4 * 365 * 86_400))  # noqa: DTZ001
    shape = dice.choice(SHAPES)
    zone, instant = _zone(dice, local) if "{zone}" in shape else ("", local.replace(tzinfo=UTC))
    day, time = dice.choice(DAYS), dice.choice(TIMES)
    if "." in time and "." in day and time == "%H.%M":
        time = "%H:%M"
    months = MONTHS[dice.choice(sorted(MONTHS))].split()
    time = time.replace("a.m.|p.m.", "p.m." if local.hour >= 12 else "a.m.")
    stated = shape.format(
        day=local.strftime(day.format(m=months[local.month - 1])),
        time=local.strftime(
            time.format(
                half="下午" if local.hour >= 12 else "上午", half_ko="오후" if local.hour >= 12 else "오전"
            )
        ),
        zone=zone,
    )
    case = dice.choice([str, str, str.upper, str.lower])
    return case(stated), instant if "%S" in time else instant.replace(second=0)


def _zone(dice: random.Random, local: datetime) -> tuple[str, datetime]:
    kind = dice.randrange(3)
    if kind == 0:
        name = dice.choice(sorted(ABBREVIATIONS))
        return name, (local - timedelta(minutes=ABBREVIATIONS[name])).replace(tzinfo=UTC)
    if kind == 1:
        name = dice.choice(PLACES)
        return name, local.replace(tzinfo=ZoneInfo(name)).astimezone(UTC)
    minutes = dice.choice(range(-720, 841, 15))
    hours, rest = divmod(abs(minutes), 60)
    text = dice.choice(OFFSETS).format(s="-" if minutes < 0 else "+", h=hours, m=rest)
    return text, (local - timedelta(minutes=minutes)).replace(tzinfo=UTC)


def date_fault(dice: random.Random) -> tuple[bool, str | None]:
    """Returns whether a date was read, and how it was silently read as another."""
    stated, instant = stated_date(dice)
    read = read_date(stated)
    wrong = read is not None and read != instant
    return read is not None, f"{stated!r} is {instant}, read as {read}" if wrong else None


TEXTS = {
    "western": ["Größenbegrenzung für Exporte", "L’été « à venir » coûte 5 €", "Año de la señal"],
    "central": ["Żegluga i cła: źródło", "Příliš žluťoučký kůň", "Árvíztűrő tükörfúrógép"],
    "cyrillic": ["Санкции против чипов", "Новые правила экспорта", "Ограничения вступают в силу"],
    "greek": ["Νέοι κανόνες εξαγωγών", "Έλεγχος των τσιπ", "Η αγορά ενέργειας"],
    "turkish": ["İhracat kısıtlaması", "Çip ihracatı için şartlar", "Yeni düzenleme: ığdır"],
    "baltic": ["Eksporto kontrolė išplėsta", "Šalių sąrašas ąčęėįšųūž", "Nauji ribojimai žaliavoms"],
    "hebrew": ["הגבלות על ייצוא", "כללים חדשים לשבבים", "הממשלה הודיעה היום"],
    "arabic": ["قيود على تصدير الرقائق", "قواعد جديدة", "أعلنت الحكومة اليوم"],
    "thai": ["ควบคุมการส่งออกชิป", "กฎใหม่สำหรับการค้า", "รัฐบาลประกาศวันนี้"],
    "japanese": ["輸出規制の強化", "半導体の規制について", "東京で会議が開かれた"],
    "korean": ["수출 통제 강화 회의", "반도체 규제", "정부가 오늘 발표했다"],
    "chinese": ["出口管制与半导体规则", "新规定今天生效", "政府宣布加强审查"],
    "taiwanese": ["出口管制與半導體規則", "新規定今天生效", "政府宣布加強審查"],
}
LANGUAGES = {
    "western": "de",
    "central": "pl",
    "cyrillic": "ru",
    "greek": "el",
    "turkish": "tr",
    "baltic": "lt",
    "hebrew": "he",
    "arabic": "ar",
    "thai": "th",
    "japanese": "ja",
    "korean": "ko",
    "chinese": "zh-cn",
    "taiwanese": "zh-tw",
}
# The codec of Python, the label, the texts that can be written in it.
ENCODINGS = [
    ("utf-8", "utf-8", ""),
    ("utf-16-le", "utf-16", ""),
    ("utf-16-be", "utf-16", ""),
    ("utf-32-le", "utf-32", ""),
    ("cp1252", "windows-1252", "western"),
    ("cp1252", "iso-8859-1", "western"),
    ("cp1252", "us-ascii", "western"),
    ("iso8859-15", "iso-8859-15", "western"),
    ("mac-roman", "macintosh", "western"),
    ("cp1250", "windows-1250", "central"),
    ("iso8859-2", "iso-8859-2", "central"),
    ("cp1251", "windows-1251", "cyrillic"),
    ("koi8-r", "koi8-r", "cyrillic"),
    ("koi8-u", "koi8-u", "cyrillic"),
    ("iso8859-5", "iso-8859-5", "cyrillic"),
    ("cp866", "ibm866", "cyrillic"),
    ("cp1253", "windows-1253", "greek"),
    ("iso8859-7", "iso-8859-7", "greek"),
    ("cp1254", "iso-8859-9", "turkish"),
    ("cp1257", "windows-1257", "baltic"),
    ("iso8859-13", "iso-8859-13", "baltic"),
    ("cp1255", "windows-1255", "hebrew"),
    ("iso8859-8", "iso-8859-8-i", "hebrew"),
    ("cp1256", "windows-1256", "arabic"),
    ("cp874", "tis-620", "thai"),
    ("cp932", "shift_jis", "japanese"),
    ("euc_jp", "euc-jp", "japanese"),
    ("iso2022_jp", "iso-2022-jp", "japanese"),
    ("cp949", "euc-kr", "korean"),
    ("iso2022_kr", "iso-2022-kr", "korean"),
    ("gb18030", "gb2312", "chinese"),
    ("gb18030", "gb18030", "chinese"),
    ("hz", "hz-gb-2312", "chinese"),
    ("big5", "big5", "taiwanese"),
]
DAMAGES = [
    "one bad byte",
    "truncated",
    "utf-8 label",
    "utf-8 under this label",
    "byte order mark",
    "two labels",
]


def damaged_feed(dice: random.Random) -> tuple[str, bytes, str, list[str], int]:
    """Returns what was done, the body, its Content-Type, the titles, and how many of their characters may be
    lost.
    """
    codec, label, script = dice.choice(ENCODINGS)
    script = script or dice.choice(sorted(TEXTS))
    damage = dice.choice(DAMAGES)
    titles = [_encodable(text, codec) for text in TEXTS[script]]
    stated, content_type = label, dice.choice(["", "application/rss+xml"])
    if damage == "utf-8 label":
        stated = dice.choice(["utf-8", ""])
    elif damage == "utf-8 under this label":
        codec = "utf-8"
    elif damage == "two labels":
        content_type, stated = dice.choice(
            [
                (f"text/xml; charset={label}", "utf-8"),
                ("text/xml; charset=utf-8", label),
                (f"text/xml; charset={label}", ""),
            ]
        )
    declared = f' encoding="{stated}"' if stated else ""
    items = "".join(
        f"<item><guid>{number}</guid><link>https://a.example/{number}</link><title>{title}</title></item>\n"
        for number, title in enumerate(titles)
    )
    document = (
        f'<?xml version="1.0"{declared}?>\n<rss version="2.0"><channel>'
        f"<language>{LANGUAGES[script]}</language>\n{items}</channel></rss>"
    )
    body = document.encode(codec)
    lost = 0
    if damage == "one bad byte":
        start, end = body.index("<title>".encode(codec)), body.rindex("</title>".encode(codec))
        at = dice.randrange(start + len("<title>".encode(codec)), end)
        body, lost = body[:at] + bytes((dice.randrange(0x80, 0x100),)) + body[at + 1 :], 2
    elif damage == "truncated":
        body = body[: dice.randrange(len(body))]
    elif damage == "byte order mark":
        body = dice.choice([b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"]) + body
    return f"{codec} as {label}, {damage}", body, content_type, titles, lost


def _encodable(text: str, codec: str) -> str:
    return text.encode(codec, "ignore").decode(codec)


def _agree(title: str, read: str, lost: int) -> bool:
    """Returns whether the read title is the stated one, save `lost` characters."""
    blocks = SequenceMatcher(None, title, read, autojunk=False).get_matching_blocks()
    return max(len(title), len(read)) - sum(block.size for block in blocks) <= lost


def encoding_fault(dice: random.Random) -> str | None:
    """Returns how a title was silently read as another, or None."""
    done, body, content_type, titles, lost = damaged_feed(dice)
    try:
        articles = parse_feed(body, content_type, SOURCE, SEEN).articles
    except NotAFeedError:
        return None
    for article in articles:
        number = (article.url or "").rpartition("/")[2]
        title = titles[int(number)] if number in ("0", "1", "2") else ""
        if not title or "\ufffd" in article.title or _agree(title, article.title, lost):
            continue
        if done.endswith("truncated") and title.startswith(article.title):
            continue
        return f"{done}: {title!r} read as {article.title!r}"
    return None


def main() -> int:
    """Returns 0 if nothing was read silently wrong, else 1."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--cases", type=int, default=100_000, help="of each: dates, feeds")
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    read = faults = 0
    for case in range(chosen.cases):
        known, wrong_date = date_fault(random.Random(f"{chosen.seed}:{case}"))
        read += known
        for fault in filter(None, (wrong_date, encoding_fault(random.Random(f"{chosen.seed}:{case}")))):
            faults += 1
            print(f"case {case}: {fault}", flush=True)
    print(f"{chosen.cases:,} dates ({read:,} read, the others marked) and feeds: {faults} silently wrong")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
