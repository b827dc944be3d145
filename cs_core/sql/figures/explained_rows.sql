-- Which ledger rows are these, whose are they, and which lines of which files caused them?
-- One row: a ledger row and one line that starts or ends on its day; a row without one stays.
-- needs: chosen_rows, earning_lines, account_keys, accounts, lines, result_currencies
SELECT
    account_keys.account_id,
    named_accounts.name,
    chosen_rows.day,
    result_currencies.currency,
    chosen_rows.movement,
    chosen_rows.mrr_before,
    chosen_rows.mrr_after,
    chosen_rows.mrr_after - chosen_rows.mrr_before AS delta,
    /*plan*/ lines.plan_column AS plan,
    /*!plan*/ CAST(NULL AS VARCHAR) AS plan,
    CASE WHEN chosen_rows.movement = 'churn' THEN earning_lines.cancel_reason END AS cancel_reason,
    earning_lines.file_no,
    earning_lines.source_line
FROM chosen_rows
INNER JOIN account_keys ON chosen_rows.customer_key // $currency_count = account_keys.account_key
INNER JOIN result_currencies ON chosen_rows.customer_key % $currency_count = result_currencies.currency_code
LEFT JOIN (
    SELECT account_id, MIN(name) AS name FROM accounts
    GROUP BY account_id
) AS named_accounts ON account_keys.account_id = named_accounts.account_id
LEFT JOIN earning_lines
    ON chosen_rows.customer_key = earning_lines.customer_key
    AND (chosen_rows.day = earning_lines.start_day OR chosen_rows.day = earning_lines.end_day)
LEFT JOIN lines
    ON earning_lines.file_no = lines.file_no
    AND earning_lines.source_line = lines.source_line
    AND account_keys.account_key = lines.account_key
ORDER BY
    ABS(chosen_rows.mrr_after - chosen_rows.mrr_before) DESC,
    account_keys.account_id,
    chosen_rows.day,
    CASE WHEN chosen_rows.movement = 'churn' THEN earning_lines.end_day = chosen_rows.day ELSE earning_lines.start_day = chosen_rows.day END DESC,
    earning_lines.file_no,
    earning_lines.source_line
