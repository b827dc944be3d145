-- From when to when does each line earn, and how much, under the policies?
-- One row: a line with at least one earning day, in its own currency; `end_day` is the first day
-- on which it no longer earns, NULL is open.
-- needs: lines, edge_files
-- decision: a request to cancel can bring an end forward, never back, and never before the start
-- decision: a trialing line without a trial end has not begun to pay
-- decision: who is there in the first month of data that begins in the middle earned the day before it
WITH dated_lines AS (
    SELECT
        account_key,
        currency_code,
        CASE
            /*!trial_counted*/ WHEN trial_end > start_date THEN trial_end
            /*left_edge*/ WHEN start_date < CAST($left_edge AS DATE) + INTERVAL 1 MONTH
                /*left_edge*/ AND file_no IN (SELECT edge_files.file_no FROM edge_files)
                /*left_edge*/ THEN CAST($left_edge AS DATE) - 1
            WHEN TRUE THEN start_date
        END AS start_day,
        /*past_due_days|cancel_request*/ LEAST(
            /*past_due_days*/ CASE WHEN status = 'past_due' THEN start_date + CAST($past_due_days AS INTEGER) END,
            /*cancel_request*/ CASE WHEN cancel_requested_at IS NOT NULL THEN GREATEST(cancel_requested_at, start_date) END,
            /*inclusive_end*/ end_date + 1
            /*!inclusive_end*/ end_date
        /*past_due_days|cancel_request*/ )
        AS end_day,
        /*!paused_keep*/ CASE WHEN status = 'paused' THEN 0 ELSE
            /*ignore_discounts*/ gross_mrr
            /*!ignore_discounts*/ mrr
        /*!paused_keep*/ END
        AS mrr,
        file_no,
        source_line,
        subscription_id,
        cancel_reason,
        churn_kind
        /*with_value*/ , line_value AS value
    FROM lines
    /*!trial_counted*/ WHERE status IS NULL OR status <> 'trialing' OR trial_end IS NOT NULL
)

SELECT
    account_key,
    currency_code,
    start_day,
    end_day,
    mrr,
    file_no,
    source_line,
    subscription_id,
    cancel_reason,
    churn_kind
    /*with_value*/ , value
FROM dated_lines
WHERE end_day IS NULL OR start_day < end_day
