-- The rows of `retention_changes`, added up from the cube instead of from customers.
-- One row: as in `retention_changes`.
-- needs: retained_cube, combination_segments
SELECT
    /*whole*/ 0 AS segment,
    /*segmented*/ combination_segments.segment,
    retained_cube.currency_code,
    retained_cube.period_index,
    CAST(SUM(retained_cube.starting_mrr_change) AS HUGEINT) AS starting_mrr_change,
    CAST(SUM(retained_cube.now_mrr_change) AS HUGEINT) AS now_mrr_change,
    CAST(SUM(retained_cube.capped_mrr_change) AS HUGEINT) AS capped_mrr_change,
    CAST(SUM(retained_cube.starting_change) AS INTEGER) AS starting_change,
    CAST(SUM(retained_cube.kept_change) AS INTEGER) AS kept_change,
    CAST(SUM(retained_cube.starting_squared_change) AS DECIMAL(38, 0)) AS starting_squared_change,
    CAST(SUM(retained_cube.capped_squared_change) AS DECIMAL(38, 0)) AS capped_squared_change,
    CAST(SUM(retained_cube.capped_product_change) AS DECIMAL(38, 0)) AS capped_product_change,
    CAST(SUM(retained_cube.gained_squared_change) AS DECIMAL(38, 0)) AS gained_squared_change,
    CAST(SUM(retained_cube.gained_product_change) AS DECIMAL(38, 0)) AS gained_product_change
FROM retained_cube
/*segmented*/ INNER JOIN combination_segments ON retained_cube.segment = combination_segments.combination
    /*segmented*/ AND combination_segments.segment >= 0
GROUP BY
    /*segmented*/ combination_segments.segment,
    retained_cube.currency_code,
    retained_cube.period_index
