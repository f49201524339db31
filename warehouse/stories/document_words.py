"""The words by which documents and headlines tell of one act, and those that tell nothing."""

from __future__ import annotations

import re

# What one document has and another has not; rules and sections are cited in many.
OWN_NUMBERS = frozenset(
    ("fr_document", "fr_citation", "rin", "executive_order", "celex", "us_bill", "state_bill", "uk_bill")
)
PLACES = frozenset(("country", "us_state", "bloc"))
# Named in every other text, so that they show nothing.
COMMON_NAMES = frozenset(("ear", "itar", "section-232", "section-301", "cn"))
AUTHORITY_KINDS = frozenset(
    ("government", "regulator", "control_authority", "legislature", "court", "military", "official", "office")
)

# What is done, as documents and as headlines say it.
ACTS: dict[str, tuple[re.Pattern[str], re.Pattern[str]]] = {
    name: (re.compile(of_document, re.IGNORECASE), re.compile(of_report, re.IGNORECASE))
    for name, of_document, of_report in (
        (
            "additions",
            r"\badd(?:s|ing|ed|itions?)\b|\bdesignat",
            r"\badd(?:s|ed|ing)?\b|black-?list|\bsanction|\btarget|\bhits?\b|\bdesignat"
            r"|\bputs?\b|\bplac|\blists\b",
        ),
        (
            "removals",
            r"\bremov",
            r"\bremov|\bdelist|\bunlist|\boff\b|\blifts?\b|\bdrops?\b",
        ),
        (
            "a revocation",
            r"\brevo[ck]|\brescin|\bwithdraw|\brepeal",
            r"\brevo[ck]|\brescin|\brolls? back|\bscrap|\bwithdraw|\bends?\b|\bstrip|\bcancel"
            r"|\brepeal|\bpulls?\b|\bcurb|\baxe",
        ),
        (
            "a suspension",
            r"\bsuspen|\bpostpon|\bdelay|\bstay\b",
            r"\bsuspen|\bpaus|\bdelay|\bfreez|\bfroze|\bhold|\bpostpon|\bshelv|\bhalt",
        ),
        (
            "easing",
            r"\brelax|\bstreamlin|\beas(?:e|es|ing)\b|\bexempt|\bless restrictive",
            r"\brelax|\bstreamlin|\beas(?:e|es|ed|ing)\b|\bloosen|\blifts?\b|\bexempt|\bclear"
            r"|\ballow|\bopens?\b",
        ),
        (
            "a call for comments",
            r"\brequest for (?:information|comments?|public)"
            r"|\brequests? (?:for )?(?:public )?(?:comments?|information|input)"
            r"|\b(?:seek|invit)\w* (?:\w+ ){0,2}(?:comments?|input|information)|\bRFI\b",
            r"\bseek|\bask|\brequest|\bcomments?\b|\binput\b|\bRFI\b|\bfeedback|\bviews\b"
            r"|\bconsult|\binvit",
        ),
        (
            "an investigation",
            r"\binvestigation|\badvance notice|\binitiat\w+ (?:an? )?(?:inquiry|review)",
            r"\bprobe|\binvestigat|\binquir|\bsection \d{3}\b|\blaunch|\bopens\b",
        ),
        (
            "a proposal",
            r"\bpropos",
            r"\bpropos|\bplans?\b|\bdraft|\bwould\b|\bfloat|\bunveil",
        ),
        (
            "duties or controls",
            r"\bdut(?:y|ies)\b|\btariffs?\b|\badjusting imports|\brestrict|\bprohibit"
            r"|\bexpan(?:d|sion)|\bimpos|\bcontrols?\b"
            r"|\blicen[cs]e requirement|\bactionable",
            r"\btariff|\bdut(?:y|ies)\b|\bimpos|\brestrict|\bcurb|\bcontrol|\bbans?\b"
            r"|\bexpand|\btighten|\blimit|\bblock"
            r"|\bcrack",
        ),
        (
            "a change of licences",
            r"\blicen[cs]|\bauthori[sz]ation",
            r"\blicen[cs]|\bsales?\b|\bsell|\bexports?\b|\bapprov|\ballow|\bclear|\bgreenlight",
        ),
        (
            "an order of the president",
            # A register gives no summary of what a president orders; its title is all there is.
            r"\bexecutive order|\bproclamation|\bby the authority vested|^[^\n]+\n(?:No summary.*)?$",
            r"\bexecutive order|\bproclamation|\bsign(?:s|ed)\b|\border(?:s|ed)\b|\bmemorand|\bimposes?\b",
        ),
        (
            "a rule",
            r"\b(?:final|interim)\b.{0,9}\brule\b|\bamend",
            r"\bfinal(?:i[sz]\w+)?\b|\brules?\b|\bregulation|\bissu|\bpublish|\bamend|\brequirement",
        ),
    )
}
BLACKLIST = re.compile(r"\bblack-?list|\btrade list\b|\brestricted trade\b", re.IGNORECASE)
# Words of form: they are in titles of documents or headlines of any subject.
FORMAL = frozenset(
    re.findall(
        r"\w+",
        """rule rules final interim notice request requests public comment comments information
        national security
        section investigation import imports product products derivative derivatives certain implementation
        addition additions revision revisions modification modifications amendment amendments
        change changes update
        updates regulation regulations regulatory requirement requirements order orders executive
        proposed proposal
        policy policies federal government state states united american america department bureau
        office agency
        commission committee act title part person persons people other new use control controls
        export exports
        license licence review list lists listed entity entities action program process system
        systems advanced
        regarding concerning pursuant relating related establishing ensuring advancing promoting
        accelerating
        adjusting supporting unlocking one year supplement defense international traffic arms
        country countries
        administration measure measures plan development research technology technologies company
        companies firm
        firms say says said trump biden china chinese us u.s eu european world global report set sets first
        artificial intelligence ai""",
    )
)
# Things that documents and headlines have other words for. What is general counts, and is not enough.
CONCEPTS = (
    ("AI", True, r"\bA\.?I\b|\bartificial intelligence\b"),
    ("imports", True, r"\bimport|\btariff|\bdut(?:y|ies)\b"),
    ("exports", True, r"\bexport|\blicen[cs]|\bend-users?\b"),
    ("chips", False, r"\bsemiconductors?\b|\bchip(?:s|mak\w+)?\b|\badvanced computing\b"),
    ("drones", False, r"\bunmanned air|\bUA[SV]s?\b|\bdrones?\b"),
    ("firearms", False, r"\bfirearms?\b|\bguns?\b"),
)
IN_CONCEPTS = frozenset(
    ("semiconductor", "chip", "drone", "unmann", "aircraft", "firearm", "gun", "tariff", "import", "export")
)
NUMBER = re.compile(r"(?<![\w.,$])(?!(?:19|20)\d\d\b)\d{1,4}\b(?![.,]\d|%)")
CONCEPT_PATTERNS = tuple(
    (name, general, re.compile(pattern, re.IGNORECASE)) for name, general, pattern in CONCEPTS
)
GENERAL = frozenset(name for name, general, _ in CONCEPTS if general)
# What is not done yet, or is somebody's wish, is no document.
NOT_DONE = re.compile(
    r"\b(?:consider|weigh|mull|may|might|could|urg|lawmaker|senator|push|call(?:s"
    r"|ed)? (?:for|on)|should|threat|vow|expected"
    r"|set to|ahead of|seeking to|bid to|trying to|hopes?|brac|fear|warn|want|ask(?:s"
    r"|ed)? (?:congress|trump|biden|court)|react|respond|slam|critici)\w*\b|\?",
    re.IGNORECASE,
)
ACRONYM = re.compile(r"(?<![\w-])(?=\w*[A-Z]\w*[A-Z0-9])[A-Z][A-Z0-9]{2,}(?![\w-])")
WRITTEN_OUT = re.compile(r"\b[A-Z][a-z]+(?: [A-Z][a-z]+){2,4}")
COMMON_ACRONYMS = frozenset(
    "USA BIS EAR RFI FAQ DOD DOE DOJ DHS HHS FDA FCC FTC SEC NASA NATO CEO ITAR DFARS FAR "
    "CFR OMB OSTP NIST GAO "
    "API LLM USD THE AND FOR NEW CISA NSA FBI CIA IRS EPA DOT".split()
)
