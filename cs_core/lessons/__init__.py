"""Lessons: what people believe of churn and lifetime value, and what is so."""

from cs_core.lessons.chance import SMALL_NUMBERS, STREAK
from cs_core.lessons.lesson import Figure, Lesson, Outcome, Picture, Setting
from cs_core.lessons.lifetimes import COMPOUND, FALLING, LEAVERS, LIFETIME, RENEWAL
from cs_core.lessons.rates import NET_RETENTION, RECIPE, SIMPSON, TWO_CHURNS

__all__ = ["LESSONS", "Figure", "Lesson", "Outcome", "Picture", "Setting"]

# In the order in which they are taught.
LESSONS = {
    lesson.key: lesson
    for lesson in (
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
    )
}
