"""The catalogue of figures, made from the headers of `sql/metrics/`, and how one is asked."""

from cs_core.metrics.catalogue import Metric, catalogue
from cs_core.metrics.options import Options
from cs_core.metrics.question import run, statement
from cs_core.metrics.result import Result

__all__ = ["Metric", "Options", "Result", "catalogue", "run", "statement"]
