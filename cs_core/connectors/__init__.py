"""Where data lives that nobody uploads: folders of files, PostgreSQL, other DuckDB files. What is
read becomes files for the importers; nothing is ever written there."""
