-- One row per name. `current` and `previous` are versions; `previous` is kept for one undo.
-- A deleted dataset keeps its rows until it is purged, so that deleting can be undone.
CREATE TABLE datasets (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL UNIQUE,
    last_version INTEGER NOT NULL,
    current      INTEGER NOT NULL,
    previous     INTEGER,
    deleted_at   TEXT
);

-- One row per import that is kept. A directory without a row here is a leftover.
CREATE TABLE versions (
    dataset_id TEXT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    version    INTEGER NOT NULL,
    directory  TEXT NOT NULL UNIQUE,
    created    TEXT NOT NULL,
    sources    TEXT NOT NULL,
    options    TEXT NOT NULL,
    report     TEXT NOT NULL,
    PRIMARY KEY (dataset_id, version)
);

-- One row per remembered choice; `value` is JSON.
CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- One row per header for which a person confirmed a mapping; `mapping` is JSON.
CREATE TABLE mappings (
    signature TEXT PRIMARY KEY,
    mapping   TEXT NOT NULL,
    saved     TEXT NOT NULL
);
