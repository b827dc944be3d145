-- Which values does each combination stand for?
-- One row: a combination that occurs and one configured column.
-- needs: combinations, configured_columns
SELECT
    combinations.segment AS combination,
    configured_columns.column_no,
    (combinations.segment // configured_columns.radix) % configured_columns.value_count AS value_code
FROM combinations
CROSS JOIN configured_columns
