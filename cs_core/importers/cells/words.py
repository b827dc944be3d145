"""Values that are words: flags, billing intervals, states, currencies. The words themselves are
in `words.toml`; an unknown one gives None, or stays as it is where any text is allowed."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

_IN_NAMES = {
    "week": r"\bweekly\b|\bper week\b|週額|週払",
    "month": r"\bmonthly\b|\b(per )?month\b|\bmo\b|月額|月払|毎月|月契約",
    "quarter": r"\bquarterly\b|\bquarter\b|四半期",
    "year": r"\b(bi)?annual(ly)?\b|\byearly\b|\b(per )?year\b|\byr\b|年額|年払|年契約|年間",
}
# Less than a loss: nothing is left.
LEAVES = -2
_ISO_PERIOD = re.compile(r"p([1-9]\d{0,2})([dwmy])")
_EVERY = re.compile(
    r"(?:every\s*)?(\d{1,3})\s*+(?:-\s*+)?(.+?)(?:毎|ごと|払い|払|契約|プラン|\(s\))?"
)


@cache
def _listed() -> dict[str, Any]:
    with (Path(__file__).parent / "words.toml").open("rb") as stream:
        return tomllib.load(stream)


@cache
def _meanings(kind: str) -> dict[str, str]:
    return {word: meaning for meaning, words in _listed()[kind].items() for word in words}


def folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def is_nothing(text: str) -> bool:
    """Whether a cell spells that it is empty: NULL, None, -, なし."""
    return folded(text) in _listed()["nothing"]


def nothings() -> list[str]:
    """The spellings of nothing as they are usually written."""
    found = _listed()["nothing"]
    return [form for word in found for form in {word, word.upper(), word.title(), "NaN", "NaT"}]


def is_no_day(text: str) -> bool:
    """Whether a cell where a day is wanted spells that there is none: 0, 0000-00-00 too."""
    word = folded(text)
    return is_nothing(text) or not re.sub(r"[0:./ t-]+", "", word)


def flag(text: str) -> bool | None:
    word = folded(text).removesuffix(".0").removesuffix(".")
    meaning = _meanings("flag").get(word)
    return None if meaning is None else meaning == "true"


def interval(text: str) -> tuple[str, int] | None:
    """(day, week, month, quarter or year; how many of them make one payment period)."""
    word = folded(text).replace("_", " ")
    units = _meanings("interval")
    if word in units:
        return units[word], 1
    if counted := _meanings("counted").get(word):
        count, unit = counted.split()
        return unit, int(count)
    if period := _ISO_PERIOD.fullmatch(word):
        return {"d": "day", "w": "week", "m": "month", "y": "year"}[period[2]], int(period[1])
    match = _EVERY.fullmatch(word)
    if match and match[2].strip() in units and int(match[1]) > 0:
        return units[match[2].strip()], int(match[1])
    return None


def interval_in(text: str) -> str | None:
    """The billing interval that the name of a plan speaks of: "Pro (annual)", "月額プラン"."""
    word = folded(text)
    found = {unit for unit, pattern in _IN_NAMES.items() if re.search(pattern, word)}
    return found.pop() if len(found) == 1 else None


def status(text: str) -> str:
    """A known state under its canonical name, any other as it is."""
    return _status(text) or text


def _status(text: str) -> str | None:
    """Also where it says whose state it is: "Former patron", "Subscription expired"."""
    word = re.sub(r"[\s-]+", "_", folded(text))
    bare = re.sub(r"^(subscription|contract)_|_(patron|member|customer|subscri\w+)$", "", word)
    return _meanings("status").get(word) or _meanings("status").get(bare)


def event(text: str) -> str | None:
    """What an event does: start, change, pause, resume or end."""
    return _meanings("event").get(_happening(text))


def direction(text: str) -> int:
    """What an event does to what is paid: 1 more, -1 less, LEAVES all of it ends, 0 not said."""
    said = event(text)
    if said == "end":
        return LEAVES
    if said in ("start", "resume"):
        return 1
    return {"up": 1, "down": -1}.get(_meanings("direction").get(_happening(text), ""), 0)


def _happening(text: str) -> str:
    """What happened, without what is said beside: "churned (voluntary)", "expansion MRR"."""
    word = " ".join(re.sub(r"[\W_]+", " ", folded(text)).split()).removesuffix(" event")
    word = re.sub(r"^mrr | mrr$| (in)?voluntary$| delinquent$", "", word)
    return re.sub(r"(?<=[^ -~])mrr$", "", word)


_ONE_OFF = re.compile(
    r"\b(set ?up|one ?time|one ?off|onetime|(activation|installation|implementation|onboarding|"
    r"migration|joining|enrol+ment|registration) (fee|charge|cost)s?)\b|"
    r"初期(費用|導入|設定|登録)|導入(費用|支援費)|入会金|登録料|事務手数料|単発|一時(費用|金)"
)
_TRIAL = re.compile(r"\b(trial|free|freemium)\b|トライアル|無料|試用|お試し")


def is_one_off(text: str) -> bool:
    """Whether a text names a charge that comes once: "Setup fee", "one-time", 初期費用."""
    return bool(_ONE_OFF.search(re.sub(r"[-_]", " ", folded(text))))


def is_trial(text: str) -> bool:
    """Whether the name of a plan says that it costs nothing."""
    return bool(_TRIAL.search(re.sub(r"[-_]", " ", folded(text))))


def without_interval(text: str) -> str:
    """The name of a plan without how often it is paid."""
    word = folded(text)
    for pattern in _IN_NAMES.values():
        word = re.sub(pattern, "", word)
    return re.sub(r"[\W_]+", " ", word).strip()


def bill(text: str) -> str | None:
    """`refund` or `not_billed` where a status or type says that a row is no bill; else None."""
    return _meanings("bill").get(re.sub(r"[\s_-]+", " ", folded(text)))


def is_status(text: str) -> bool:
    return _status(text) is not None


def is_currency(text: str) -> bool:
    return bool(re.fullmatch("[A-Z]{3}", currency(text)))


def churn_kind(text: str) -> str:
    return _meanings("churn_kind").get(folded(text), text)


def currency(text: str) -> str:
    word = folded(text)
    code = word.upper() if re.fullmatch(r"[a-z]{3}", word) else text
    return _meanings("currency").get(word, code)


def is_total(text: str) -> bool:
    """Whether a cell labels a row of totals."""
    return folded(text).rstrip(":") in _listed()["totals"]
