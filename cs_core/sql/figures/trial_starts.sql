-- When did each account's first trial start, and when did it end?
-- One row: an account that was in a trial before it ever paid. `end_day` is the first day it would
-- pay for, NULL while nobody knows.
-- needs: lines, ledger
-- decision: trial lines that overlap or follow one another without a gap are one trial
-- decision: who had paid before is no new customer on trial; only an account's first trial counts
WITH trial_lines AS (
    SELECT
        CAST(account_key * $currency_count + CASE WHEN $currency_count = 1 THEN 0 ELSE currency_code END AS INTEGER) AS customer_key,
        account_key,
        start_date AS start_day,
        COALESCE(trial_end, end_date) AS end_day
    FROM lines
    WHERE (trial_end > start_date OR (status = 'trialing' AND trial_end IS NULL))
        AND start_date <= $as_of
),

followed_lines AS (
    SELECT
        trial_lines.*,
        MAX(COALESCE(end_day, DATE '9999-12-31')) OVER (
            PARTITION BY customer_key ORDER BY start_day, COALESCE(end_day, DATE '9999-12-31')
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS covered_until
    FROM trial_lines
),

numbered_trials AS (
    SELECT
        followed_lines.*,
        SUM(CASE WHEN covered_until IS NULL OR start_day > covered_until THEN 1 ELSE 0 END) OVER (
            PARTITION BY customer_key ORDER BY start_day, COALESCE(end_day, DATE '9999-12-31')
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS trial_number
    FROM followed_lines
),

first_trials AS (
    SELECT
        customer_key,
        MIN(account_key) AS account_key,
        MIN(start_day) AS start_day,
        CASE WHEN COUNT(end_day) = COUNT(*) THEN MAX(end_day) END AS end_day
    FROM numbered_trials
    WHERE trial_number = 1
    GROUP BY customer_key
)

SELECT
    first_trials.customer_key,
    first_trials.account_key,
    first_trials.start_day,
    first_trials.end_day,
    first_days.day AS first_paid_day
FROM first_trials
LEFT JOIN ledger AS first_days
    ON first_trials.customer_key = first_days.customer_key
    AND first_days.day = first_days.first_day
    AND first_days.day <= $as_of
WHERE first_days.day IS NULL OR first_days.day > first_trials.start_day
