-- One row per play of a dataset. `rule` is JSON. `since` is the day from which it runs (NULL while
-- it is off or has not run yet), `ran` the last day it ran for.
CREATE TABLE plays (
    id         TEXT PRIMARY KEY,
    dataset_id TEXT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    rule       TEXT NOT NULL,
    is_on      INTEGER NOT NULL,
    since      TEXT,
    ran        TEXT,
    saved      TEXT NOT NULL,
    UNIQUE (dataset_id, name)
);

-- One row per task: what a play made for one customer on a day, or a person by hand (`play_id` and
-- `reason` empty). Tasks outlive their play; none is ever deleted but with its dataset.
CREATE TABLE tasks (
    id         TEXT PRIMARY KEY,
    dataset_id TEXT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    play_id    TEXT NOT NULL,
    play       TEXT NOT NULL,
    action     TEXT NOT NULL,
    account_id TEXT NOT NULL,
    currency   TEXT NOT NULL,
    name       TEXT,
    mrr        TEXT NOT NULL,
    reason     TEXT NOT NULL,
    owner      TEXT NOT NULL,
    fired      TEXT NOT NULL,
    due        TEXT NOT NULL,
    status     TEXT NOT NULL,
    made       TEXT NOT NULL,
    changed    TEXT NOT NULL,
    UNIQUE (dataset_id, play_id, account_id, currency, fired)
);

-- One row per contact with an account; a deleted one stays until the dataset goes, so that
-- deleting can be undone.
CREATE TABLE contacts (
    id         TEXT PRIMARY KEY,
    dataset_id TEXT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    account_id TEXT NOT NULL,
    day        TEXT NOT NULL,
    who        TEXT NOT NULL,
    outcome    TEXT NOT NULL,
    note       TEXT NOT NULL,
    made       TEXT NOT NULL,
    deleted_at TEXT
);

CREATE INDEX contacts_of_account ON contacts (dataset_id, account_id);
