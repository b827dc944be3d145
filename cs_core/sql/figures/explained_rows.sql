-- Which ledger rows are these, whose are they, and which lines of which files caused them?
-- One row: a ledger row and one line that starts or ends on its day; a row without one stays.
-- needs: chosen_rows, earning_lines, account_keys, accounts, result_currencies
WITH chosen_customers AS (
    SELECT DISTINCT customer_key FROM chosen_rows
),

-- Few customers are pointed at: their lines are set apart before anything is compared.
chosen_lines AS (
    SELECT
        earning_lines.customer_key,
        earning_lines.start_day,
        earning_lines.end_day,
        earning_lines.cancel_reason,
        earning_lines.file_no,
        earning_lines.source_line
        /*with_value*/ , earning_lines.value AS plan
    FROM earning_lines
    INNER JOIN chosen_customers ON earning_lines.customer_key = chosen_customers.customer_key
)

SELECT
    account_keys.account_id,
    named_accounts.name,
    chosen_rows.day AS date,
    result_currencies.currency,
    chosen_rows.movement,
    chosen_rows.mrr_before,
    chosen_rows.mrr_after,
    chosen_rows.delta,
    /*with_value*/ chosen_lines.plan,
    /*!with_value*/ CAST(NULL AS VARCHAR) AS plan,
    CASE WHEN chosen_rows.movement = 'churn' THEN chosen_lines.cancel_reason END AS cancel_reason,
    chosen_lines.file_no,
    chosen_lines.source_line
FROM chosen_rows
INNER JOIN account_keys ON chosen_rows.customer_key // $currency_count = account_keys.account_key
INNER JOIN result_currencies ON chosen_rows.customer_key % $currency_count = result_currencies.currency_code
LEFT JOIN (
    SELECT account_id, MIN(name) AS name FROM accounts
    GROUP BY account_id
) AS named_accounts ON account_keys.account_id = named_accounts.account_id
LEFT JOIN chosen_lines
    ON chosen_rows.customer_key = chosen_lines.customer_key
    /*members*/ AND chosen_lines.start_day <= chosen_rows.day
    /*members*/ AND (chosen_lines.end_day IS NULL OR chosen_lines.end_day > chosen_rows.from_day)
    /*!members*/ AND (
        /*!members*/ chosen_lines.start_day BETWEEN chosen_rows.from_day AND chosen_rows.day
        /*!members*/ OR chosen_lines.end_day BETWEEN chosen_rows.from_day AND chosen_rows.day
    /*!members*/ )
/*at_currency*/ WHERE result_currencies.currency = $at_currency
ORDER BY
    ABS(chosen_rows.delta) DESC,
    account_keys.account_id,
    chosen_rows.day,
    chosen_rows.movement,
    CASE WHEN chosen_rows.movement = 'churn' THEN chosen_lines.end_day = chosen_rows.day ELSE chosen_lines.start_day = chosen_rows.day END DESC,
    chosen_lines.file_no,
    chosen_lines.source_line
