"""How much a text looks like writing that people do: common letters in the company they keep."""

from __future__ import annotations

import unicodedata

# The characters met most often in each language; together they make up half and more of ordinary
# text.
_SIMPLIFIED = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年"
    "过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心"
    "她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间"
    "由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给"
    "世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变"
    "四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社"
    "便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北"
    "边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运笔单价格订货号姓名客户商编额数"
    "量购买产品类别地址电话手机备注店铺会员支付退款省市区县街日期时间金额总计元件份箱袋瓶套券送"
    "餐味吃快迟凉服务态度满意差评员工部门销售库存成本利润季节颜色尺码男女年龄职业收入积分等级联"
    "系邮箱果奶鱼肉菜饭茶酒糖油盐米面包鸡蛋牛羊猪蔬豆汤啤咖啡巧克力饼干洗衣纸巾牙膏北京上海广州"
    "深圳杭武汉南成都重庆天津苏西安江浙湖川河山福建云贵陕甘蒙藏新疆香港台湾李王刘陈杨黄赵周吴徐"
    "孙朱林何郭高罗郑梁谢宋唐韩冯邓曹"
)
_TRADITIONAL = (
    "個們來為國說時會對後過發裡經麼學現當動還進樣開從實軍與長機關點業將兩間問應戰頭體見產質話內"
    "給門聲東員論處義幾認條氣題爾變總電數報結決務場計資統區書則聽強難權設記類據張該規確觀術領師"
    "讓識帶導爭運筆單價訂貨號戶購買額類別電話備註店鋪會員縣鄉鎮時間總計箱瓶送餐服務態度滿意銷售"
    "庫存節顏碼職業積聯絡臺灣臺北劉陳楊黃趙吳孫羅鄭許謝馮鄧賣這裡請謝您嗎沒藍綠紅黑灣圓麵飯雞魚"
    "蘋"
)
_KANJI = (
    "日本年月人会社名前住所電話番号商品価格数量金額合計注文顧客東京都県市区町村円税込単売上部課"
    "長様山田中村佐藤鈴木高橋店舗在庫配送先備考性別齢職"
)
_HANGUL = (
    "이다의는에을가하고기리도지로사시자나한서인수어대라부정전아해일보주장여그은제들상원조스구성"
    "게년유비과공생만신동선무면것연방안소화미물명개계적치경오를등되모우회국있출입품금호번상점량"
    "단단총액날짜문고객름주소전화서울산구천광대한민박김최강윤임판매가격북남충도시군읍리의습니요"
    "세않없했었습할때"
)
_CYRILLIC = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё"
_HEBREW = "יוהלארתמבשנדעחקפסטגכזצםןךףץ"
_ENDS_OF_HEBREW = frozenset("םןךףץ")  # letters that end a word
_ARABIC = "ايلمنرتبوسدعفهكقحجةشطصخزىضأذغثئءظؤإآ"
_GREEK = "αοιετσνηυρπκμλόςίάωέήύώδγχθφβξζψ"
# Alphabets that share no words with ASCII letters, and their letters, the commonest first.
_ALPHABETS = (
    (("\u0400", "\u04ff"), _CYRILLIC),
    (("\u0370", "\u03ff"), _GREEK),
    (("\u0590", "\u05ff"), _HEBREW),
    (("\u0600", "\u06ff"), _ARABIC),
)
_LATIN = "éèêëàâäáãåçîïíñôöóøùûüúœæßÉÈÊÀÂÄÁÃÅÇÎÍÑÔÖÓÕØÙÛÜÚŒÆ"
_CENTRAL_EUROPEAN = "ąćęłńóśźżáčďéěíňóřšťúůýžőűöüäôľĺŕăâîșț"
_TURKISH = "ğışçöüİĞŞÇÖÜâî"
_SIGNS = "€£°’‘“”–—…•™®©·´«»½±²³µ§×¡¿ªº¥"
_THAI_BELOW = set("ัิีึืฺุู็่้๊๋์ํ๎")
_THAI_RARE = set("ฃฅฆฌฎฏฑฒฬฯ๏๚๛๐๑๒๓๔๕๖๗๘๙ฤฦๆ")

_FREQUENCY = dict.fromkeys(_KANJI + _TRADITIONAL + _SIMPLIFIED + _HANGUL, 1.0)
_PUNCTUATION = (
    "，。、；：？！“”‘’（）《》【】…—～￥％　「」『』・·＋－／０１２３４５６７８９ＡＢＣ"
    "Ｄ℃×→★●○■◆※①②③④⑤ー々〜"
)


