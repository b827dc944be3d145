-- Of those who first paid in one period, who and how much MRR is left after each further period?
-- kind: cohort
-- grain: cohort x age x segment x currency
-- unit: rate
-- parameters: period, from, to, as_of, by, where, currency, policies
-- heeds: event, constant_rates
-- keys: cohort, age, segment, currency
-- explain: row = delta of cohorts, cohort_customers = rows of cohorts firsts, active_customers = customers of cohorts,
--   customer_retention = customers of cohorts, cohort_mrr = delta of cohorts firsts, active_mrr = delta of cohorts,
--   net_mrr_retention = delta of cohorts, gross_mrr_retention = held of cohorts
-- absent: none
-- partial: left out
-- cube: yes
-- definition: customers (MRR) at the end of the cohort's period plus age, over those who first paid
-- money: cohort_mrr, active_mrr
-- decision: a returner stays in its first cohort; a cohort that lost nobody is shown
-- decision: a cell not fully observed by the as-of date is absent, never 0
-- decision: gross MRR caps each customer at its MRR at the end of its first paid day
-- needs: cohort_changes, result_currencies, segment_values, numbers
WITH cohort_sizes AS (
    SELECT
        segment,
        currency_code,
        cohort_index,
        SUM(joined_customers) AS cohort_customers,
        CAST(SUM(joined_mrr) AS HUGEINT) AS cohort_mrr
    FROM cohort_changes
    WHERE cohort_index >= $first_period AND cohort_index <= $last_period
    GROUP BY segment, currency_code, cohort_index
),

cohort_cells AS (
    SELECT
        cohort_sizes.*,
        numbers.n AS age,
        cohort_sizes.cohort_index + numbers.n AS period_index
    FROM cohort_sizes
    CROSS JOIN numbers
    WHERE numbers.n <= $last_shown_period - $grid_first
        AND cohort_sizes.cohort_index + numbers.n <= $last_shown_period
),

running_cells AS (
    SELECT
        cohort_cells.*,
        CAST(COALESCE(SUM(cohort_changes.active_change) OVER running, 0) AS INTEGER) AS active_customers,
        CAST(COALESCE(SUM(cohort_changes.mrr_change) OVER running, 0) AS HUGEINT) AS active_mrr,
        CAST(COALESCE(SUM(cohort_changes.capped_change) OVER running, 0) AS HUGEINT) AS capped_mrr
    FROM cohort_cells
    LEFT JOIN cohort_changes
        ON cohort_cells.segment = cohort_changes.segment
        AND cohort_cells.currency_code = cohort_changes.currency_code
        AND cohort_cells.cohort_index = cohort_changes.cohort_index
        AND cohort_cells.period_index = cohort_changes.period_index
    WINDOW running AS (
        PARTITION BY cohort_cells.segment, cohort_cells.currency_code, cohort_cells.cohort_index
        ORDER BY cohort_cells.period_index
    )
)

SELECT
    running_cells.cohort_index,
    running_cells.age,
    /*by*/ segment_values.value AS segment,
    result_currencies.currency,
    CAST(cohort_customers AS INTEGER) AS cohort_customers,
    active_customers,
    CASE WHEN cohort_customers > 0 THEN CAST(active_customers AS DOUBLE) / cohort_customers END AS customer_retention,
    cohort_mrr,
    active_mrr,
    CASE WHEN cohort_mrr > 0 THEN CAST(active_mrr AS DOUBLE) / cohort_mrr END AS net_mrr_retention,
    CASE WHEN cohort_mrr > 0 THEN CAST(capped_mrr AS DOUBLE) / cohort_mrr END AS gross_mrr_retention
    /*partial*/ , running_cells.period_index > $last_complete_period AS partial
FROM running_cells
INNER JOIN result_currencies ON running_cells.currency_code = result_currencies.currency_code
/*by*/ LEFT JOIN segment_values ON segment_values.column_no = $by_column AND running_cells.segment = segment_values.value_code
ORDER BY
    running_cells.cohort_index,
    running_cells.age,
    /*by*/ segment_values.value NULLS LAST,
    result_currencies.currency
