"""Lifetime value of the person's own customers: figures into assumptions, estimates and scenarios.

`customers` reads figures, `answers` makes the estimators and simulations of them, `curves` the
fitted retention curves and the value of today's customers.
"""

from cs_core.studies.lifetime.answers import (
    estimates,
    lifetimes,
    ltv,
    price,
    priced,
    projection,
    simulation_of,
)
from cs_core.studies.lifetime.curves import Fits, base_value, fits
from cs_core.studies.lifetime.customers import Customers, read

__all__ = [
    "Customers",
    "Fits",
    "base_value",
    "estimates",
    "fits",
    "lifetimes",
    "ltv",
    "price",
    "priced",
    "projection",
    "read",
    "simulation_of",
]
