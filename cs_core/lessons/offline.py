"""A lesson as one HTML file that asks nobody for anything: fifty students need no server.

The model runs in the page (`offline_models.js`) and draws from the same numbers (`draws`); what it
does not compute are constants of the core, written into the file. The content policy allows the
file's own script and style sheet by their hash and nothing else.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from functools import lru_cache
from html import escape
from importlib.resources import files
from typing import Any

from cs_core.charts import Look
from cs_core.charts.theme import THEMES
from cs_core.domain.benchmarks import of_measure
from cs_core.lessons import counting, rates, scores, worth
from cs_core.lessons.lesson import Lesson
from cs_core.text import catalogue, numbers, t
from cs_core.text.embedded import json_inside, source_hash

WORDS = ("believed", "your_guess", "you_said", "it_is", "right", "wrong")
HEADINGS = (
    "guess",
    "show",
    "skip",
    "missing",
    "move",
    "another",
    "reset_settings",
    "why",
    "check",
    "own",
)
PARTS = (
    "opening",
    "closing",
    "new",
    "reactivation",
    "expansion",
    "contraction",
    "churn",
    "rate",
    "mix",
    "cohort",
)
COLORS = ("ground", "second", "text", "muted", "border", "primary", "good", "caution", "other")


def constants(key: str) -> dict[str, Any]:
    """What the page's model of this lesson takes from the core."""
    monthly, annual = ([r[name] for r in (rates.BEFORE, rates.AFTER)] for name in rates.BEFORE)
    cohorts = {
        "cohorts": counting.COHORTS,
        "start": counting.JOIN,
        "row": counting.READ_COHORT,
        "age": counting.READ_AGE,
    }
    found: dict[str, dict[str, Any]] = {
        "ledger": {"ledger": {name: list(paid) for name, paid in counting.LEDGER.items()}},
        "cohort_chart": cohorts,
        "triangle": cohorts,
        "mean_line": cohorts,
        "simpson": {"all": rates.ALL, "monthly": monthly, "annual": annual},
        "net_retention": {"accounts": rates.ACCOUNTS},
        "recipe": {"opening": rates.OPENING},
        "two_churns": {
            "large": rates.LARGE,
            "medium": rates.MEDIUM,
            "small": rates.SMALL,
            "mediums": rates.MEDIUMS,
        },
        "red_ones": {"accounts": scores.ACCOUNTS},
    }
    if key == "ltv_cac":
        values = worth.four_values(1.0, worth.HISTORY)
        return {
            "arpa": worth.ARPA,
            "formula": values["revenue"] / worth.ARPA,
            "lifetime": values["curve"] / worth.ARPA,
            "loyal": worth.LOYAL,
            "fickle": worth.FICKLE,
            "discount": worth.DISCOUNT,
            "rule": worth.RULE,
        }
    if key == "benchmarks":
        quoted = {item.key: item for item in of_measure("monthly_churn")}
        years = {name: list(pair) for name, pair in worth.quoted_years().items()}
        return {"years": years, "consumer": 1 - quoted["monthly_consumer"].high}
    return found.get(key, {})


def data(lesson: Lesson, language: str) -> dict[str, Any]:
    """What the page knows: settings, texts, units of figures, constants."""
    prefix = f"lesson.{lesson.key}."
    outcome = lesson.outcome(lesson.defaults)
    texts = {k[len(prefix) :]: v for k, v in catalogue(language).items() if k.startswith(prefix)}
    answer = outcome.figures.get(lesson.answer)
    said = {name: t(f"page.learn.{name}", language) for name in WORDS}
    if answer is not None:
        said["your_guess"] = t(f"page.learn.your_guess_{answer.unit}", language)
    parts = {
        name: t(f"page.learn.offline.part.{name}", language) for name in (*PARTS, "rate", "mix")
    }
    parts["months"] = t("chart.lesson.months", language)
    return {
        "key": lesson.key,
        "settings": [
            {
                "name": one.name,
                "label": t(f"lesson.setting.{one.name}", language),
                "default": one.default,
                "low": one.low,
                "high": one.high,
                "step": one.step,
                "unit": one.unit,
                "digits": one.digits,
            }
            for one in lesson.settings
        ],
        "figures": {
            name: {"unit": figure.unit, "digits": figure.digits}
            for name, figure in outcome.figures.items()
        },
        "answer": lesson.answer,
        "choices": list(lesson.choices),
        "checks": list(lesson.checks),
        "right": lesson.right,
        "chance": lesson.chance,
        "texts": texts,
        "words": said,
        "parts": parts,
        "points": numbers.points(0.01, 0).replace("+", ""),
        "months": [numbers.months(1, language), numbers.months(2, language)],
        "constants": constants(lesson.key),
    }


