"""What a dataset may be called, and by what a header is recognised again."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable

from cs_core.errors import UsageError

LONGEST_NAME = 80
LONGEST_LABEL = 60
# Control, invisible formatting (bidi, zero width), surrogate, private and line separators.
_REFUSED = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def check_name(name: str) -> str:
    """The name as it is kept: composed (NFC), without spaces around it.

    Raises UsageError `dataset_name_…` for one that cannot be used.
    """
    name = unicodedata.normalize("NFC", name).strip()
    if not name:
        raise UsageError("dataset_name_empty")
    if len(name) > LONGEST_NAME:
        raise UsageError("dataset_name_too_long", length=len(name), limit=LONGEST_NAME)
    if "/" in name or "\\" in name:
        raise UsageError("dataset_name_slash", name=name)
    if not name.strip("."):
        raise UsageError("dataset_name_dots", name=name)
    for character in name:
        if unicodedata.category(character) in _REFUSED:
            raise UsageError("dataset_name_control", character=f"U+{ord(character):04X}")
    return name


def check_label(name: str, kind: str) -> str:
    """The name of something of a dataset's own (`kind`: scenario, play) as it is kept: composed
    (NFC), without spaces around it. Raises UsageError for one that cannot be used."""
    name = unicodedata.normalize("NFC", name).strip()
    if not name:
        raise UsageError(f"{kind}_name_empty")
    if len(name) > LONGEST_LABEL:
        raise UsageError("label_too_long", length=len(name), limit=LONGEST_LABEL)
    if any(unicodedata.category(character) in _REFUSED for character in name):
        raise UsageError("label_control")
    return name


def dataset_id(name: str) -> str:
    """The dataset's folder and lock: safe on any file system, the same in every process."""
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def header_signature(headers: Iterable[str]) -> str:
    """One short key for a set of headers, whatever their order."""
    joined = "\x1f".join(sorted(unicodedata.normalize("NFKC", header) for header in headers))
    return hashlib.sha256(joined.encode()).hexdigest()[:32]
