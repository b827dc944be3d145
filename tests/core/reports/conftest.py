from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cs_core.datasets import Dataset, open_dataset

HEAD = "account_id,start_date,end_date,mrr,plan,currency,cancel_reason,cancel_requested_at\n"
# What the names of accounts and the reasons of leavers must not be able to do anywhere.
HOSTILE = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '=HYPERLINK("http://evil.example","x")',
    "![x](http://evil.example/x.png)",
    "@SUM(1+1)",
    "&lt;b&gt;&#60;i&#62;",
    "\u202egnp.exe",
    "$(touch pwned) `x` #eval",
)


def company(folder: Path, months: int = 30, accounts: int = 40) -> list[Path]:
    """Two plans; every fourth account leaves after a while, some grow."""
    lines, names = [], []
    for n in range(accounts):
        year, month = 2022 + (n % 12) // 12, n % 12 + 1
        start = f"{year}-{month:02}-01"
        plan = ("Basic", "Team")[n % 2]
        price = 1000 + 137 * n
        if n % 4 == 0:
            end, reason = f"2023-{month:02}-01", HOSTILE[n % len(HOSTILE)]
            lines.append(f'A{n:03},{start},{end},{price},{plan},JPY,"{_quoted(reason)}",')
        elif n % 4 == 1:
            lines.append(f"A{n:03},{start},2023-03-15,{price},{plan},JPY,,")
            lines.append(f"A{n:03},2023-03-15,,{price * 2},{plan},JPY,,")
        else:
            notice = "2023-08-20" if n % 8 == 7 else ""
            lines.append(f"A{n:03},{start},,{price},{plan},JPY,,{notice}")
        names.append(f'A{n:03},"{_quoted(HOSTILE[n % len(HOSTILE)])} {n}"')
    files = [folder / "subscriptions.csv", folder / "accounts.csv"]
    files[0].write_text(HEAD + "\n".join(lines) + "\n", "utf-8")
    files[1].write_text("account_id,name\n" + "\n".join(names) + "\n", "utf-8")
    return files


def _quoted(text: str) -> str:
    return text.replace('"', '""')


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return company(tmp_path_factory.mktemp("reported"))


@pytest.fixture(scope="session")
def dataset(files: list[Path]) -> Iterator[Dataset]:
    with open_dataset(files) as found:
        yield found