def render(lesson: Lesson, language: str) -> str:
    """The whole file as text."""
    style, script = _style(), _file("offline_models.js") + _file("offline_page.js")
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none';"
        f" style-src '{source_hash(style)}'; script-src '{source_hash(script)}'"
    )
    title = t(f"lesson.{lesson.key}.title", language)
    word = {name: escape(t(f"page.learn.{name}", language)) for name in HEADINGS}
    own = escape(t(f"lesson.{lesson.key}.own", language))
    return f"""<!doctype html>
<html lang="{language}"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer"><title>{escape(title)}</title><style>{style}</style>
</head><body><header><h1>{escape(title)}</h1><div id="belief" class="muted"></div></header><main>
<section aria-label="{word["guess"]}"><h2>{word["guess"]}</h2><div id="question"></div>
<div id="table" class="scroll"></div><div id="ask"><div id="guess"></div>
<button id="show" class="first">{word["show"]}</button><button id="skip">{word["skip"]}</button>
<p id="missing" class="wrong" role="alert" hidden>{word["missing"]}</p></div>
<div id="gap" tabindex="-1"></div></section>
<div id="after" hidden>
<section><div id="chart"></div><div id="finding" aria-live="polite"></div><h2>{word["move"]}</h2>
<div id="settings"></div><button id="another">{word["another"]}</button>
<button id="restart">{word["reset_settings"]}</button></section>
<section><h2>{word["why"]}</h2><div id="explain"></div></section>
<section><h2>{word["check"]}</h2><fieldset id="checks"></fieldset>
<div id="verdict" role="status"></div></section>
<section><h2>{word["own"]}</h2><p>{own}</p></section></div></main>
<script type="application/json" id="lesson">{json_inside(data(lesson, language))}</script>
<script>{script}</script></body></html>
"""


def course(lessons: Iterable[Lesson], language: str) -> bytes:
    """The files of these lessons in a zip, numbered in this order; the same every time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for place, lesson in enumerate(lessons, 1):
            named = zipfile.ZipInfo(f"{place:02}-{lesson.key}.html")
            named.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(named, render(lesson, language))
    return out.getvalue()


@lru_cache(maxsize=4)
def _file(name: str) -> str:
    return files("cs_core.lessons").joinpath(name).read_text("utf-8")


@lru_cache(maxsize=1)
def _style() -> str:
    light, dark = (_colors(Look(theme)) for theme in THEMES)
    return f"{light}\n@media screen and (prefers-color-scheme: dark) {{ {dark} }}\n" + _file(
        "offline.css"
    )


def _colors(look: Look) -> str:
    pairs = [f"--{name}: {look.color(name)};" for name in COLORS]
    pairs += [f"--c{place}: {look.colors('category')[place]};" for place in range(3)]
    heat = [
        f"td.h{step} {{ background: {color}; color: {_ink(color)}; }}"
        for step, color in enumerate(look.colors("heatmap"))
    ]
    return f":root {{ {' '.join(pairs)} }} {' '.join(heat)}"


def _ink(color: str) -> str:
    """Black or white, whichever is read better on it: by the relative luminance of WCAG 2."""
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
    return "#000" if 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] > 0.18 else "#fff"
