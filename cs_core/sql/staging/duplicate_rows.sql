-- Which rows repeat an earlier one in every column, subscription id included?
-- One row: a repeated row; the first of its kind, by file and line, is kept.
-- needs: source_subscriptions, repeated_starts
WITH numbered_rows AS (
    SELECT
        source_subscriptions.file_no,
        source_subscriptions.source_line,
        source_subscriptions.subscription_id,
        mrr,
        ROW_NUMBER() OVER (
            PARTITION BY
                source_subscriptions.subscription_id, account_id, source_subscriptions.start_date, end_date, mrr, amount,
                billing_interval, interval_count, quantity, discount, plan, currency, trial_end, status,
                cancel_requested_at, cancel_reason, churn_kind, term_start, term_end, auto_renew
                /* segments */
            ORDER BY source_subscriptions.file_no, source_subscriptions.source_line
        ) AS copy_number
    FROM source_subscriptions
    INNER JOIN repeated_starts
        ON source_subscriptions.subscription_id = repeated_starts.subscription_id
        AND source_subscriptions.start_date IS NOT DISTINCT FROM repeated_starts.start_date
)

SELECT file_no, source_line, subscription_id, mrr
FROM numbered_rows
WHERE copy_number > 1
