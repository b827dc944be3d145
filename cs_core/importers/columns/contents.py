"""What the cells of each column look like."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from cs_core.importers.cells import dates, numbers, words
from cs_core.importers.containers.raw import Raw


class Contents:
    """What the cells of each column look like, judged on its first distinct values."""

    def __init__(self, raw: Raw) -> None:
        self._raw = raw
        self._samples: dict[int, list[str]] = {}

    def sample(self, position: int) -> list[str]:
        if position not in self._samples:
            texts: Any = self._raw.examples(position, 100)
            self._samples[position] = [text for text in texts if text.strip()]
        return self._samples[position]

    def are_counts(self, position: int) -> bool:
        """Whether the cells are small whole numbers."""
        texts = [text.strip() for text in self.sample(position)]
        return bool(texts) and all(text.isdecimal() and len(text) <= 3 for text in texts)

    def are_days(self, position: int) -> bool:
        texts = self.sample(position)
        return bool(texts) and dates.looks_like_dates(texts) == 1 and not self.are_counts(position)

    def middle_day(self, position: int) -> date:
        days = [min(dates.readings(text).values()) for text in self.sample(position)]
        return sorted(days)[len(days) // 2]

    def are_prices(self, position: int) -> bool:
        """Whether the cells are numbers, and some of them are written as money is: with
        decimals, a currency sign or thousands apart."""
        texts = self.sample(position)
        written = any(re.search(r"[.,]\d|[$€£¥￥円]", text) for text in texts)
        return written and all(map(numbers.is_number, texts))

    def say_intervals(self, position: int) -> bool:
        """Whether prices say for how long they are: "$10/mo"."""
        written = map(numbers.take_apart, self.sample(position))
        return any(number and number.per for number in written)

    def are_numbers(self, position: int) -> bool:
        texts = self.sample(position)
        return bool(texts) and all(map(numbers.is_number, texts))

    def are_keys(self, position: int) -> bool:
        """Whether the cells could name accounts: filled, nearly all different, no day or price."""
        column = self._raw.columns[position].slice(0, 5000)
        different = len(column.unique()) > 0.5 * len(column)
        other = self.are_days(position) or self.are_prices(position)
        return different and not column.null_count and not other

    def says(self, position: int, kind: str) -> bool:
        """Whether there are cells, and at least half of them are of the kind."""
        return bool(self.sample(position)) and self.agreement(position, kind) == 1.0

    def agreement(self, position: int, kind: str) -> float:
        """1 when the cells are of the kind or empty, less the fewer of them are."""
        texts = self.sample(position)
        if not texts or kind == "text":
            return 1.0
        if kind == "date":
            share = dates.looks_like_dates(texts)
        elif kind in ("amount", "number", "discount"):
            share = sum(map(numbers.is_number, texts)) / len(texts)
        elif kind == "flag":
            share = sum(words.flag(text) is not None for text in texts) / len(texts)
        elif kind == "status":
            share = sum(words.is_status(text) for text in texts) / len(texts)
        elif kind == "currency":
            share = sum(words.is_currency(text) for text in texts) / len(texts)
        else:
            share = sum(words.interval(text) is not None for text in texts) / len(texts)
        return 1.0 if share >= 0.5 else 0.55 + share / 10
