"""A small company whose account names are what somebody who means harm would write."""

from __future__ import annotations

from pathlib import Path

HOSTILE = (
    "![x](https://evil.example/a.png)",
    "<img src=https://evil.example/b.png onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "[click](javascript:alert(1))",
    '=HYPERLINK("https://evil.example","x")',
    ":red[boo] :material/delete: $\\frac{1}{2}$",
    "**bold** # heading",
    "https://evil.example/c",
    "\u202egnp.exe",
)


def write_subscriptions(path: Path) -> None:
    """Forty accounts that join month by month in 2023; every fifth leaves after seven months."""
    lines = ["account_id,name,plan,start_date,end_date,mrr,currency"]
    for number in range(40):
        month = number % 12 + 1
        end = f"2023-{month + 7:02}-10" if month + 7 <= 12 else f"2024-{month - 5:02}-10"
        left = end if number % 5 == 0 else ""
        plan = ("Starter", "Growth")[number % 2]
        name = HOSTILE[number % len(HOSTILE)].replace('"', '""')
        lines.append(
            f'A{number:03},"{name}",{plan},2023-{month:02}-05,{left},{1000 + 100 * number},JPY'
        )
    path.write_text("\n".join(lines) + "\n", "utf-8")
