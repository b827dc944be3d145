-- Which rows of the subscriptions files cannot be used, and why?
-- One row: a row set aside, with the first reason that holds. `mrr` is what it would have earned a
-- month before discounts, without sign, rounded down; 0 where that cannot be said.
-- needs: unusable_rows
SELECT
    file_no,
    source_line,
    CASE
        WHEN account_id IS NULL OR start_date IS NULL THEN 'missing_value'
        WHEN mrr IS NULL AND amount IS NULL THEN 'missing_value'
        WHEN mrr IS NULL AND billing_interval IS NULL THEN 'missing_value'
        WHEN start_date < DATE '1900-01-01' OR start_date > DATE '2200-12-31' OR end_date < DATE '1900-01-01'
            THEN 'date_out_of_range'
        WHEN mrr < 0 OR amount < 0 OR quantity < 0 OR discount LIKE '-%' THEN 'negative_amount'
        WHEN mrr > 100000000000000000 OR amount > 100000000000000000000000 THEN 'too_large'
        WHEN mrr IS NULL AND (billing_interval NOT IN ('day', 'week', 'month', 'quarter', 'year') OR interval_count <= 0)
            THEN 'unknown_interval'
        WHEN mrr IS NULL AND CAST(amount AS DOUBLE) * CAST(COALESCE(quantity, 1000000) AS DOUBLE) > 1e29 THEN 'too_large'
        ELSE 'end_before_start'
    END AS code,
    CASE
        WHEN account_id IS NULL THEN 'account_id'
        WHEN start_date IS NULL THEN 'start_date'
        WHEN mrr IS NULL AND amount IS NULL THEN 'mrr'
        WHEN mrr IS NULL AND billing_interval IS NULL THEN 'interval'
        WHEN start_date < DATE '1900-01-01' OR start_date > DATE '2200-12-31' THEN 'start_date'
        WHEN end_date < DATE '1900-01-01' THEN 'end_date'
        WHEN mrr < 0 THEN 'mrr'
        WHEN amount < 0 THEN 'amount'
        WHEN quantity < 0 THEN 'quantity'
        WHEN discount LIKE '-%' THEN 'discount'
        WHEN mrr > 100000000000000000 THEN 'mrr'
        WHEN amount > 100000000000000000000000 THEN 'amount'
        WHEN mrr IS NULL AND billing_interval NOT IN ('day', 'week', 'month', 'quarter', 'year') THEN 'interval'
        WHEN mrr IS NULL AND interval_count <= 0 THEN 'interval_count'
        WHEN mrr IS NULL AND CAST(amount AS DOUBLE) * CAST(COALESCE(quantity, 1000000) AS DOUBLE) > 1e29 THEN 'amount'
        ELSE 'end_date'
    END AS column_name,
    CASE
        WHEN account_id IS NULL OR start_date IS NULL OR (mrr IS NULL AND amount IS NULL) THEN NULL
        WHEN start_date < DATE '1900-01-01' OR start_date > DATE '2200-12-31' THEN CAST(start_date AS VARCHAR)
        WHEN mrr < 0 THEN CAST(mrr / 1000000.0 AS VARCHAR)
        WHEN amount < 0 THEN CAST(amount / 1000000000000.0 AS VARCHAR)
        WHEN quantity < 0 THEN CAST(quantity / 1000000.0 AS VARCHAR)
        WHEN discount LIKE '-%' THEN discount
        WHEN end_date < start_date THEN CAST(end_date AS VARCHAR)
        ELSE billing_interval
    END AS value,
    CASE
        WHEN ABS(mrr) <= 100000000000000000 THEN ABS(mrr)
        WHEN mrr IS NULL AND billing_interval IN ('day', 'week', 'month', 'quarter', 'year')
            AND COALESCE(interval_count, 1) > 0
            AND ABS(CAST(amount AS DOUBLE)) * ABS(CAST(COALESCE(quantity, 1000000) AS DOUBLE)) <= 1e29
            THEN CAST(
                ABS(CAST(amount AS HUGEINT)) * ABS(COALESCE(quantity, 1000000))
                * CASE billing_interval WHEN 'week' THEN 52 WHEN 'day' THEN 365 ELSE 1 END
                // (
                    CAST(1000000000000 AS HUGEINT) * COALESCE(interval_count, 1)
                    * CASE billing_interval WHEN 'month' THEN 1 WHEN 'quarter' THEN 3 ELSE 12 END
                ) AS BIGINT
            )
        ELSE 0
    END AS mrr
FROM unusable_rows
