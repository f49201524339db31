"""Which pages are no article: walls, errors, listings, shells without text. Each has its outcome.

An article may be *about* captchas, cookies, paywalls or missing pages: a word in its text decides nothing.
What decides is the page's title as a whole, what its markup states, and for pages with hardly any text what
the page says to its reader.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from sources.model import Outcome, WantedPage
from sources.pages.paragraphs import key_of
from sources.pages.structured_data import Stated

Refusal = tuple[Outcome, str]

THIN_WORDS = 120  # fewer are an article's only if the page says nothing else
TEASER_WORDS = 150  # fewer on a page that states not to be free are its teaser
MIN_WORDS = 25
STEM_CHARS = 6
TOLD_SHARE = 0.5  # of the words of the title known before, in a text that tells what it promises
STRANGE_WORDS = 80  # fewer that share no word with the title are of something else
WALL_WORDS = 900  # the longest notice of a wall, with all its purposes
WALL_SHARE = 0.4
SHELL_WORDS = 60
SECTION_WORDS = 2  # an article that is named like its address has more
NOTICE_CHARS, NOTICE_MENTIONS = 5_000, 4

_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
_TITLE_PARTS = re.compile(r"\s+[|–—·:-]\s+|\s*[|｜]\s*")

_CAPTCHA_TITLE = re.compile(
    r"""just\sa\smoment|attention\srequired!?|access\s(?:to\sthis\spage\shas\sbeen\s)?denied
    |(?:are\syou\sa\s)?robot(?:\scheck)?|are\syou\sa\shuman
    |(?:please\s)?verify\s(?:that\s)?you\sare\s(?:a\s)?human|human\sverification
    |verification\srequired|pardon\sour\sinterruption|(?:website\s)?security\s(?:check|verification)
    |checking\syour\sbrowser.*|ddos-guard|one\smoment,?(?:\splease)?|please\swait.*|bot\s(?:check
    |verification|detection)|captcha
    |you\shave\sbeen\sblocked|request\s(?:blocked|unsuccessful|rejected)|blocked
    |are\syou\snot\sa\srobot|forbidden|403(?:\sforbidden)?|error\s(?:403|1005|1006|1015|1020)
    |nur\s(?:einen|ein)\smoment|einen\smoment(?:,?\sbitte)?|sicherheits(?:überprüfung|abfrage)
    |zugriff\sverweigert|un\smomento|un\sinstant|un\smoment|vérification\sde\ssécurité|accès\srefusé
    |acceso\sdenegado|accesso\snegato|um\smomento
    |bir\sdakika.*|один\sмомент|подождите.*|доступ\sограничен|вы\sне\sробот|chwileczkę|请稍候|人机验证|安全验证
    |访问验证|しばらくお待ちください|잠시만\s기다.*|لحظة.*""",
    re.IGNORECASE | re.VERBOSE,
)
_CAPTCHA_MARKS = re.compile(
    r"""_cf_chl_opt|cf-browser-verification|cf-challenge|challenge-platform/h/|px-captcha
    |captcha-delivery\.com|_Incapsula_Resource|Incapsula\sincident|errors\.edgesuite\.net
    |awsWafCookieDomainList|aws-waf-token|ddos-guard
    |hcaptcha\.com/1/api|recaptcha/(?:api|enterprise)\.js|turnstile/v0/api|geetest|kpsdk
    |sucuri_cloudproxy|perimeterx""",
    re.IGNORECASE | re.VERBOSE,
)
_CAPTCHA_SAID = re.compile(
    r"""(?:verify|confirm|prove|check(?:ing)?)\s(?:that\s|if\s|whether\s)?you(?:\sare
    |.re)\s(?:not\s)?(?:a\s)?(?:human|robot|bot)|not\sa\srobot|unusual\s(?:traffic|activity)
    |automated\s(?:requests|access|traffic)|checking\s(?:your\sbrowser|the\ssite\sconnection|if\sthe)
    |you\sdon.t\shave\spermission\sto\saccess|reference\s\#\d+\.|ray\sid|incident\sid
    |complete\sthe\s(?:security\s)?(?:captcha|check|challenge)|solve\s(?:the|this)\s(?:captcha|puzzle)
    |made\sus\sthink\s(?:that\s)?you\s(?:are|were)\sa\sbot|press\s(?:&|and)\shold
    |kein(?:e)?\s(?:roboter|bot)|ungewöhnliche[nr]?\s(?:zugriffe|datenverkehr|aktivität)
    |pas\sun\srobot|n.êtes\spas\s(?:un|une)|no\s(?:eres|soy|es)\sun\srobot|non\s(?:sei
    |sono)\sun\srobot|não\s(?:é|sou)\sum\srob|robot\solmad|geen\srobot|nie\sjesteś\srobotem|не\sробот
    |не\sявляетесь\sроботом|ロボットではありません|로봇이\s아닙|不是机器人|完成验证|滑动""",
    re.IGNORECASE | re.VERBOSE,
)
_MISSING_TITLE = re.compile(
    r"""(?:error\s|http\s)?(?:404|410)(?:\s(?:error|not\sfound|page\snot\sfound|gone))?!?
    |(?:sorry,?\s)?(?:the\s|this\s)?(?:page|article|story|content|document
    |file)\s(?:you\srequested\s)?(?:was\s|is\s|could\s|can\s?)?(?:not\s(?:be\s)?found|unavailable
    |no\slonger\savailable|does\s?n.t\sexist|not\savailable|missing)|not\sfound|oops!?
    |nothing\s(?:was\s)?found(?:\shere)?|we\scan.t\sfind\sthat\spage
    |(?:diese\s)?(?:seite|artikel|inhalt)\s(?:wurde\s|ist\s)?(?:leider\s)?nicht\s(?:gefunden|verfügbar
    |mehr\sverfügbar)|fehler\s404|page\s(?:introuvable|non\strouvée)|erreur\s404|(?:article
    |contenu)\s(?:introuvable|indisponible)|página\sno\sencontrada|error\s404
    |contenido\sno\sdisponible|página\snão\sencontrada|pagina\snon\strovata|errore\s404
    |pagina\sniet\sgevonden|sidan\s(?:kunde\sinte\shittas|hittades\sinte|finns\sinte)
    |siden\s(?:ble\sikke\sfunnet|blev\sikke\sfundet|findes\sikke)|sivua\sei\slöydy
    |strona\snie\s(?:została\sznaleziona|istnieje)|nie\sznaleziono\sstrony|stránka\s(?:nenalezena
    |nebyla\snalezena)|страница\sне\s(?:найдена|существует)|ошибка\s404|сторінк[ау]\sне\sзнайдено
    |sayfa\sbulunamadı|halaman\stidak\sditemukan
    |ページが見つかりません(?:でした)?|お探しのページは見つかりません(?:でした)?|페이지를\s찾을\s수\s없습니다|页面(?:不存在|未找到|找不到)|找不到(?:页面|網頁)
    |الصفحة\sغير\sموجودة|पृष्ठ\sनहीं\sमिला|η\sσελίδα\sδεν\sβρέθηκε""",
    re.IGNORECASE | re.VERBOSE,
)
_MISSING_SAID = re.compile(
    r"""(?:page|article|story|content|url)\s(?:that\s)?(?:you(?:.re|\sare|\swere)?\s(?:looking\sfor
    |requested|tried)|has\sbeen\s(?:removed|deleted|moved)|(?:is|was)\s(?:not\sfound
    |no\slonger\savailable)|(?:does\snot|doesn.t|cannot|can.t|could\snot)\s(?:be\sfound|exist))
    |(?:couldn.t|can.t|could\snot|cannot)\sfind\s(?:the|that|this)\s(?:page|article)|\b404\b
    |seite\s.{0,40}(?:nicht\s(?:gefunden|mehr|vorhanden|existiert)|existiert\snicht)
    |page\s.{0,40}(?:n.existe\s(?:pas|plus)|introuvable)|página\s.{0,40}(?:no\s(?:existe
    |se\sencuentra)|não\s(?:existe|foi\sencontrada))|pagina\s.{0,40}(?:non\s(?:esiste
    |è\sstata\strovata)|bestaat\sniet|niet\sgevonden)|страниц[аыу]\s.{0,40}не\s(?:найдена|существует)
    |sidan\s.{0,30}(?:finns\sinte|hittas)|strona\s.{0,40}nie\sistnieje|sayfa\s.{0,30}bulunam|見つかりません
    |찾을\s수\s없|不存在|已(?:被)?删除""",
    re.IGNORECASE | re.VERBOSE,
)
_SEARCH_TITLE = re.compile(
    r"""search|suche|recherche|(?:search\sresults?|suchergebnisse?|résultats?\s(?:de\s(?:la\s)?)?recherche
    |resultados\sde\s(?:la\s)?búsqueda|risultati\s(?:della\s)?ricerca|zoekresultaten|wyniki\swyszukiwania
    |результаты\sпоиска|検索結果|搜索结果)\b.{0,120}""",
    re.IGNORECASE | re.VERBOSE,
)
_COOKIE_TITLE = re.compile(
    r"""before\syou\scontinue.*|bevor\ssie\s.{0,60}fortfahren.*|avant\s(?:de\s(?:continuer|passer)
    |d.accéder).*|antes\sde\s(?:continuar|ir\sa).*|prima\sdi\scontinuare.*|voordat\sje\sverdergaat.*
    |yahoo\s(?:is\spart\sof|ist\steil|fait\spartie|es\sparte|fa\sparte)\b.*|we\svalue\syour\sprivacy
    |your\sprivacy(?:\schoices|\smatters|\sis\simportant\sto\sus)?|privacy\s(?:gate|settings
    |preferences|cent(?:er|re)|choices)
    |(?:cookie|consent|privacy)(?:s|\sconsent|\snotice|\ssettings|\swall|-einstellungen)?
    |cookies\sand\sprivacy|(?:dpg\smedia\s)?privacy\sgate|datenschutz(?:einstellungen|hinweis)?
    |ihre\s(?:privatsphäre|einwilligung|zustimmung).*|zustimmung(?:\serforderlich)?|einwilligung
    |weiter\smit\swerbung.*|gestion\sdes\scookies|votre\svie\sprivée.*
    |nous\srespectons\svotre\svie\sprivée|tu\sprivacidad.*|configuración\sde\scookies
    |la\stua\sprivacy.*|cookie-?instellingen|toestemming.*""",
    re.IGNORECASE | re.VERBOSE,
)
_COOKIE_SAID = re.compile(
    r"""\b(?:we|this\s(?:site|website))\b.{0,60}\b(?:use|uses|store|process)\b.{0,60}\b(?:cookies
    |personal\sdata|information\son\s(?:a|your)\sdevice)|our\s(?:\d+\s)?(?:partners|vendors)
    |\byour\s(?:consent|choices|privacy|personal\sdata|cookie)|legitimate\sinterest|\b(?:accept|reject
    |manage|agree)\b.{0,20}\b(?:all|cookies|settings|preferences)|personali[sz]ed\s(?:ads|content
    |advertising)|withdraw\b.{0,30}\bconsent|click(?:ing)?\s['"“‘]?(?:accept|agree|i\sagree)
    |reject\sall|accept\sall|privacy\spolicy|manage\s(?:privacy|options)
    |\bwir\b.{0,60}\b(?:cookies|partner)|unsere[nr]?\s(?:\d+\s)?(?:partner|drittanbieter)
    |ihre[r]?\s(?:zustimmung|einwilligung|privatsphäre|daten)|alle[sn]?\s(?:akzeptieren|ablehnen)
    |akzeptieren|berechtigte[sn]?\sinteresse|personalisierte\s(?:werbung|anzeigen|inhalte)
    |datenschutzerklärung|werbung\sund\stracking
    |nos\s(?:\d+\s)?partenaires|votre\s(?:consentement|vie\sprivée|choix|accord)|tout\s(?:accepter
    |refuser)|accepter\set\s|intérêt\slégitime|(?:publicités?|contenus?)\spersonnalisé
    |données\spersonnelles|nuestros\s(?:\d+\s)?(?:socios|proveedores)|tu\s(?:consentimiento
    |privacidad)|aceptar\s(?:todo|y\scontinuar|cookies)|rechazar|datos\spersonales|(?:i\snostri
    |nostri)\s(?:\d+\s)?(?:partner|fornitori)|il\stuo\sconsenso|accetta|rifiuta|dati\spersonali
    |onze\s(?:\d+\s)?partners|(?:jouw|uw|je)\s(?:toestemming|privacy)|akkoord|alles\s(?:accepteren
    |weigeren)|persoonsgegevens|nasi\s(?:zaufani\s)?partnerzy|zgod[aęy]|akceptuj|danych\sosobowych
    |våra\s(?:\d+\s)?(?:partner|leverantörer)|godkänn|samtycke|vores\s(?:\d+\s)?partnere
    |accepter\salle|nossos\s(?:\d+\s)?parceiros|aceitar|cookie""",
    re.IGNORECASE | re.VERBOSE,
)
_PAYWALL_SAID = re.compile(
    r"""subscribe\s(?:now\s)?(?:to\s(?:continue|read|keep|unlock|access)|for\s(?:full|unlimited))
    |(?:already|not)\s(?:a|an)?\s?(?:subscriber|member)|(?:for|to)\ssubscribers(?:\sonly)?
    |subscriber[- ](?:only|exclusive)|exclusive\sto\s(?:our\s)?subscribers|(?:continue
    |keep)\sreading\s(?:with|for|by)|to\s(?:continue|keep)\sreading|unlock\s(?:this|the|unlimited)
    |(?:free|remaining)\sarticles?\s(?:left|this\smonth|limit)
    |reached\syour\s(?:free\s)?(?:article\s)?limit|start\syour\s(?:free\s)?trial
    |subscription\s(?:is\s)?required
    |weiterlesen\smit|(?:nur\s)?für\sabonnent|mit\s(?:einem\s)?abo\s|jetzt\s(?:abonnieren|testen
    |weiterlesen)|plus-artikel|artikel\sfreischalten|sie\ssind\sbereits\sabonnent
    |réservée?s?\saux\sabonn|pour\slire\sla\ssuite|il\svous\sreste\s[\d.,]+\s?%|abonnez-vous
    |déjà\sabonné|(?:solo|exclusivo)\spara\s(?:los\s)?suscriptor|suscr[ií]bete\s(?:para|y)
    |para\sseguir\sleyendo|ya\s(?:eres|soy)\ssuscriptor|riservato\sagli\sabbonati
    |per\scontinuare\sa\sleggere|abbonati\sper|sei\sgià\sabbonato|(?:exclusivo|conteúdo)\s(?:para
    |exclusivo\spara)\sassinantes|já\sé\sassinante
    |(?:alleen|exclusief)\svoor\sabonnees|al\sabonnee|lees\sverder\smet|för\sprenumeranter
    |endast\sför\sprenumeranter|for\sabonnenter|bliv\sabonnent|tilaajille|dla\s(?:prenumeratorów
    |subskrybentów)|czytaj\sdalej\s(?:z|w\sramach)|(?:только\s)?(?:для|по)\sподписчик
    |оформите\sподписку|会員限定|有料会員|残り\s?\d+文字|구독자\s?전용|仅限订阅|订阅(?:后|以)""",
    re.IGNORECASE | re.VERBOSE,
)
_LOGIN_SAID = re.compile(
    r"""(?:log|sign)\s?in\sto\s(?:continue|read|your|view|access)|(?:register|create\s(?:a|an
    |your)\s(?:free\s)?account)\b.{0,40}\b(?:to\s(?:continue|read)|free)|please\s(?:log|sign)\s?in
    |forgot\s(?:your\s)?password|anmelden\sum|bitte\s(?:melden\ssie\ssich|einloggen|registrieren)
    |jetzt\skostenlos\sregistrieren|passwort\svergessen|connectez-vous|créez\s(?:un|votre)\scompte
    |mot\sde\spasse\soublié|inicia\ssesión|regístrate|contraseña|accedi\s(?:per|al)|registrati
    |password\sdimenticata|inloggen\som|wachtwoord\svergeten|zaloguj\ssię|войдите|ログイン|로그인|登录""",
    re.IGNORECASE | re.VERBOSE,
)
_SCRIPT_SAID = re.compile(
    r"""(?:enable|turn\son|requires?|need(?:s)?|without|activate)\s(?:to\senable\s)?java\s?script
    |java\s?script\s(?:is\s)?(?:disabled|required|must|to\s(?:run|use|view)|aktivieren|activé
    |deaktiviert)|activ(?:er|ez|e|ar)\s(?:le\s)?java\s?script|java\s?script\s(?:ist|muss)
    |включите\sjava\s?script|javascriptを(?:有効|オン)""",
    re.IGNORECASE | re.VERBOSE,
)
_READER = re.compile(
    r"""\b(?:we|our|your?|wir|unsere?\w?|ihre?\w?|sie|nous|nos|votre|vous|nuestros?|tus?|nostri|tuo
    |tua|onze|wij|je|jouw|uw|nasi|våra|vores|nossos|twoje\w*)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_MISSING_PATH = re.compile(r"(?i)/(?:404|not-?found|error|page-not-found|search|suche|recherche)(?:[/.?]|$)")
_LISTING = frozenset(("home", "blog", "archive", "category", "tag", "search", "search-results"))


def words_in(text: str) -> float:
    """Returns the number of words; a Chinese, Japanese, Korean or Thai sign is half of one."""
    wide = len(_WIDE.findall(text))
    return wide / 2 + len(re.findall(r"[^\W_]+", _WIDE.sub(" ", text)))


def kind_of(
    tree: Any,
    visible: str,
    text: str,
    stated: Stated,
    wanted: WantedPage,
    canonical: str | None,
) -> Refusal | None:
    """Returns what the page is instead of an article, or None if `text` is an article's.

    `visible` is what the page shows, `text` what extraction found, `canonical` the address that it states.
    """
    words = words_in(text)
    titles = [
        part.strip(" .!…?") for title in _page_titles(tree) for part in [title, *_TITLE_PARTS.split(title)]
    ]
    is_wanted = any(_same_title(title, wanted.title) for title in [*stated.titles, *titles])
    return (
        _of_address(wanted.url, canonical, titles, is_wanted or stated.is_article)
        or _of_titles(titles, words, visible, wanted, is_wanted)
        or _of_markup(tree, stated, is_wanted)
        or _of_notice(text, visible, words, stated)
        or _of_thin_page(tree, visible, text, words, stated, wanted)
    )


def _page_titles(tree: Any) -> list[str]:
    # An icon, too, has a <title>.
    found = [element.text_content() for element in [*tree.findall("head/title"), *tree.iter("h1")]]
    return [" ".join(title.split()) for title in found[:6]]


def _same_title(title: str, wanted: str) -> bool:
    words, others = set(key_of(title).split()), set(key_of(wanted).split())
    if min(len(words), len(others)) < 3:
        return bool(words) and key_of(title) == key_of(wanted)
    return len(words & others) >= 0.6 * min(len(words), len(others))


def _of_address(url: str, canonical: str | None, titles: Sequence[str], is_article: bool) -> Refusal | None:
    """Judges by the address that the page states for itself, and whether its title is the last part of it."""
    stated, asked = urlsplit(canonical or url), urlsplit(url)
    own, wanted_path = stated.path.rstrip("/"), asked.path.rstrip("/")
    if is_article or own == wanted_path:
        return None
    if _MISSING_PATH.search(stated.path):
        return Outcome.SOFT_404, f"It names itself {stated.path}."
    if not own:
        return Outcome.SOFT_404, "It names itself the home page."
    # /politics with the title "Politics", in the place of an article that stood elsewhere on the site.
    section = key_of(own.rpartition("/")[2].replace("-", " "))
    is_section = 0 < len(section.split()) <= SECTION_WORDS and section in map(key_of, titles)
    if (wanted_path.startswith(f"{own}/") or is_section) and not stated.query:
        return Outcome.SOFT_404, f"It names itself the section {own}."
    return None


def _of_titles(
    titles: Sequence[str], words: float, visible: str, wanted: WantedPage, is_wanted: bool
) -> Refusal | None:
    if is_wanted and words >= THIN_WORDS:
        return None
    for title in titles:
        if key_of(title) == key_of(wanted.title) and words >= MIN_WORDS:
            continue
        if _MISSING_TITLE.fullmatch(title):
            return Outcome.SOFT_404, f"Its title is {title!r}."
        if _SEARCH_TITLE.fullmatch(title):
            return Outcome.SOFT_404, f"It is a list of search results ({title!r})."
        if _COOKIE_TITLE.fullmatch(title) and _COOKIE_SAID.search(visible):
            return Outcome.COOKIE_WALL, f"Its title is {title!r}."
        if _CAPTCHA_TITLE.fullmatch(title) and words < 2 * THIN_WORDS:
            return Outcome.CAPTCHA, f"Its title is {title!r}."
    return None


def _of_markup(tree: Any, stated: Stated, is_wanted: bool) -> Refusal | None:
    body = tree.find("body")
    names = set((body.get("class") or "").lower().split()) if body is not None else set()
    if "error404" in names or "search-no-results" in names:
        return Outcome.SOFT_404, "Its markup names it an error page."
    if (
        is_wanted
        or stated.is_article
        or any(name.startswith(("single", "postid", "page-id")) for name in names)
    ):
        return None
    if names & _LISTING:
        return Outcome.SOFT_404, "Its markup names it a listing."
    return None


def _of_notice(text: str, visible: str, words: float, stated: Stated) -> Refusal | None:
    lines = text.split("\n")
    if 0 < words < WALL_WORDS:
        said = sum(len(line) for line in lines if _COOKIE_SAID.search(line) and _addresses_reader(line))
        if said >= WALL_SHARE * len(text):
            return Outcome.COOKIE_WALL, "Its text is a notice about cookies."
    around = f"{lines[-1]} {_around(visible, [*lines, *stated.titles])}"
    if stated.not_free and (
        words < TEASER_WORDS or (words < 2 * TEASER_WORDS and text.endswith(("…", "...")))
    ):
        return Outcome.PAYWALL, "It states that it is not free, and has a teaser only."
    if words < TEASER_WORDS and _PAYWALL_SAID.search(around):
        return Outcome.PAYWALL, "It has a teaser, and asks to subscribe."
    return None


def _addresses_reader(line: str) -> bool:
    return _READER.search(line) is not None


def _of_thin_page(
    tree: Any, visible: str, text: str, words: float, stated: Stated, wanted: WantedPage
) -> Refusal | None:
    if words >= THIN_WORDS:
        return None
    if words >= MIN_WORDS and wanted.title and _share_of_title(text, [wanted.title]) >= TOLD_SHARE:
        visible = _around(visible, text.split("\n"))
    shown = words_in(visible)
    small = shown < 2 * THIN_WORDS
    scripts = " ".join(
        f"{script.get('src') or ''} {script.text or ''}"[:20_000] for script in tree.iter("script", "iframe")
    )
    names = (
        " ".join(f"{e.get('id') or ''} {e.get('class') or ''}" for e in tree.iter("div", "form"))[:50_000]
        if small
        else ""
    )
    if small and (
        _CAPTCHA_SAID.search(visible) or (words < MIN_WORDS and _CAPTCHA_MARKS.search(f"{scripts} {names}"))
    ):
        return Outcome.CAPTCHA, "It asks whether its reader is a robot."
    said = len(_COOKIE_SAID.findall(visible[:NOTICE_CHARS]))
    if words < MIN_WORDS and said >= NOTICE_MENTIONS:
        return Outcome.COOKIE_WALL, "It shows a notice about cookies only."
    if small and _MISSING_SAID.search(visible) and not stated.is_article:
        return Outcome.SOFT_404, "It says that there is no such page."
    if small and _LOGIN_SAID.search(visible):
        return Outcome.PAYWALL, "It asks to log in or register."
    if words < MIN_WORDS:
        noscript = " ".join(element.text_content() for element in tree.iter("noscript"))
        if _SCRIPT_SAID.search(f"{visible} {noscript}") or (shown < SHELL_WORDS and scripts.strip()):
            return Outcome.NEEDS_SCRIPT, "It is empty without its scripts."
        return Outcome.NO_TEXT, f"It has {words:.0f} words of text."
    if words < STRANGE_WORDS and _share_of_title(text, [wanted.title, *stated.titles[:1]]) == 0:
        return Outcome.NO_TEXT, "Its little text has nothing of its title."
    return None


def _around(visible: str, lines: Sequence[str]) -> str:
    """Returns what the page shows beside these lines."""
    for line in lines:
        visible = visible.replace(line, " ") if line else visible
    return visible


def _share_of_title(text: str, titles: Sequence[str]) -> float:
    """Returns the share of a title's words that are in the text, the highest of the titles; 1 if none."""
    lowered = text.lower()
    shares = []
    for title in titles:
        words = [
            word[:STEM_CHARS] for word in key_of(title).split() if len(word) > 3 and not _WIDE.search(word)
        ]
        words += re.findall("[\u3040-\u9fff\uac00-\ud7af]{2}", title)
        shares += [sum(word in lowered for word in words) / len(words)] if words else []
    return max(shares, default=1.0)
