-- What are opening, movements and closing of each segment and period?
-- One row: a segment, currency and period from the first ledger row on, with zeros where nothing
-- happened.
-- needs: bridge_changes, shown_segments, numbers
WITH bridge_grid AS (
    SELECT
        shown_segments.segment,
        shown_segments.currency_code,
        $grid_first + numbers.n AS period_index
    FROM shown_segments
    CROSS JOIN numbers
    WHERE numbers.n <= $last_period - $grid_first
),

filled_grid AS (
    SELECT
        bridge_grid.segment,
        bridge_grid.currency_code,
        bridge_grid.period_index,
        COALESCE(bridge_changes.earlier_mrr, 0) AS earlier_mrr,
        COALESCE(bridge_changes.earlier_customers, 0) AS earlier_customers,
        COALESCE(bridge_changes.new_mrr, 0) AS new_mrr,
        COALESCE(bridge_changes.reactivation_mrr, 0) AS reactivation_mrr,
        COALESCE(bridge_changes.expansion_mrr, 0) AS expansion_mrr,
        COALESCE(bridge_changes.contraction_mrr, 0) AS contraction_mrr,
        COALESCE(bridge_changes.churned_mrr, 0) AS churned_mrr,
        COALESCE(bridge_changes.fx_mrr, 0) AS fx_mrr,
        COALESCE(bridge_changes.transferred_in_mrr, 0) AS transferred_in_mrr,
        COALESCE(bridge_changes.transferred_out_mrr, 0) AS transferred_out_mrr,
        COALESCE(bridge_changes.new_customers, 0) AS new_customers,
        COALESCE(bridge_changes.reactivated_customers, 0) AS reactivated_customers,
        COALESCE(bridge_changes.churned_customers, 0) AS churned_customers,
        COALESCE(bridge_changes.transferred_in_customers, 0) AS transferred_in_customers,
        COALESCE(bridge_changes.transferred_out_customers, 0) AS transferred_out_customers
    FROM bridge_grid
    LEFT JOIN bridge_changes
        ON bridge_grid.segment = bridge_changes.segment
        AND bridge_grid.currency_code = bridge_changes.currency_code
        AND bridge_grid.period_index = bridge_changes.period_index
),

closed_grid AS (
    SELECT
        filled_grid.*,
        CAST(SUM(
            earlier_mrr + new_mrr + reactivation_mrr + expansion_mrr - contraction_mrr - churned_mrr
            + fx_mrr + transferred_in_mrr - transferred_out_mrr
        ) OVER running AS HUGEINT) AS closing_mrr,
        CAST(SUM(
            earlier_customers + new_customers + reactivated_customers - churned_customers
            + transferred_in_customers - transferred_out_customers
        ) OVER running AS INTEGER) AS closing_customers
    FROM filled_grid
    WINDOW running AS (PARTITION BY segment, currency_code ORDER BY period_index)
)

SELECT
    closed_grid.*,
    COALESCE(LAG(closing_mrr) OVER earlier, 0) AS opening_mrr,
    COALESCE(LAG(closing_customers) OVER earlier, 0) AS opening_customers
FROM closed_grid
WINDOW earlier AS (PARTITION BY segment, currency_code ORDER BY period_index)
