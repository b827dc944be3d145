"""What a column's header says it is, in English and Japanese.

`names.toml` holds, per canonical table and column, the headers seen for it in three strengths:
`sure` (0.98), `good` (0.9), `weak` (0.7: only if nothing better is there).
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from cs_core.domain.tables import TABLES
from cs_core.importers.cells.numbers import SYMBOLS

STRENGTH = {"sure": 0.98, "good": 0.9, "weak": 0.7}
# How surely a header means what its words suggest.
LIKELY = 0.8
# Headers are not longer; what is beyond says nothing of a column.
_LONGEST = 200
# Columns whose patterns hold in every table.
_SHARED = ("account_id", "name")
_ENGLISH_MONTHS = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_MONTH_NUMBER = {name: number for number, name in enumerate(_ENGLISH_MONTHS, 1)}
ERAS = {
    "令和": 2018, "r": 2018, "平成": 1988, "h": 1988, "昭和": 1925, "s": 1925,
    "大正": 1911, "t": 1911, "明治": 1867, "m": 1867,
}  # fmt: skip


def key(header: str) -> str:
    """A header as it is compared: width, case, spaces and punctuation do not matter."""
    folded = unicodedata.normalize("NFKC", header[:_LONGEST])
    folded = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", folded).casefold()
    return re.sub(r"[\W_]+", "", folded).replace("さま", "様")


@cache
def _listed() -> dict[str, Any]:
    with (Path(__file__).parent / "names.toml").open("rb") as stream:
        return tomllib.load(stream)


@cache
def names() -> dict[str, dict[str, dict[str, float]]]:
    """table -> column -> header key -> confidence."""
    listed = _listed()
    found: dict[str, dict[str, dict[str, float]]] = {}
    for table in TABLES.values():
        columns: dict[str, dict[str, float]] = {}
        for column in [*table.columns, *listed.get(table.name, {})]:
            name = column if isinstance(column, str) else column.name
            words = {
                key(header): confidence
                for strength, confidence in reversed(STRENGTH.items())
                for header in listed.get(table.name, {}).get(name, {}).get(strength, ())
            }
            columns[name] = {**words, key(name): 0.99}
        found[table.name] = columns
    return found


@cache
def _all_keys() -> frozenset[str]:
    return frozenset(
        word
        for columns in names().values()
        for words in columns.values()
        for word, confidence in words.items()
        if confidence >= STRENGTH["good"]
    )


def known_count(headers: Sequence[str]) -> int:
    """How many of the headers are names we know."""
    return sum(key(header) in _all_keys() for header in headers)


_OBJECT = re.compile(r"(?<=\w)(?:\.|\s*:\s*|__)(?=[^\W\d])")
# What an object before a field says of it: "subscriptions.id" is no account's.
_OBJECTS = {
    "account_id": r"customer|account|compan|client|organi[sz]ation|subscriber|member|顧客|会社",
    "subscription_id": r"subscription|contract|agreement|契約|サブスク",
    "": r"data|node|attributes|properties|fields|record|result|row|item|price|plan|bill|recurring",
}
_NAMES = ("name", "title", "type", "名", "名称")
_IDS = ("id", "uuid", "key", "code", "number", "no", "番号", "コード")


@cache
def confidence(header: str, table: str, column: str) -> float:
    """How surely `header` names `column` of `table`, by its name alone (0 to 1).

    An object before the field helps ("subscriptions.start_date", "Account: Name", "plan.name"), or
    says that the field is another's ("discount.end", "customer.created_at").
    """
    *objects, last = _OBJECT.split(header)
    if not objects or header == column:
        return _confidence(header, table, column)
    owner = objects[-1]
    together = _confidence(f"{owner} {last}", table, column)
    whose = next((c for c, words in _OBJECTS.items() if re.search(words, owner, re.I)), None)
    if key(last) in _IDS:
        of_owner = 0.97 if whose == column else 0.0
        return max(together - 0.01, of_owner, 0.0)
    if key(last) in _NAMES:
        return max(together - 0.01, 0.97 if (whose, column) == ("account_id", "name") else 0.0, 0.0)
    alone = _confidence(last, table, column)
    if whose is None:
        alone *= 0.6
    elif whose == "account_id" and table == "subscriptions" and column not in (whose, "name"):
        alone *= 0.8
    if ":" in header and not alone and not together:  # What stands after it may be a remark.
        known = any(_confidence(last, table, other) for other in names()[table])
        return 0.0 if known else max(0.0, _confidence(header, table, column))
    return max(alone - 0.01, together - 0.01, 0.0)


def _confidence(header: str, table: str, column: str) -> float:
    """How surely `header` names `column` of `table`, by its name alone (0 to 1).

    Tried in turn, each a little less sure: the name itself; without a remark in brackets
    ("契約金額(円)", "Start Date (UTC)") and Japanese courtesy (ご契約開始日); the same words in
    another order, abbreviated or with filler ("cust no", "dt_start_subscr"); what its words
    suggest ("Plan Unit Price", "税抜月額").
    """
    if header == column:
        return 1.0
    header = header[:_LONGEST]
    words = names()[table].get(column, {})
    text = key(header)
    if text in words:
        return words[text]
    if (priced := _price_per(header)) and table == "subscriptions":
        price, per = priced
        if column == per:  # Its numbers tell whether it is a price; by its name alone it is asked.
            return max(_confidence(price, table, "amount") - 0.02, 0.6)
        if column in ("amount", "mrr", "annual_amount"):
            return 0.0
    both = re.split(r"(?<!\s)\s+/\s+|(?<!\s)[^\S\n]*[／|\n]\s*", header)
    if len(both) == 2 and all(both):  # "開始 / Start"
        return max(0.0, *(_confidence(part, table, column) - 0.02 for part in both))
    bare = re.sub(r"\(([自至])\)", r"\1", unicodedata.normalize("NFKC", header))
    bare = re.sub(r"[(\[【〔].{0,100}?[)\]】〕]|(?s::.*)", "", bare)
    bare = re.sub(r"(?i)[ _]in[ _][a-z_ ]*currency$", "", bare)  # A price says in which one.
    if _is_of_another(bare, column):
        return 0.0
    plain = re.sub(r"^[ごお]", "", re.sub(r"(?<!^)(年月日|日付)$", "日", key(bare)))
    if plain in words:
        return words[plain] - 0.02
    by_words = _by_tokens()[table].get(column, {}).get(frozenset(_words(bare)), 0.0)
    if by_words:
        return by_words - 0.06
    return LIKELY if _matches_pattern(bare, table, column) else 0.0


@cache
def _others() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(text) for name, text in _listed()["others"].items()}


def _is_of_another(header: str, column: str) -> bool:
    """Whether a header's neighbouring words say that it is something else: the price before, a
    target, what was paid in all."""
    text = " ".join(_words(header)) if header.isascii() else key(header)
    kind = "price" if column in ("mrr", "amount", "annual_amount") else "any"
    return any(bool(_others()[name].search(text)) for name in {kind, "any"})


_PER = (
    (r"月|月額|月次|月間|月あたり|monthly|per month|month|mo", "mrr"),
    (r"年|年額|年間|年あたり|annual|annually|yearly|per year|year|yr", "annual_amount"),
)


def _price_per(header: str) -> tuple[str, str] | None:
    """("利用料金", "mrr") of a header that says for how long its price is, in brackets or after a
    stroke or "per": "利用料金(月)", "Price / month". A currency alone is a price: "$ per month"."""
    text = " ".join(unicodedata.normalize("NFKC", header).split())
    for words, column in _PER:
        match = re.fullmatch(
            rf"(.*?)\s*(?:\(\s*(?:{words})\s*\)|(?:/|\bper\b)\s*(?:{words}))", text, re.I
        )
        if match:
            currency = re.fullmatch(r"[$€£¥円]|[A-Z]{3}|", match[1].strip())
            return "price" if currency else match[1], column
    return None


@cache
def _patterns() -> dict[str, tuple[re.Pattern[str], re.Pattern[str] | None]]:
    return {
        column: (
            re.compile(given["is"]),
            re.compile(given["unless"]) if "unless" in given else None,
        )
        for column, given in _listed()["patterns"].items()
    }


def says_id(header: str) -> bool:
    """Whether a header speaks of an identifier in so many words."""
    folded = unicodedata.normalize("NFKC", header)
    if {"id", "number", "code", "ref"} & set(_words(header)):
        return True
    return bool(re.search(r"(番号|コード|cd|id|no\.?)$", folded.casefold()))


def says_each(header: str) -> bool:
    """Whether a price is that of one seat, license or piece."""
    words = " ".join(_words(header))
    each = r"\bunit (price|fee|cost)\b|\bper (seat|user|license|unit|id)\b"
    return "単価" in header or bool(re.search(each, words))


def says_contract(header: str) -> bool:
    """Whether a header speaks of a contract as a whole."""
    return bool(re.search(r"contract|agreement|deal|tcv|契約", header, re.I))


def says_counts(found: Sequence[str]) -> bool:
    """Whether headers are those of counts by period: how many there were, came and left."""
    counted = (
        r"customers|subscribers|users|accounts|active|new|churned|lost|opening|closing|count|"
        r"顧客数|会員数|契約数|契約件数|新規|解約|件数|純増"
    )
    dated = any(confidence(header, "subscriptions", "period") >= LIKELY for header in found)
    return dated and sum(bool(re.search(counted, header, re.I)) for header in found) >= 2


def says_api(header: str) -> bool:
    """Whether a price is a field inside an object, as services answer: those count in cents."""
    return bool(re.search(r"\.(unit_amount|unit_price|price)\b.*|\.amount$", header))


_CODES = "USD|EUR|GBP|JPY|CAD|AUD|NZD|CHF|CNY|HKD|SGD|TWD|KRW|INR|BRL|MXN|SEK|NOK|DKK|PLN|CZK|ZAR"
_SIGNS = {**SYMBOLS, "ドル": "USD", "ユーロ": "EUR"}
_UNIT = rf"(?:[$€£¥]|\b(?:{_CODES}))"
# What one in the cells stands for, where the header says that figures are shortened.
_SCALES = (
    (r"百万円", 1_000_000),
    (r"億円", 100_000_000),
    (r"千円", 1_000),
    (r"万円", 10_000),
    (rf"\bMILLIONS?\b|{_UNIT} ?M[MN]?\b", 1_000_000),
    (rf"\bTHOUSANDS?\b|\(K\)|{_UNIT} ?K\b|\bK ?(?:[$€£¥]|(?:{_CODES})\b)|[(' ]000S?\b", 1_000),
)


def _shouted(header: str) -> str:
    """The header in capitals, its words apart: `amountUsd` and `amount_usd` are AMOUNT USD."""
    folded = unicodedata.normalize("NFKC", header).replace("’", "'").replace("_", " ")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", folded).upper()


def scale(header: str) -> int:
    """What one in the cells under it stands for: 1000 under "月額(千円)", "MRR ($k)"."""
    return next((by for said, by in _SCALES if re.search(said, _shouted(header))), 1)


def currency(header: str) -> str | None:
    """The currency that the header of an amount names: "MRR (EUR)", "amount_usd", "月額(円)"."""
    text = _shouted(header)
    named = set(re.findall(rf"\bK?({_CODES})(?:K|M[MN]?)?(?![A-Z])", text))
    named |= {code for sign, code in _SIGNS.items() if sign in text}
    return named.pop() if len(named) == 1 else None


def says_cents(header: str) -> bool:
    return not {"cent", "cents", "pence"}.isdisjoint(_words(header))


def _matches_pattern(header: str, table: str, column: str) -> bool:
    if column not in _patterns() or (table != "subscriptions" and column not in _SHARED):
        return False
    found, unless = _patterns()[column]
    text = " ".join(_words(header)) if header.isascii() else key(header)
    return bool(found.search(text)) and not (unless is not None and unless.search(text))


def _words(header: str) -> list[str]:
    """The words of an English header in their long forms, without filler."""
    text = re.sub(r"\b[Aa]/[Cc]\b", "account", unicodedata.normalize("NFKC", header))
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)
    long_form, filler = _listed()["words"]["abbreviations"], _listed()["words"]["filler"]
    found = (long_form.get(word, word) for word in re.findall(r"[a-z]+|#", spaced.casefold()))
    return [word for word in found if word not in filler]


@cache
def _by_tokens() -> dict[str, dict[str, dict[frozenset[str], float]]]:
    """As `names`, by the words of the headers; single words are too little to go by."""
    listed = _listed()
    found: dict[str, dict[str, dict[frozenset[str], float]]] = {}
    for table, columns in names().items():
        found[table] = {}
        for column in columns:
            given = listed.get(table, {}).get(column, {})
            words = {
                frozenset(_words(header)): confidence
                for strength, confidence in reversed(STRENGTH.items())
                for header in [*given.get(strength, ()), *([column] if strength == "sure" else [])]
            }
            found[table][column] = {tokens: c for tokens, c in words.items() if len(tokens) > 1}
    return found


_MONTH_FORMS = (
    re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})(?:[-/.](?P<d>\d{1,2}))?(?:[ T]00:00(?::00)?)?"),
    re.compile(r"(?P<y>\d{4})(?P<m>0[1-9]|1[0-2])"),
    re.compile(r"(?P<m>\d{1,2})[-/.](?P<y>\d{4})"),
    re.compile(r"(?P<y>\d{4})年(?P<m>\d{1,2})月(?:度|分|末)?"),
    re.compile(
        r"(?P<e>令和|平成|r|h)(?P<y>\d{1,2}|元)(?:年|[./-])(?P<m>\d{1,2})(?:月(?:度|分|末)?)?"
    ),
    re.compile(r"(?P<n>[a-z]{3,9})[-/. '’_]*(?P<y>\d{4}|\d{2})"),
    re.compile(r"(?P<y>\d{4}|\d{2})[-/. _]*(?P<n>[a-z]{3,9})"),
)


def month_of(header: str) -> tuple[int, int] | None:
    """(year, month) named by a header such as `2024-04`, `Apr-24`, `2024年4月`, `令和6年4月`.

    A whole date counts when it is the first or a last day of its month.
    """
    text = unicodedata.normalize("NFKC", header[:_LONGEST]).strip().casefold()
    text = re.sub(r"^(mrr|arr|月額|売上)[ _:-]*|(?<![ _:-])[ _:-]*(mrr|月額|売上)$", "", text)
    if not any(char.isdecimal() for char in text):
        return None
    for form in _MONTH_FORMS:
        match = form.fullmatch(text)
        if match is None:
            continue
        part = match.groupdict()
        year = 1 if part["y"] == "元" else int(part["y"])
        if part.get("e"):
            year += ERAS[part["e"]]
        elif year < 100:
            year += 2000
        if part.get("n"):
            month = _MONTH_NUMBER.get(part["n"][:3], 0)
            if not _is_month_name(part["n"]):
                continue
        else:
            month = int(part["m"])
        if part.get("d") and 1 < int(part["d"]) < 28:
            continue
        if 1 <= month <= 12 and 1990 <= year <= 2200:
            return year, month
    return None


def _is_month_name(text: str) -> bool:
    full = ("january", "february", "march", "april", "may", "june", "july", "august",
            "september", "october", "november", "december")  # fmt: skip
    return text in _ENGLISH_MONTHS or text in full or text == "sept"
