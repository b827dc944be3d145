-- Which rows of the subscriptions files cannot be used?
-- One row: such a row; `rejections` says why.
-- needs: source_subscriptions
SELECT source_subscriptions.*
FROM source_subscriptions
WHERE
    account_id IS NULL
    OR start_date IS NULL
    OR (mrr IS NULL AND (amount IS NULL OR billing_interval IS NULL OR interval_count <= 0))
    OR start_date < DATE '1900-01-01'
    OR start_date > DATE '2200-12-31'
    OR end_date < DATE '1900-01-01'
    OR mrr < 0
    OR mrr > 100000000000000000
    OR amount > 100000000000000000000000
    OR amount < 0
    OR quantity < 0
    OR discount LIKE '-%'
    OR (mrr IS NULL AND billing_interval NOT IN ('day', 'week', 'month', 'quarter', 'year'))
    OR (mrr IS NULL AND CAST(amount AS DOUBLE) * CAST(COALESCE(quantity, 1000000) AS DOUBLE) > 1e29)
    OR end_date < start_date
