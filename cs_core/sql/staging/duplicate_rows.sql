-- Which rows repeat an earlier one in every column, subscription id included?
-- One row: a repeated row; the first of its kind, by file and line, is kept.
-- needs: source_subscriptions, account_keys, repeated_starts, rejections
WITH numbered_rows AS (
    SELECT
        source_subscriptions.file_no,
        source_subscriptions.source_line,
        source_subscriptions.subscription_id,
        mrr,
        ROW_NUMBER() OVER (
            PARTITION BY
                source_subscriptions.subscription_id, source_subscriptions.account_id,
                source_subscriptions.start_date, end_date, mrr, amount,
                billing_interval, interval_count, quantity, discount, plan, currency, trial_end, status,
                cancel_requested_at, cancel_reason, churn_kind, term_start, term_end, auto_renew
                /* segments */
            ORDER BY source_subscriptions.file_no, source_subscriptions.source_line
        ) AS copy_number
    FROM source_subscriptions
    INNER JOIN account_keys ON source_subscriptions.account_id = account_keys.account_id
    INNER JOIN repeated_starts
        ON account_keys.account_key = repeated_starts.account_key
        AND source_subscriptions.start_date = repeated_starts.start_date
    WHERE source_subscriptions.subscription_id IS NOT NULL
        AND NOT EXISTS (
            SELECT 1 FROM rejections
            WHERE rejections.file_no = source_subscriptions.file_no
                AND rejections.source_line = source_subscriptions.source_line
        )
)

SELECT
    file_no,
    source_line,
    'duplicate' AS code,
    'subscription_id' AS column_name,
    subscription_id AS value,
    COALESCE(mrr, 0) AS mrr
FROM numbered_rows
WHERE copy_number > 1
