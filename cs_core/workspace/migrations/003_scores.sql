-- One row per day for which a dataset's accounts were scored; `card` is JSON: what the model
-- learned from, how it was judged, and the rules of the health score.
CREATE TABLE score_days (
    dataset_id   TEXT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    day          TEXT NOT NULL,
    horizon_days INTEGER NOT NULL,
    made         TEXT NOT NULL,
    card         TEXT NOT NULL,
    PRIMARY KEY (dataset_id, day, horizon_days)
);

-- One row per account on such a day. An account in two currencies that cannot be joined has two.
CREATE TABLE scores (
    dataset_id   TEXT NOT NULL,
    day          TEXT NOT NULL,
    horizon_days INTEGER NOT NULL,
    account_id   TEXT NOT NULL,
    currency     TEXT NOT NULL,
    mrr          TEXT NOT NULL,
    health       REAL,
    colour       TEXT,
    probability  REAL,
    low          REAL,
    high         REAL,
    PRIMARY KEY (dataset_id, account_id, currency, horizon_days, day),
    FOREIGN KEY (dataset_id, day, horizon_days)
        REFERENCES score_days (dataset_id, day, horizon_days) ON DELETE CASCADE
) WITHOUT ROWID;

-- What was said on a day stays as it was said.
CREATE TRIGGER score_days_stay BEFORE UPDATE ON score_days
BEGIN
    SELECT RAISE(ABORT, 'scores are never rewritten');
END;

CREATE TRIGGER scores_stay BEFORE UPDATE ON scores
BEGIN
    SELECT RAISE(ABORT, 'scores are never rewritten');
END;
