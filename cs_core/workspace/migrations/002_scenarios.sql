-- One row per saved scenario of a dataset. `scenario` is TOML that names only what differs from
-- the dataset's own figures, so that it stays right when they move on.
CREATE TABLE scenarios (
    dataset_id TEXT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    scenario   TEXT NOT NULL,
    saved      TEXT NOT NULL,
    PRIMARY KEY (dataset_id, name)
);
