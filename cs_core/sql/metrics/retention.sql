-- What became of the MRR of those who were customers some months ago?
-- kind: period
-- grain: period x segment x currency
-- unit: rate
-- parameters: period, from, to, as_of, by, where, currency, window, policies
-- heeds: snapshot, constant_rates
-- keys: period, window_months, segment, currency
-- explain: row = rows of members, starting_customers = rows of members, starting_mrr = earlier of members,
--   customer_retention = kept of members, nrr = later of members, grr = capped of members
-- absent: none
-- partial: left out
-- cube: yes
-- definition: NRR = their MRR now / their MRR then; GRR caps each account's MRR now at its MRR then
-- money: starting_mrr
-- decision: per account, not from totals; segment value at the earlier instant
-- decision: unfinished periods are left out; rates are constant rates
-- needs: retention_changes, result_currencies, segment_values, numbers
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
        SUM(capped_mrr_change) AS capped_mrr_change
    FROM retention_changes
    GROUP BY segment, currency_code, GREATEST(period_index, $grid_first)
),

running_figures AS (
    SELECT
        retention_grid.segment,
        retention_grid.currency_code,
        retention_grid.period_index,
        CAST(COALESCE(SUM(placed_changes.starting_change) OVER running, 0) AS INTEGER) AS starting_customers,
        CAST(COALESCE(SUM(placed_changes.starting_mrr_change) OVER running, 0) AS BIGINT) AS starting_mrr,
        CAST(COALESCE(SUM(placed_changes.kept_change) OVER running, 0) AS BIGINT) AS kept_customers,
        CAST(COALESCE(SUM(placed_changes.now_mrr_change) OVER running, 0) AS BIGINT) AS now_mrr,
        CAST(COALESCE(SUM(placed_changes.capped_mrr_change) OVER running, 0) AS BIGINT) AS capped_mrr
    FROM retention_grid
    LEFT JOIN placed_changes
        ON retention_grid.segment = placed_changes.segment
        AND retention_grid.currency_code = placed_changes.currency_code
        AND retention_grid.period_index = placed_changes.period_index
    WINDOW running AS (
        PARTITION BY retention_grid.segment, retention_grid.currency_code ORDER BY retention_grid.period_index
    )
)

SELECT
    running_figures.period_index,
    /*by*/ segment_values.value AS segment,
    result_currencies.currency,
    CAST($window AS INTEGER) AS window_months,
    starting_customers,
    starting_mrr,
    CASE WHEN starting_customers > 0 THEN CAST(kept_customers AS DOUBLE) / starting_customers END AS customer_retention,
    CASE WHEN starting_mrr > 0 THEN CAST(now_mrr AS DOUBLE) / starting_mrr END AS nrr,
    CASE WHEN starting_mrr > 0 THEN CAST(capped_mrr AS DOUBLE) / starting_mrr END AS grr
FROM running_figures
INNER JOIN result_currencies ON running_figures.currency_code = result_currencies.currency_code
/*by*/ LEFT JOIN segment_values ON segment_values.column_no = $by_column AND running_figures.segment = segment_values.value_code
WHERE running_figures.period_index >= $first_period
    AND running_figures.period_index <= $last_complete_period
    /*by*/ AND starting_customers > 0
ORDER BY
    running_figures.period_index,
    /*by*/ segment_values.value NULLS LAST,
    result_currencies.currency
