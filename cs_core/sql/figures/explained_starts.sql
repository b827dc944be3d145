-- Which accounts stand behind the conversion pointed at?
-- One row: an account and a number of days in which to pay, with the first line of its start.
-- needs: counted_starts, lines, account_keys, accounts, result_currencies, chosen_segment
WITH first_lines AS (
    SELECT
        account_key,
        start_date,
        file_no,
        source_line,
        ROW_NUMBER() OVER (PARTITION BY account_key, start_date ORDER BY file_no, source_line) AS place
    FROM lines
)

SELECT
    account_keys.account_id,
    named_accounts.name,
    counted_starts.start_day AS date,
    result_currencies.currency,
    /*waiting*/ counted_starts.within_days,
    counted_starts.decides_on,
    counted_starts.first_paid_day,
    first_lines.file_no,
    first_lines.source_line
FROM counted_starts
INNER JOIN account_keys ON counted_starts.customer_key // $currency_count = account_keys.account_key
INNER JOIN result_currencies ON counted_starts.currency_code = result_currencies.currency_code
LEFT JOIN (
    SELECT account_id, MIN(name) AS name FROM accounts
    GROUP BY account_id
) AS named_accounts ON account_keys.account_id = named_accounts.account_id
LEFT JOIN first_lines
    ON account_keys.account_key = first_lines.account_key
    AND counted_starts.start_day = first_lines.start_date
    AND first_lines.place = 1
WHERE counted_starts.period_index >= $first_period AND counted_starts.period_index <= $last_period
    /*at_period*/ AND counted_starts.period_index = $at_period
    /*at_segment*/ AND counted_starts.segment IN (SELECT chosen_segment.segment FROM chosen_segment)
    /*at_currency*/ AND result_currencies.currency = $at_currency
    /*at_within_days*/ AND counted_starts.within_days = $at_within_days
    /*over*/ AND counted_starts.matured = 1
    /*converted*/ AND counted_starts.converted = 1
ORDER BY
    counted_starts.start_day,
    account_keys.account_id
    /*waiting*/ , counted_starts.within_days
