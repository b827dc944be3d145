"""Which encoding a text file is in: decided from all of its bytes, or asked for.

A byte-order mark, valid UTF-8 and the zero bytes of UTF-16 are decisive. Among the rest (CP932,
EUC-JP, CP1252) the decoded text is judged by how ordinary its characters are; when no reading is
ordinary, or two are, the person is asked.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from cs_core.errors import InputError

CHUNK = 1 << 20
SAMPLE = 1 << 18
# Scores below SURE, or closer to the runner-up than MARGIN, are not decided without asking.
SURE, MARGIN = 0.75, 0.2
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Control characters that no text file has: all but tab, line ends, form feed, Ctrl-Z, and what
# FileMaker and Access write for a line end within a cell (11) and between repeated values (29).
_CONTROL = bytes(set(range(32)) - {0, 9, 10, 11, 12, 13, 26, 29})
_HTML = re.compile(rb"^\s*(<!doctype\s+html|<html|<head|<\?xml[^>]*>\s*<(!doctype\s+)?html)", re.I)
_HEADER_WORDS = (
    "顧客",
    "契約",
    "会社",
    "解約",
    "月額",
    "料金",
    "金額",
    "開始",
    "終了",
    "プラン",
    "日付",
    "年月",
)


@dataclass(frozen=True)
class Encoding:
    """A Python codec name and how sure it is (0 to 1). `nul`: the text holds NUL characters."""

    codec: str
    confidence: float
    nul: bool = False

    @property
    def label(self) -> str:
        """The name people know it by."""
        return {"utf-8-sig": "utf-8", "euc_jp": "euc-jp", "iso2022_jp": "iso-2022-jp"}.get(
            self.codec, self.codec
        )


def choose(path: Path, file: str, forced: str | None = None) -> Encoding:
    """The encoding of a text file.

    Raises InputError: empty file, HTML page, binary content, an unknown or wrong `forced`
    encoding, or bytes that leave the choice open.
    """
    with path.open("rb") as stream:
        head = stream.read(SAMPLE)
    if not head:
        raise InputError("empty_file", file=file)
    mark = next((codec for mark, codec in _MARKS if head.startswith(mark)), None)
    if _HTML.match(head.removeprefix(codecs.BOM_UTF8)):
        raise InputError("html_page", file=file)
    if forced is not None:
        return _forced(path, file, forced)
    if mark:
        if not _decodes(path, mark):
            raise InputError("wrong_encoding", file=file, encoding=mark, option="--encoding")
        return Encoding(mark, 1.0, mark == "utf-8-sig" and _has_nul(path))
    if b"\x1b$" in head and _decodes(path, "iso2022_jp"):
        return Encoding("iso2022_jp", 0.95)
    nul = b"\0" in head or _has_nul(path)
    wide = _utf16_order(head) if nul else None
    if wide and _decodes(path, wide):
        return Encoding(wide, 0.95)
    if sum(head.count(bytes([byte])) for byte in _CONTROL) > len(head) / 1000 or (
        nul and head.count(b"\0") > len(head) / 100
    ):
        raise InputError("binary_file", file=file)
    if _decodes(path, "utf-8"):
        return Encoding("utf-8", 1.0, nul)
    return _by_characters(path, file, head, nul)


def sample(path: Path, codec: str, characters: int) -> str:
    """The first characters of a file that another encoding would read otherwise."""
    text = _lines_with_high_bytes(path).decode(codec, "replace")
    found = re.search(rf"[^\x00-\x7f].{{0,{characters - 1}}}", text)
    return found[0] if found else ""


def _forced(path: Path, file: str, forced: str) -> Encoding:
    try:
        codec = codecs.lookup({"shift_jis": "cp932", "sjis": "cp932"}.get(forced.lower(), forced))
    except LookupError:
        raise InputError("unknown_encoding", file=file, encoding=forced) from None
    name = "utf-8-sig" if codec.name == "utf-8" else codec.name
    if not getattr(codec, "_is_text_encoding", True) or not _decodes(path, name):
        raise InputError("wrong_encoding", file=file, encoding=forced, option="--encoding")
    return Encoding(name, 1.0, not name.startswith(("utf-16", "utf-32")) and _has_nul(path))


def _decodes(path: Path, codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)("strict")
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _has_nul(path: Path) -> bool:
    with path.open("rb") as stream:
        return any(b"\0" in chunk for chunk in iter(lambda: stream.read(CHUNK), b""))


def _utf16_order(head: bytes) -> str | None:
    """UTF-16 without a mark shows zero bytes on one side only: those of its line ends,
    delimiters and digits."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    least = len(head) / 2 * 0.05
    if odd > least and even <= odd / 50:
        return "utf-16-le"
    if even > least and odd <= even / 50:
        return "utf-16-be"
    return None


