-- When did each account that began with a free plan begin?
-- One row: an account whose first lines earn nothing and are neither trials nor paused.
-- needs: lines, ledger
WITH first_days_of_accounts AS (
    SELECT
        CAST(account_key * $currency_count + CASE WHEN $currency_count = 1 THEN 0 ELSE currency_code END AS INTEGER) AS customer_key,
        MIN(account_key) AS account_key,
        MIN(start_date) AS start_day
    FROM lines
    WHERE start_date <= $as_of
    GROUP BY account_key * $currency_count + CASE WHEN $currency_count = 1 THEN 0 ELSE currency_code END
),

free_accounts AS (
    SELECT first_days_of_accounts.customer_key, first_days_of_accounts.account_key, first_days_of_accounts.start_day
    FROM first_days_of_accounts
    INNER JOIN lines
        ON first_days_of_accounts.account_key = lines.account_key
        AND first_days_of_accounts.start_day = lines.start_date
        AND ($currency_count = 1 OR first_days_of_accounts.customer_key % $currency_count = lines.currency_code)
    GROUP BY first_days_of_accounts.customer_key, first_days_of_accounts.account_key, first_days_of_accounts.start_day
    HAVING COUNT(*) = COUNT(*) FILTER (
        WHERE lines.mrr = 0
            AND (lines.trial_end IS NULL OR lines.trial_end <= lines.start_date)
            AND (lines.status IS NULL OR lines.status NOT IN ('trialing', 'paused'))
    )
)

SELECT
    free_accounts.customer_key,
    free_accounts.account_key,
    free_accounts.start_day,
    CAST(NULL AS DATE) AS end_day,
    first_days.day AS first_paid_day
FROM free_accounts
LEFT JOIN ledger AS first_days
    ON free_accounts.customer_key = first_days.customer_key
    AND first_days.day = first_days.first_day
    AND first_days.day <= $as_of
WHERE first_days.day IS NULL OR first_days.day > free_accounts.start_day
