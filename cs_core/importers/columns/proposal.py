"""What a file was understood as: its table, and which header means which of its columns."""

from __future__ import annotations

from dataclasses import dataclass, field

from cs_core.domain.tables import TABLES
from cs_core.errors import InputError
from cs_core.importers.cells import words
from cs_core.importers.columns import headers
from cs_core.importers.containers.raw import Raw
from cs_core.importers.reading import Mapping

SURE = 0.75
# Needed columns below LEAST are not there; others must not be wrong, so they need more.
LEAST, LEAST_OPTIONAL = 0.5, 0.65
# Columns of `names.toml` that are not columns of the table itself.
DAYS = ("period", "event_at", "billed_at")  # What the date of a row may be beside its start.
# Days that shape a line without being its start or end.
ROLES = ("discount_end", "paused_at", "resumed_at")
# Constants that say how to read a file, and are no columns.
READING = ("amount_unit", "decimal", "shape", "amount_per", "amount_is", "tenure_unit")


@dataclass
class Proposal:
    """`columns`: canonical column -> (header, confidence); `segments`: name -> header;
    `accounts`: account attributes found among subscriptions; `constants` for every row. `changes`:
    amounts are changes of MRR; `parts`: those of each kind in a column of its own, with its sign.
    `yearly`: the header of a yearly price that stands beside a monthly one.
    """

    table: str
    columns: dict[str, tuple[str, float]]
    segments: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, tuple[str, float]] = field(default_factory=dict)
    roles: dict[str, tuple[str, float]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    ties: dict[str, list[str]] = field(default_factory=dict)
    parts: dict[str, int] = field(default_factory=dict)
    changes: bool = False
    yearly: str = ""
    by_plan: bool = False
    canonical: bool = False

    @property
    def per_term(self) -> bool:
        """Whether nothing says for how long amounts are but where each line starts and ends."""
        dated = {"start_date", "end_date"} <= self.columns.keys()
        priced = "amount" in self.columns and "mrr" not in self.columns
        told = {"interval", "mrr"} & {*self.columns, *self.constants}
        if self.table != "subscriptions" or not (dated and priced) or told:
            return False
        named = (self.columns[name][0] for name in ("amount", "start_date", "end_date"))
        return any(headers.says_contract(header) for header in named)

    @property
    def taken(self) -> list[tuple[str, float]]:
        """Every header that is used for more than to split by."""
        parts = [(header, 1.0) for header in self.parts]
        return [*self.columns.values(), *self.accounts.values(), *self.roles.values(), *parts]

    @property
    def weakest(self) -> tuple[str, float]:
        """The required column that is least sure, and how sure it is."""
        needed = TABLES[self.table].needed(self.columns)
        return min(
            ((name, self.columns[name][1]) for name in needed if name in self.columns),
            key=lambda item: item[1],
            default=("", 0.0),
        )


def from_mapping(raw: Raw, mapping: Mapping) -> Proposal:
    """The person's mapping as a proposal.

    Raises InputError when the mapping's columns are not in the file, or its table or targets
    are unknown, or a required column has none.
    """
    table = TABLES.get(mapping.table)
    if table is None:
        raise InputError("mapping_table", table=mapping.table, known=", ".join(TABLES))
    absent = [header for header in mapping.columns if header not in raw.headers]
    if absent:
        raise InputError("mapping_columns_absent", file=raw.file, columns=", ".join(absent))
    proposal = Proposal(mapping.table, {}, constants=dict(mapping.constants))
    for header, target in mapping.columns.items():
        if target in table.by_name:
            if target in proposal.columns:
                raise InputError("mapping_twice", column=target)
            proposal.columns[target] = (header, 1.0)
        elif target in ROLES and table.name == "subscriptions":
            proposal.roles[target] = (header, 1.0)
        elif target == "name" and table.name == "subscriptions":
            proposal.accounts["name"] = (header, 1.0)
        elif target and table.segments:
            proposal.segments[target] = header
        elif target:
            raise InputError("mapping_target", column=target, table=table.name)
    proposal.by_plan = plans_tell(raw, proposal)
    unknown = {*mapping.constants} - table.by_name.keys() - {*READING}
    if unknown:
        raise InputError("mapping_target", column=min(unknown), table=table.name)
    have = {*proposal.columns, *mapping.constants, *(["interval"] if proposal.by_plan else [])}
    missing = [name for name in table.needed(have) if name not in have]
    if missing:
        raise InputError("mapping_incomplete", table=table.name, columns=", ".join(missing))
    return proposal


def plans_tell(raw: Raw, proposal: Proposal) -> bool:
    """Whether the names of the plans say how often they are paid, and not all the same."""
    header, _ = proposal.columns.get("plan", ("", 0.0))
    if not header or "interval" in proposal.columns:
        return False
    used = {taken for taken, _ in proposal.taken}
    for name in (header, *(other for other in raw.headers if other not in used)):
        if headers.confidence(name, "subscriptions", "plan") < headers.STRENGTH["good"]:
            continue
        plans = raw.examples(raw.headers.index(name), 200)
        if len({unit for plan in plans if (unit := words.interval_in(plan))}) > 1:
            proposal.columns["plan"] = (name, proposal.columns["plan"][1])
            return True
    return False
