"""What a person takes away to work on elsewhere: statements that need nothing of ours, tables, and
a dbt project."""
