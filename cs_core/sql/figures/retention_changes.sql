-- How do the figures behind NRR and GRR change from period to period?
-- One row: a segment, currency and period. Each customer's state $window months earlier is met
-- with its state now; what both hold over a stretch of periods is added at its start and taken
-- off at its end.
-- needs: then_states, now_states
WITH starting_sums AS (
    -- Stretches of the same periods are added up before they are taken apart into changes.
    SELECT
        segment,
        customer_key % $currency_count AS currency_code,
        from_period,
        to_period,
        COUNT(*) AS customers,
        SUM(then_mrr) AS mrr
    FROM then_states
    GROUP BY segment, customer_key % $currency_count, from_period, to_period
),

shared_sums AS (
    SELECT
        then_states.segment,
        then_states.customer_key % $currency_count AS currency_code,
        GREATEST(then_states.from_period, now_states.from_period) AS from_period,
        LEAST(then_states.to_period, now_states.to_period) AS to_period,
        COUNT(*) AS customers,
        SUM(now_states.now_mrr) AS mrr,
        SUM(LEAST(then_states.then_mrr, now_states.now_mrr)) AS capped_mrr
    FROM then_states
    INNER JOIN now_states
        ON then_states.customer_key = now_states.customer_key
        AND then_states.from_period < now_states.to_period
        AND now_states.from_period < then_states.to_period
    GROUP BY
        then_states.segment,
        then_states.customer_key % $currency_count,
        GREATEST(then_states.from_period, now_states.from_period),
        LEAST(then_states.to_period, now_states.to_period)
),

signed_changes AS (
    SELECT segment, currency_code, from_period AS period_index, customers AS starting, mrr AS starting_mrr, 0 AS kept, 0 AS now_mrr, 0 AS capped_mrr
    FROM starting_sums
    UNION ALL
    SELECT segment, currency_code, to_period, -customers, -mrr, 0, 0, 0
    FROM starting_sums
    UNION ALL
    SELECT segment, currency_code, from_period, 0, 0, customers, mrr, capped_mrr
    FROM shared_sums
    UNION ALL
    SELECT segment, currency_code, to_period, 0, 0, -customers, -mrr, -capped_mrr
    FROM shared_sums
)

SELECT
    segment,
    currency_code,
    period_index,
    CAST(SUM(starting) AS INTEGER) AS starting_change,
    CAST(SUM(starting_mrr) AS BIGINT) AS starting_mrr_change,
    CAST(SUM(kept) AS INTEGER) AS kept_change,
    CAST(SUM(now_mrr) AS BIGINT) AS now_mrr_change,
    CAST(SUM(capped_mrr) AS BIGINT) AS capped_mrr_change
FROM signed_changes
WHERE period_index < 1000000
GROUP BY segment, currency_code, period_index
