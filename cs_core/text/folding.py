"""How texts are compared when somebody looks for something, however it is typed.

Width, case, the kind of kana and long vowels make no difference; Latin letters that read as kana
find kana, and kana find the Latin letters they are written with.
"""

from __future__ import annotations

import re
import unicodedata

_VOWELS = "aiueo"
_ROWS = {
    "": "あいうえお",
    "k": "かきくけこ",
    "g": "がぎぐげご",
    "s": "さしすせそ",
    "z": "ざじずぜぞ",
    "t": "たちつてと",
    "d": "だぢづでど",
    "n": "なにぬねの",
    "h": "はひふへほ",
    "b": "ばびぶべぼ",
    "p": "ぱぴぷぺぽ",
    "m": "まみむめも",
    "r": "らりるれろ",
}
_GLIDES = {"ya": "ゃ", "yu": "ゅ", "yo": "ょ"}
# Hepburn, where it differs from the rows.
_HEPBURN = {"し": "shi", "ち": "chi", "つ": "tsu", "じ": "ji", "ふ": "fu", "ぢ": "ji", "づ": "zu"}
_OTHERS = {"ya": "や", "yu": "ゆ", "yo": "よ", "wa": "わ", "wo": "を"}
_SHORT_STEMS = {"し": "sh", "ち": "ch", "じ": "j", "ぢ": "j"}  # sha, cha, ja
_MOST_SYLLABLE = 3
_LONG = re.compile("(?<=[おこそとのほもよろをごぞどぼぽょ])[うお]")
_KANA = re.compile("[ぁ-ゖ]")


def _syllables() -> dict[str, str]:
    """Every way to write a kana, or two of one syllable, in Latin letters; both systems."""
    found = dict(_OTHERS)
    for consonant, row in _ROWS.items():
        found |= {consonant + vowel: kana for vowel, kana in zip(_VOWELS, row, strict=True)}
        if consonant:
            found |= {consonant + glide: row[1] + small for glide, small in _GLIDES.items()}
    for kana, letters in _HEPBURN.items():
        found.setdefault(letters, kana)
    for kana, stem in _SHORT_STEMS.items():
        for glide, small in _GLIDES.items():
            found.setdefault(stem + glide[1], kana + small)
    return found


_TO_KANA = _syllables()
_TO_LATIN = {kana: letters for letters, kana in _TO_KANA.items() if kana not in _HEPBURN}
_TO_LATIN |= _HEPBURN | {
    kana + small: stem + glide[1]
    for kana, stem in _SHORT_STEMS.items()
    for glide, small in _GLIDES.items()
}


def folded(text: str) -> str:
    """As texts are compared: ＡＢ as ab, ｶﾅ and カナ as かな, トーキョー as ときょ, one space
    between words and none around."""
    return comparable(one_line(text)).strip()


def one_line(text: str) -> str:
    return " ".join(text.split())


def comparable(text: str) -> str:
    """The same of a text of many lines, which keeps them."""
    found = unicodedata.normalize("NFKC", text).casefold()
    if not found.isascii():
        found = _hiragana(found).replace("ー", "")
        found = _LONG.sub("", found)
    return found


def _hiragana(text: str) -> str:
    """Katakana lie as far above hiragana, letter for letter; each run of them at once."""
    return re.sub("[ァ-ヶ]+", lambda run: "".join(chr(ord(c) - 0x60) for c in run[0]), text)


def readings(text: str) -> list[str]:
    """The folded text, and the same in the other letters where it can be read so."""
    asked = folded(text)
    other = _latin(asked) if _KANA.search(asked) else _kana(asked)
    return [asked, *([folded(other)] if other and folded(other) != asked else [])]


def _kana(text: str) -> str:
    """Latin letters as kana; empty where they cannot be read so. A last syllable that is not
    finished yet is left out."""
    found, at = "", 0
    letters = text.replace("-", "").replace(" ", "")
    while at < len(letters):
        two = letters[at : at + 2]
        if len(two) == 2 and two[0] == two[1] and two[0] not in _VOWELS + "n":
            found, at = found + "っ", at + 1
            continue
        size = next(
            (n for n in range(_MOST_SYLLABLE, 0, -1) if letters[at : at + n] in _TO_KANA), 0
        )
        if size:
            found, at = found + _TO_KANA[letters[at : at + size]], at + size
        elif letters[at] == "n":
            found, at = found + "ん", at + 1
        elif len(letters) - at < _MOST_SYLLABLE and letters[at:].isalpha():
            break
        else:
            return ""
    return found if len(found) > 1 else ""


def _latin(text: str) -> str:
    """Kana as Latin letters, after Hepburn without long vowels."""
    found, at = "", 0
    while at < len(text):
        size = 2 if text[at : at + 2] in _TO_LATIN and len(text) - at > 1 else 1
        one = text[at : at + size]
        if one == "っ":
            following = _TO_LATIN.get(text[at + 1 : at + 3]) or _TO_LATIN.get(text[at + 1 : at + 2])
            found += (following or "")[:1]
        else:
            found += {"ん": "n"}.get(one) or _TO_LATIN.get(one, one)
        at += size
    return found
