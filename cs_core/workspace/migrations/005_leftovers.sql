-- One row per folder that no longer counts because a person replaced or deleted what it held. It
-- goes from disk when nobody reads it any more; a folder that stands neither here nor in `versions`
-- is never removed.
CREATE TABLE leftovers (
    directory TEXT PRIMARY KEY,
    since     TEXT NOT NULL
);
