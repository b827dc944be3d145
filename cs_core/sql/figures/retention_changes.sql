-- How do the figures behind NRR and GRR change from period to period?
-- One row: a segment, currency and period. Each customer's state $window months earlier is met
-- with its state now; what both hold over a stretch of periods is added at its start and taken
-- off at its end. Sums of squares and products, of ten-thousandths of the currency unit, are what
-- the spread between customers is told from.
-- needs: then_states, now_states
WITH starting_sums AS (
    -- Stretches of the same periods are added up before they are taken apart into changes.
    SELECT
        segment,
        customer_key % $currency_count AS currency_code,
        from_period,
        to_period,
        COUNT(*) AS customers,
        SUM(then_mrr) AS mrr,
        SUM(CAST(then_mrr // 100 AS DECIMAL(38, 0)) * CAST(then_mrr // 100 AS DECIMAL(38, 0))) AS squared
    FROM then_states
    GROUP BY segment, customer_key % $currency_count, from_period, to_period
),

shared_stretches AS (
    SELECT
        then_states.segment,
        then_states.customer_key % $currency_count AS currency_code,
        GREATEST(then_states.from_period, now_states.from_period) AS from_period,
        LEAST(then_states.to_period, now_states.to_period) AS to_period,
        now_states.now_mrr,
        LEAST(then_states.then_mrr, now_states.now_mrr) AS capped_mrr,
        CAST(then_states.then_mrr // 100 AS DECIMAL(38, 0)) AS before,
        CAST(LEAST(then_states.then_mrr, now_states.now_mrr) // 100 AS DECIMAL(38, 0)) AS capped,
        CAST(GREATEST(now_states.now_mrr - then_states.then_mrr, 0) // 100 AS DECIMAL(38, 0)) AS gained
    FROM then_states
    INNER JOIN now_states
        ON then_states.customer_key = now_states.customer_key
        AND then_states.from_period < now_states.to_period
        AND now_states.from_period < then_states.to_period
),

shared_sums AS (
    SELECT
        segment,
        currency_code,
        from_period,
        to_period,
        COUNT(*) AS customers,
        SUM(now_mrr) AS mrr,
        SUM(capped_mrr) AS capped_mrr,
        SUM(capped * capped) AS capped_squared,
        SUM(before * capped) AS capped_product,
        SUM(gained * gained) AS gained_squared,
        SUM(before * gained) AS gained_product
    FROM shared_stretches
    GROUP BY segment, currency_code, from_period, to_period
),

signed_changes AS (
    SELECT segment, currency_code, from_period AS period_index, 1 AS sign, customers AS starting, mrr AS starting_mrr, squared AS starting_squared, 0 AS kept, 0 AS now_mrr, 0 AS capped_mrr, 0 AS capped_squared, 0 AS capped_product, 0 AS gained_squared, 0 AS gained_product
    FROM starting_sums
    UNION ALL
    SELECT segment, currency_code, to_period, -1, customers, mrr, squared, 0, 0, 0, 0, 0, 0, 0
    FROM starting_sums
    UNION ALL
    SELECT segment, currency_code, from_period, 1, 0, 0, 0, customers, mrr, capped_mrr, capped_squared, capped_product, gained_squared, gained_product
    FROM shared_sums
    UNION ALL
    SELECT segment, currency_code, to_period, -1, 0, 0, 0, customers, mrr, capped_mrr, capped_squared, capped_product, gained_squared, gained_product
    FROM shared_sums
)

SELECT
    segment,
    currency_code,
    period_index,
    CAST(SUM(sign * starting) AS INTEGER) AS starting_change,
    CAST(SUM(sign * starting_mrr) AS HUGEINT) AS starting_mrr_change,
    CAST(SUM(sign * kept) AS INTEGER) AS kept_change,
    CAST(SUM(sign * now_mrr) AS HUGEINT) AS now_mrr_change,
    CAST(SUM(sign * capped_mrr) AS HUGEINT) AS capped_mrr_change,
    CAST(SUM(sign * starting_squared) AS DECIMAL(38, 0)) AS starting_squared_change,
    CAST(SUM(sign * capped_squared) AS DECIMAL(38, 0)) AS capped_squared_change,
    CAST(SUM(sign * capped_product) AS DECIMAL(38, 0)) AS capped_product_change,
    CAST(SUM(sign * gained_squared) AS DECIMAL(38, 0)) AS gained_squared_change,
    CAST(SUM(sign * gained_product) AS DECIMAL(38, 0)) AS gained_product_change
FROM signed_changes
WHERE period_index < 1000000
GROUP BY segment, currency_code, period_index
