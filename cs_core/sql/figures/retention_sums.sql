-- What do those add up to, period by period, who were customers $window months earlier?
-- One row: a segment, currency and period; MRR then, now and capped, and what tells the spread
-- between customers (as in `retention_changes`).
-- needs: retention_changes, result_currencies, numbers
WITH shown_values AS (
    /*!by*/ SELECT 0 AS segment, currency_code FROM result_currencies
    /*by*/ SELECT DISTINCT segment, currency_code FROM retention_changes
),

retention_grid AS (
    SELECT
        shown_values.segment,
        shown_values.currency_code,
        $grid_first + numbers.n AS period_index
    FROM shown_values
    CROSS JOIN numbers
    WHERE numbers.n <= $last_period - $grid_first
),

-- What began to count before the grid's first period still counts in it.
placed_changes AS (
    SELECT
        segment,
        currency_code,
        GREATEST(period_index, $grid_first) AS period_index,
        SUM(starting_change) AS starting_change,
        SUM(starting_mrr_change) AS starting_mrr_change,
        SUM(kept_change) AS kept_change,
        SUM(now_mrr_change) AS now_mrr_change,
        SUM(capped_mrr_change) AS capped_mrr_change,
        SUM(starting_squared_change) AS starting_squared_change,
        SUM(capped_squared_change) AS capped_squared_change,
        SUM(capped_product_change) AS capped_product_change,
        SUM(gained_squared_change) AS gained_squared_change,
        SUM(gained_product_change) AS gained_product_change
    FROM retention_changes
    GROUP BY segment, currency_code, GREATEST(period_index, $grid_first)
)

SELECT
    retention_grid.segment,
    retention_grid.currency_code,
    retention_grid.period_index,
    CAST(COALESCE(SUM(placed_changes.starting_change) OVER running, 0) AS INTEGER) AS starting_customers,
    CAST(COALESCE(SUM(placed_changes.starting_mrr_change) OVER running, 0) AS HUGEINT) AS starting_mrr,
    CAST(COALESCE(SUM(placed_changes.kept_change) OVER running, 0) AS BIGINT) AS kept_customers,
    CAST(COALESCE(SUM(placed_changes.now_mrr_change) OVER running, 0) AS HUGEINT) AS now_mrr,
    CAST(COALESCE(SUM(placed_changes.capped_mrr_change) OVER running, 0) AS HUGEINT) AS capped_mrr,
    CAST(COALESCE(SUM(placed_changes.starting_squared_change) OVER running, 0) AS DOUBLE) AS starting_squared,
    CAST(COALESCE(SUM(placed_changes.capped_squared_change) OVER running, 0) AS DOUBLE) AS capped_squared,
    CAST(COALESCE(SUM(placed_changes.capped_product_change) OVER running, 0) AS DOUBLE) AS capped_product,
    CAST(COALESCE(SUM(placed_changes.gained_squared_change) OVER running, 0) AS DOUBLE) AS gained_squared,
    CAST(COALESCE(SUM(placed_changes.gained_product_change) OVER running, 0) AS DOUBLE) AS gained_product
FROM retention_grid
LEFT JOIN placed_changes
    ON retention_grid.segment = placed_changes.segment
    AND retention_grid.currency_code = placed_changes.currency_code
    AND retention_grid.period_index = placed_changes.period_index
WINDOW running AS (
    PARTITION BY retention_grid.segment, retention_grid.currency_code ORDER BY retention_grid.period_index
)