def _by_characters(path: Path, file: str, head: bytes, nul: bool) -> Encoding:
    sample = _lines_with_high_bytes(path) or head
    scores = {}
    for codec, judge in (("cp932", _japanese), ("euc_jp", _japanese), ("cp1252", _western)):
        if _decodes(path, codec):
            scores[codec] = judge(sample.decode(codec, "ignore"))
    if "cp1252" not in scores and _decodes(path, "latin-1"):
        scores["latin-1"] = _western(sample.decode("latin-1"))
    ranked = sorted(scores, key=lambda codec: -scores[codec])
    best, rest = ranked[0], ranked[1:]
    others = max((scores[codec] for codec in rest), default=0.0)
    if scores[best] < SURE or scores[best] - others < MARGIN or _in_doubt(best, sample):
        raise InputError(
            "encoding_unsure",
            file=file,
            candidates=", ".join(
                "euc-jp" if codec == "euc_jp" else codec for codec in ranked if scores[codec] > 0.2
            )
            or "cp932, euc-jp, cp1252, big5, gb18030",
            option="--encoding",
        )
    return Encoding(best, round(min(1.0, scores[best]), 2), nul)


def _lines_with_high_bytes(path: Path) -> bytes:
    """Up to SAMPLE bytes of the lines that are not pure ASCII, wherever they are."""
    found: list[bytes] = []
    size = 0
    with path.open("rb") as stream:
        for line in stream:
            if not line.isascii():
                found.append(line[:SAMPLE])
                size += len(found[-1])
                if size > SAMPLE:
                    break
    return b"".join(found)


def _japanese(text: str) -> float:
    """Share of ordinary Japanese among the characters that are not ASCII.

    Kana and the kanji of JIS level 1 are ordinary; half-width kana is half so; private-use
    characters, controls and rare kanji are what other encodings look like when misread.
    """
    wide = [char for char in text if char > "\x7f"]
    return sum(map(_ordinary, wide)) / len(wide) if wide else 0.0


def _ordinary(char: str) -> float:
    if "\u3000" <= char <= "\u30ff" or "\uff01" <= char <= "\uff5e" or char in "￥〜－…―‐−×○●△▲":
        return 1.0
    if "\uff61" <= char <= "\uff9f":
        return 0.5
    if "\u4e00" <= char <= "\u9fff":
        lead = char.encode("cp932", "replace")[0]
        return 1.0 if 0x88 <= lead <= 0x97 else 0.4
    if "\u2460" <= char <= "\u24ff" or "\u3200" <= char <= "\u33ff" or "\u2160" <= char <= "\u217f":
        return 1.0
    return 0.0


def _western(text: str) -> float:
    """Share of the characters that are not ASCII which are accented letters or common signs
    standing alone or in pairs, as they do in Western words."""
    wide = re.findall(r"[^\x00-\x7f]+", text)
    letters = set("ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝßàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿŒœŠšŽž")
    signs = set("€£¥©®°±²³½¼¾«»¿¡ªº§´·–—‘’“”„…•™\xa0")
    good = 0.0
    for run in wide:
        if len(run) <= 2:
            good += sum(1.0 if c in letters else 0.8 if c in signs else 0.0 for c in run)
    return good / sum(map(len, wide)) if wide else 0.0


def _in_doubt(best: str, sample: bytes) -> bool:
    """Whether an East Asian reading has nothing to confirm it.

    The bytes of EUC-JP kanji are also those of half-width kana in CP932, of Chinese and of
    Korean; full-width kana, or a word that heads columns, tell.
    """
    if best not in ("cp932", "euc_jp"):
        return False
    text = sample.decode(best, "ignore")
    if any(word in text for word in _HEADER_WORDS) or re.search(r"[\u3040-\u30ff]", text):
        return False
    if best == "euc_jp":
        return True
    return all("\uff61" <= char <= "\uff9f" for char in text if char > "\x7f")
