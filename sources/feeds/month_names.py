"""Names of months in thirty languages, as feeds state them in place of the English ones that RFC 822 asks
for.

Taken from the Unicode CLDR data of dateparser 1.5: in lower case without accents, full and short, in the
cases
that stand beside a day. A name that is another month in another language (Polish and Croatian `listopada`) is
left out: a date that has it is unparsable rather than a guess.
"""

from __future__ import annotations

_NAMES = (
    (
        "djan djanuari ene enero gen gener gennaio ian ianuarie jaan jaanuar jan janeiro janner januar "
        "januara januari january janv janvaris janvier led leden ledna lednu oca ocak saus sausio sausis "
        "sij sijecanj sijecnja sijecnjem sijecnju sty styczen stycznia styczniu tammi tammik tammikuu "
        "tammikuussa tammikuuta xan xaneiro ιαν ιανουαριοσ ιανουαριου січ січень січня янв январь января "
        "яну януари јан јануар يناير "
    ),
    (
        "feb febbraio feber febr febreiro febrer febrero februar februara februari februarie februaris "
        "february fev fevereiro fevr fevrier helmi helmik helmikuu helmikuussa helmikuuta lut lutego "
        "luty lutym peb pebruari sub subat uno unor unora unoru unr vas vasario vasaris veebr veebruar "
        "velj veljaca veljace veljaci veljacom φεβ φεβρουαριοσ φεβρουαριου лют лютии лютого феб фебруар "
        "фев февр февраль февраля февруари فبراير "
    ),
    (
        "bre brezen brezna breznu kov kovas kovo maalis maalisk maaliskuu maaliskuussa maaliskuuta maart "
        "mar marc marca march marcius marco marcu marec maret mars mart martie marts marz marzec marzo "
        "mrt mrz ozu ozujak ozujka ozujkom ozujku μαρ μαρτιοσ μαρτιου бер берез березень березня мар "
        "март марта مارس "
    ),
    (
        "abr abril apr april aprila aprile aprilie aprilis aprill avr avril bal balandis balandzio dub "
        "duben dubna dubnu huhti huhtik huhtikuu huhtikuussa huhtikuuta kwi kwie kwiecien kwietnia "
        "kwietniu nis nisan tra travanj travnja travnjem travnju απρ απριλιοσ απριλιου апр апрель апреля "
        "април кві квіт квітень квітня ابريل "
    ),
    (
        "geg geguze geguzes kve kveten kvetna kvetnu mag maggio mai maig maijs maio maj maja maju majus "
        "may mayo mayis mei svi svibanj svibnja svibnjem svibnju touko toukok toukokuu toukokuussa "
        "toukokuuta μαι μαιοσ μαιου маи мая мај тра трав травень травня مايو "
    ),
    (
        "birz birzelio birzelis cer cerven cervna cervnu cvn cze czerwca czerwcu czerwiec djuni giu "
        "giugno haz haziran iun iunie juin jun juna june junho juni junij junijs junio junius juny juuni "
        "kesa kesak kesakuu kesakuussa kesakuuta lipanj lipnja lipnjem lipnju xuno ιουν ιουνιοσ ιουνιου "
        "июн июнь июня чер черв червень червня юни јун يونية يونيه يونيو "
    ),
    (
        "cervence cervenci cervenec crc crv cvc djuli heina heinak heinakuu heinakuussa heinakuuta iul "
        "iulie juil juillet jul jula julho juli julij julijs julio juliol julius july juuli liep liepa "
        "liepos lipca lipcu lipiec lug luglio srpanj srpnja srpnjem srpnju tem temmuz xul xullo ιουλ "
        "ιουλιοσ ιουλιου июл июль июля лип липень липня юли јул يولية يوليه يوليو "
    ),
    (
        "ago agost agosto agt agu agustos agustus aou aout aug august augusta augusti augusts augustus "
        "augusztus avg avgust elo elok elokuu elokuussa elokuuta kol kolovoz kolovoza kolovozom kolovozu "
        "rugp rugpjucio rugpjutis sie sierpien sierpnia sierpniu srpen srpna srpnu αυγ αυγουστοσ "
        "αυγουστου авг август августа сер серп серпень серпня اغسطس "
    ),
    (
        "eyl eylul rugs rugsejis rugsejo ruj rujan rujna rujnom rujnu sep sept september septembra "
        "septembre septembrie septembris septembro septiembre set setembre setembro setiembre settembre "
        "syys syysk syyskuu syyskuussa syyskuuta szept szeptember wrz wrzesien wrzesnia wrzesniu zar "
        "zari σεπ σεπτεμβριοσ σεπτεμβριου вер верес вересень вересня сен сент сентябрь сентября сеп септ "
        "септембар септември септм سبتمبر "
    ),
    (
        "eki ekim listopadom loka lokak lokakuu lokakuussa lokakuuta oct october octobre octombrie "
        "octubre okt oktober oktobra oktobris oktoober ott ottobre out outubro paz pazdziernik "
        "pazdziernika pazdzierniku rij rijen rijna rijnu spal spalio spalis οκτ οκτωβριοσ οκτωβριου жов "
        "жовт жовтень жовтня окт октобар октомври октябрь октября اكتوبر "
    ),
    (
        "kas kasim lapkr lapkricio lapkritis listopadzie marras marrask marraskuu marraskuussa "
        "marraskuuta noiem noiembrie nop nopember nov november novembra novembre novembris novembro "
        "noviembre stu studeni studenim studenog studenoga studenom studenome studenomu νοε νοεμβριοσ "
        "νοεμβριου лис лист листоп листопад листопада нов новембар ное ноември ноя нояб ноябрь ноября "
        "نوفمبر "
    ),
    (
        "ara aralik dec december decembra decembre decembrie decembris decembro des desember desembre "
        "dets detsember dez dezember dezembro dic dicembre diciembre gru grudnia grudniu grudzien gruod "
        "gruodis gruodzio joulu jouluk joulukuu joulukuussa joulukuuta pro prosinac prosinca prosince "
        "prosincem prosinci prosincu prosinec δεκ δεκεμβριοσ δεκεμβριου гру груд грудень грудня дек "
        "декабрь декабря декември дец децембар ديسمبر "
    ),
)
MONTH_NAMES = {name: month for month, names in enumerate(_NAMES, start=1) for name in names.split()}