def plausibility(text: str) -> float:
    """About 1 for ordinary writing, near 0 for unlikely letters, below 0 for rubbish.

    Only letters beyond ASCII are judged.

    >>> plausibility("中国人民") > plausibility("Soppress閠a")
    True
    >>> plausibility("café crème") > plausibility("cafй crиme")
    True
    """
    total = 0.0
    weight = 0.0
    for position, letter in enumerate(text):
        if letter <= "\x7f":
            continue
        # A wide character stands for two bytes, so that readings with fewer, wider characters are
        # not favoured.
        is_wide = letter >= "\u2e80" and not _is_half_width_kana(letter)
        size = 2.0 if is_wide else 1.0
        before = text[position - 1] if position else " "
        after = text[position + 1] if position + 1 < len(text) else " "
        total += size * _letter_plausibility(letter, before, after)
        weight += size
    return total / weight if weight else 0.0


def _letter_plausibility(letter: str, before: str, after: str) -> float:
    if letter in _PUNCTUATION and letter >= "\u2e80":
        return 0.6
    if letter >= "\u3040":
        east_asian = _east_asian(letter, before, after)
        if east_asian is not None:
            return east_asian
    if "\u0e00" <= letter <= "\u0e7f":
        return _thai(letter, before, after)
    if letter in _ENDS_OF_HEBREW and "\u05d0" <= after <= "\u05ea":
        return -1.0
    for alphabet, common in _ALPHABETS:
        if alphabet[0] <= letter <= alphabet[1]:
            return _in_word(letter, before, after, common, alphabet)
    if letter in _SIGNS:
        return 0.5 if letter not in "´ªº³²±µ×" or before.isdigit() else 0.2
    if letter.isalpha():
        return _latin(letter, before, after)
    if letter in "\u00a0\u202f":
        return 0.3
    return (
        -0.8 if unicodedata.category(letter) in ("Cc", "Co", "Cn", "Cs") else -0.3
    )


def _east_asian(letter: str, before: str, after: str) -> float | None:
    """Of Chinese characters, kana and hangul; None for any other letter."""
    in_company = _is_cjk(before) or _is_cjk(after)
    if "\u4e00" <= letter <= "\u9fff":
        beside_latin = _is_small_latin(before) or _is_small_latin(after)
        penalty = 0.8 if beside_latin and not in_company else 0.0
        return _FREQUENCY.get(letter, 0.15) - penalty
    if "\u3040" <= letter <= "\u30ff":
        return 1.1 if in_company else 0.5
    if "\uac00" <= letter <= "\ud7a3":
        return (
            _FREQUENCY.get(letter, 0.5)
            if in_company
            else _FREQUENCY.get(letter, 0.1) - 0.3
        )
    if _is_half_width_kana(letter):
        return (
            0.35
            if _is_half_width_kana(before) or _is_half_width_kana(after)
            else -0.3
        )
    return None


def _thai(letter: str, before: str, after: str) -> float:
    if letter in _THAI_BELOW or letter in "ะาำ":
        return 1.0 if "ก" <= before <= "ฮ" or before in _THAI_BELOW else -1.0
    if letter in "เแโใไ":
        return 1.0 if "ก" <= after <= "ฮ" else -1.0
    if letter in _THAI_RARE:
        return -0.2
    beside = "\u0e00" <= before <= "\u0e7f" or "\u0e00" <= after <= "\u0e7f"
    return 0.9 if beside else -0.2


def _in_word(
    letter: str, before: str, after: str, common: str, alphabet: tuple[str, str]
) -> float:
    """A letter of an alphabet (first, last) that shares no words with ASCII letters."""
    first, last = alphabet
    if _is_ascii_letter(before) or _is_ascii_letter(after):
        return -0.7
    if not (first <= before <= last or first <= after <= last):
        return -0.1
    if letter.isupper() and first <= before <= last and before.islower():
        return -0.6
    if letter.isupper():
        return 0.7
    rank = common.find(letter)
    if rank < 0:
        return 0.0
    if rank < 10:
        return 1.0
    return 0.8 if rank < 20 else 0.4


def _latin(letter: str, before: str, after: str) -> float:
    if letter.isupper() and before.isalpha() and before.islower():
        return -0.6
    if letter.islower() and before.isupper() and after.isupper():
        return -0.4
    if before > "\x7f" and before.isalpha() and after > "\x7f" and after.isalpha():
        return -0.3
    alone = not before.isalpha() and not after.isalpha()
    if letter in _LATIN:
        return 0.4 if alone and letter not in "àéèÀÉ" else 0.9
    if letter.lower() in _CENTRAL_EUROPEAN:
        return 0.2 if alone else 0.88
    if letter in _TURKISH:
        return 0.2 if alone else 0.8
    return 0.5 if letter in "ìòõÿðþýÝÐÞëţđĐŢ" else 0.0


def _is_ascii_letter(letter: str) -> bool:
    return letter <= "\x7f" and letter.isalpha()


def _is_small_latin(letter: str) -> bool:
    return _is_ascii_letter(letter) and letter.islower()


def _is_half_width_kana(letter: str) -> bool:
    return "\uff61" <= letter <= "\uff9f"


def _is_cjk(letter: str) -> bool:
    return letter >= "\u2e80"
