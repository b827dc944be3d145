"""Charts: a frame with the contract's columns in, a Vega-Lite specification out.

Two ways to use each function, one definition:

    charts.bridge(frame)                      -> altair.Chart, for a notebook
    charts.bridge.draw(frame, Look("dark", "ja", "JPY")) -> Drawing(spec, frame, fields, facts)

A page shows a Drawing with
`st.vega_lite_chart(drawing.shown, theme="streamlit", on_select="rerun", key=...)`,
reads the click with `picked(event.selection)`, and saves it with `export.png(drawing)`.
Specifications are made once per kind, theme, language and currency; only data travels on a rerun.
Charts know nothing of queries: periods that are not over are named by the caller (`partial`).
"""

from cs_core.charts.account_history import Story, account_history
from cs_core.charts.at_risk import calibration, segment_health
from cs_core.charts.base_value import base_value
from cs_core.charts.benchmarks import benchmarks
from cs_core.charts.breakdown import churn_reasons, mix_shift, segment_rates
from cs_core.charts.cohort_difference import cohort_difference
from cs_core.charts.cohorts import retention_curves, retention_heatmap
from cs_core.charts.conversion import conversion_rate
from cs_core.charts.definitions import attribution, side_by_side
from cs_core.charts.drawing import PICK, Drawing, picked
from cs_core.charts.fitted import retention_fit
from cs_core.charts.lessons import estimate_truth, guess_dots, lesson_bars, lesson_lines
from cs_core.charts.levers import scenarios, tornado, value_spread
from cs_core.charts.limits import rate_with_limits
from cs_core.charts.movements import bridge, movements
from cs_core.charts.nps import nps_churn, nps_history, nps_segments
from cs_core.charts.play_firings import play_firings
from cs_core.charts.projections import mrr_projection, staying, value_fan
from cs_core.charts.renewals import renewal_calendar, renewal_rate
from cs_core.charts.revenue_retention import retention_history
from cs_core.charts.seasons import decomposition
from cs_core.charts.survival import hazard, survival_curves
from cs_core.charts.theme import Look

__all__ = [
    "PICK",
    "Drawing",
    "Look",
    "Story",
    "account_history",
    "attribution",
    "base_value",
    "benchmarks",
    "bridge",
    "calibration",
    "churn_reasons",
    "cohort_difference",
    "conversion_rate",
    "decomposition",
    "estimate_truth",
    "guess_dots",
    "hazard",
    "lesson_bars",
    "lesson_lines",
    "mix_shift",
    "movements",
    "mrr_projection",
    "nps_churn",
    "nps_history",
    "nps_segments",
    "picked",
    "play_firings",
    "rate_with_limits",
    "renewal_calendar",
    "renewal_rate",
    "retention_curves",
    "retention_fit",
    "retention_heatmap",
    "retention_history",
    "scenarios",
    "segment_health",
    "segment_rates",
    "side_by_side",
    "staying",
    "survival_curves",
    "tornado",
    "value_fan",
    "value_spread",
]
