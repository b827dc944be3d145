-- One row per thing done about an account on the list of a week. `mark` is done, snoozed or
-- assigned; `until` the day a snoozed one comes back, `owner` whom it was given to, `tasks` the ids
-- of the tasks that were closed with it (JSON). Taken back, a row goes.
CREATE TABLE week_marks (
    id         TEXT PRIMARY KEY,
    dataset_id TEXT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    account_id TEXT NOT NULL,
    mark       TEXT NOT NULL,
    day        TEXT NOT NULL,
    until      TEXT,
    owner      TEXT,
    tasks      TEXT NOT NULL,
    made       TEXT NOT NULL
);

-- One row per account on the list of a week (its Monday), as it was when the week was first looked
-- at; never rewritten.
CREATE TABLE week_lists (
    dataset_id  TEXT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    week        TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    name        TEXT,
    kinds       TEXT NOT NULL,
    owner       TEXT NOT NULL,
    mrr         TEXT NOT NULL,
    probability REAL,
    PRIMARY KEY (dataset_id, week, account_id)
) WITHOUT ROWID;
