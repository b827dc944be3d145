"""The demo company: made up, seeded, and with its truth beside it."""

from cs_core.demo.company import DEFAULT_ACCOUNTS, DEFAULT_MONTHS, DEFAULT_SEED, DemoCompany, make
from cs_core.demo.files import stripe_export, write, write_csv

__all__ = [
    "DEFAULT_ACCOUNTS",
    "DEFAULT_MONTHS",
    "DEFAULT_SEED",
    "DemoCompany",
    "make",
    "stripe_export",
    "write",
    "write_csv",
]
