"""Lessons: what people believe of churn and lifetime value, and what is so."""

from cs_core.lessons.chance import SMALL_NUMBERS, STREAK
from cs_core.lessons.counting import BY_HAND, COHORT_CHART, MEAN_LINE, TRIANGLE
from cs_core.lessons.lesson import Figure, Lesson, Movable, Outcome, Picture, Setting
from cs_core.lessons.lifetimes import COMPOUND, FALLING, LEAVERS, LIFETIME, RENEWAL
from cs_core.lessons.rates import NET_RETENTION, RECIPE, SIMPSON, TWO_CHURNS
from cs_core.lessons.scores import FEATURE, RED_ONES, TOP_TENTH
from cs_core.lessons.simulator import SIMULATOR
from cs_core.lessons.worth import BENCHMARKS, LTV_CAC

__all__ = [
    "LESSONS",
    "SIMULATOR",
    "Figure",
    "Lesson",
    "Movable",
    "Outcome",
    "Picture",
    "Setting",
]

# In the order in which they are taught.
LESSONS = {
    lesson.key: lesson
    for lesson in (
        BY_HAND,
        COHORT_CHART,
        COMPOUND,
        LIFETIME,
        FALLING,
        LEAVERS,
        SMALL_NUMBERS,
        STREAK,
        SIMPSON,
        NET_RETENTION,
        RECIPE,
        TWO_CHURNS,
        RENEWAL,
        TRIANGLE,
        MEAN_LINE,
        TOP_TENTH,
        RED_ONES,
        FEATURE,
        LTV_CAC,
        BENCHMARKS,
    )
}
