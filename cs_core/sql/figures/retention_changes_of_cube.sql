-- The rows of `retention_changes`, added up from the cube instead of from customers.
-- One row: as in `retention_changes`.
-- needs: retention_cube, combination_segments
SELECT
    /*whole*/ 0 AS segment,
    /*segmented*/ combination_segments.segment,
    retention_cube.currency_code,
    retention_cube.period_index,
    CAST(SUM(retention_cube.starting_mrr_change) AS BIGINT) AS starting_mrr_change,
    CAST(SUM(retention_cube.now_mrr_change) AS BIGINT) AS now_mrr_change,
    CAST(SUM(retention_cube.capped_mrr_change) AS BIGINT) AS capped_mrr_change,
    CAST(SUM(retention_cube.starting_change) AS INTEGER) AS starting_change,
    CAST(SUM(retention_cube.kept_change) AS INTEGER) AS kept_change
FROM retention_cube
/*segmented*/ INNER JOIN combination_segments ON retention_cube.segment = combination_segments.combination
    /*segmented*/ AND combination_segments.segment >= 0
GROUP BY
    /*segmented*/ combination_segments.segment,
    retention_cube.currency_code,
    retention_cube.period_index
