-- One row per link to a frozen report. The token is kept nowhere, only its SHA-256; `password` is
-- a salted scrypt hash or empty. `page` is the frozen page, compressed; a revoked link has none.
CREATE TABLE links (
    id          INTEGER PRIMARY KEY,
    token       TEXT NOT NULL UNIQUE,
    dataset_id  TEXT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    title       TEXT NOT NULL,
    request     TEXT NOT NULL,
    page        BLOB,
    password    TEXT NOT NULL,
    refreshes   INTEGER NOT NULL,
    made        TEXT NOT NULL,
    frozen      TEXT NOT NULL,
    expires     TEXT NOT NULL,
    revoked     TEXT,
    openings    INTEGER NOT NULL DEFAULT 0,
    last_opened TEXT
);
