-- The rows of `churn_changes`, added up from the cube instead of from customers.
-- One row: as in `churn_changes`.
-- needs: churn_cube, combination_segments
SELECT
    /*whole*/ 0 AS segment,
    /*segmented*/ combination_segments.segment,
    churn_cube.currency_code,
    churn_cube.period_index,
    CAST(SUM(churn_cube.lost_customers) AS INTEGER) AS lost_customers,
    CAST(SUM(churn_cube.joined_and_left) AS INTEGER) AS joined_and_left,
    CAST(SUM(churn_cube.left_and_returned) AS INTEGER) AS left_and_returned
FROM churn_cube
/*segmented*/ INNER JOIN combination_segments ON churn_cube.segment = combination_segments.combination
    /*segmented*/ AND combination_segments.segment >= 0
GROUP BY
    /*segmented*/ combination_segments.segment,
    churn_cube.currency_code,
    churn_cube.period_index
