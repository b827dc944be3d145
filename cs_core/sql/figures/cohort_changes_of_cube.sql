-- The rows of `cohort_changes`, added up from the cube instead of from customers.
-- One row: as in `cohort_changes`.
-- needs: cohort_cube, combination_segments
SELECT
    /*whole*/ 0 AS segment,
    /*segmented*/ combination_segments.segment,
    cohort_cube.currency_code,
    cohort_cube.cohort_index,
    cohort_cube.period_index,
    CAST(SUM(cohort_cube.joined_mrr) AS HUGEINT) AS joined_mrr,
    CAST(SUM(cohort_cube.mrr_change) AS HUGEINT) AS mrr_change,
    CAST(SUM(cohort_cube.capped_change) AS HUGEINT) AS capped_change,
    CAST(SUM(cohort_cube.joined_customers) AS INTEGER) AS joined_customers,
    CAST(SUM(cohort_cube.active_change) AS INTEGER) AS active_change
FROM cohort_cube
/*segmented*/ INNER JOIN combination_segments ON cohort_cube.segment = combination_segments.combination
    /*segmented*/ AND combination_segments.segment >= 0
GROUP BY
    /*segmented*/ combination_segments.segment,
    cohort_cube.currency_code,
    cohort_cube.cohort_index,
    cohort_cube.period_index
