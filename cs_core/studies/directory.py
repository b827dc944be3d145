"""Every account by id and name, and finding one by a part of either.

Letters are compared without regard to width, case, and the kind of kana.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from cs_core.warehouse.store import Warehouse

# Katakana lie as far above hiragana, letter for letter.
_HIRAGANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}


@dataclass(frozen=True)
class Directory:
    """`ids` and `names` (None where there is none) by place. `folded` is a line a place: its
    number, id and name as they are compared, between tabs; one text, because searching it is far
    faster than searching a million small ones."""

    ids: tuple[str, ...]
    names: tuple[str | None, ...]
    folded: str

    def find(self, text: str, most: int = 20) -> list[int]:
        """Places whose id or name holds the text, in order, `most` at most. Nothing for nothing."""
        asked, found = folded(text), list[int]()
        at = self.folded.find(asked) if asked else -1
        while at >= 0 and len(found) < most:
            begin = self.folded.rfind("\n", 0, at) + 1
            words = self.folded.find("\t", begin)
            if at <= words:  # in the number
                at = self.folded.find(asked, words)
                continue
            found.append(int(self.folded[begin:words]))
            end = self.folded.find("\n", at)
            at = self.folded.find(asked, end) if end >= 0 else -1
        return found


def directory(warehouse: Warehouse) -> Directory:
    """Everybody the dataset has ever known, by id."""
    rows = warehouse.query(
        "SELECT account_keys.account_id, MIN(accounts.name) FROM account_keys"
        " LEFT JOIN accounts ON account_keys.account_id = accounts.account_id"
        " GROUP BY account_keys.account_id ORDER BY account_keys.account_id"
    )
    ids = tuple(str(account) for account, _ in rows)
    names = tuple(None if name is None else str(name) for _, name in rows)
    lines = (
        f"{place}\t{_one_line(account)}\t{_one_line(name or '')}"
        for place, (account, name) in enumerate(zip(ids, names, strict=True))
    )
    return Directory(ids, names, _comparable("\n".join(lines)))


def folded(text: str) -> str:
    """As texts are compared: ＡＢ as ab, ｶﾅ and カナ as かな, without spaces around."""
    return _comparable(_one_line(text)).strip()


def _comparable(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().translate(_HIRAGANA)


def _one_line(text: str) -> str:
    return " ".join(text.split())
