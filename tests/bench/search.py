"""Finding an account among many: `python -m tests.bench.search [ACCOUNTS]` (default 1 000 000).
Prints seconds to lay the directory out, and milliseconds of each question."""

from __future__ import annotations

import random
import sys
import time

from cs_core.studies.directory import Directory, laid_out

KANJI = "青木南風山本田中森川島高橋林鈴木佐藤食品運輸建設商事物流工業"
QUESTIONS = ("zzzz", "sakura", "ｻｸﾗ", "株式会社zz", "a0099999", "e", "lark", "99999 sys", "tokyo")


def made(accounts: int) -> Directory:
    draw = random.Random(1)
    ids = [f"A{n:07d}" for n in range(accounts)]
    names: list[str | None] = [
        "株式会社" + "".join(draw.choices(KANJI, k=4)) if n % 2 else f"Larkside {n} Systems"
        for n in range(accounts)
    ]
    names[accounts * 3 // 4] = "サクラソリューション"
    return laid_out(ids, names)


def main(accounts: int) -> None:
    start = time.perf_counter()
    known = made(accounts)
    print(f"{accounts:,} accounts laid out in {time.perf_counter() - start:.1f} s")
    worst = 0.0
    for asked in QUESTIONS:
        start = time.perf_counter()
        found = known.find(asked)
        took = 1000 * (time.perf_counter() - start)
        worst = max(worst, took)
        print(f"{asked}: {len(found)} in {took:.1f} ms")
    print(f"at most {worst:.0f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
