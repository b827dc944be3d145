"""Every account by id and name, and finding one by a part of either, however that is typed
(`text/folding.py`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cs_core.text.folding import comparable, one_line, readings
from cs_core.warehouse.store import Warehouse


@dataclass(frozen=True)
class Directory:
    """`ids` and `names` (None where there is none) by place. `folded` is a line a place: its
    number, id and name as they are compared, between tabs; one text, because searching it is far
    faster than searching a million small ones."""

    ids: tuple[str, ...]
    names: tuple[str | None, ...]
    folded: str

    def find(self, text: str, most: int = 20) -> list[int]:
        """Places whose id or name holds the text, `most` at most: those that begin with it first,
        then in order. Nothing for nothing."""
        asked = [reading for reading in readings(text) if reading]
        found = dict.fromkeys(place for one in asked for place in self._holding(one, most))
        if len(found) < most:
            begin = {place for one in asked for place in found if self._begins(place, one)}
            return sorted(found, key=lambda place: (place not in begin, place))
        first = [place for one in asked for place in self._holding(f"\t{one}", most)]
        return list(dict.fromkeys([*first, *found]))[:most]

    def _holding(self, asked: str, most: int) -> Iterator[int]:
        at, left = self.folded.find(asked), most
        while at >= 0 and left:
            begin = self.folded.rfind("\n", 0, at) + 1
            words = self.folded.find("\t", begin)
            if at < words:  # in the number
                at = self.folded.find(asked, words)
                continue
            yield int(self.folded[begin:words])
            left -= 1
            end = self.folded.find("\n", at)
            at = self.folded.find(asked, end) if end >= 0 else -1

    def _begins(self, place: int, asked: str) -> bool:
        words = (self.ids[place], self.names[place] or "")
        return any(comparable(one_line(word)).startswith(asked) for word in words)


def directory(warehouse: Warehouse) -> Directory:
    """Everybody the dataset has ever known, by id."""
    rows = warehouse.query(
        "SELECT account_keys.account_id, MIN(accounts.name) FROM account_keys"
        " LEFT JOIN accounts ON account_keys.account_id = accounts.account_id"
        " GROUP BY account_keys.account_id ORDER BY account_keys.account_id"
    )
    return laid_out(
        [str(account) for account, _ in rows],
        [None if name is None else str(name) for _, name in rows],
    )


def laid_out(ids: Sequence[str], names: Sequence[str | None]) -> Directory:
    lines = (
        f"{place}\t{one_line(account)}\t{one_line(name or '')}"
        for place, (account, name) in enumerate(zip(ids, names, strict=True))
    )
    return Directory(tuple(ids), tuple(names), comparable("\n".join(lines)))
