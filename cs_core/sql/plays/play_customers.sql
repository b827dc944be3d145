-- Which customers are known at as-of, and whose are they?
-- One row: a customer, in the order of accounts.
-- needs: known_ledger, account_keys, accounts, result_currencies
WITH named_accounts AS (
    SELECT account_id, MIN(name) AS name
    FROM accounts
    GROUP BY account_id
)

SELECT
    known_ledger.customer_key,
    known_ledger.customer_key // $currency_count AS account_key,
    known_ledger.day AS first_day,
    account_keys.account_id,
    named_accounts.name,
    result_currencies.currency
FROM known_ledger
INNER JOIN account_keys ON known_ledger.customer_key // $currency_count = account_keys.account_key
INNER JOIN result_currencies ON known_ledger.customer_key % $currency_count = result_currencies.currency_code
LEFT JOIN named_accounts ON account_keys.account_id = named_accounts.account_id
WHERE known_ledger.day = known_ledger.first_day
ORDER BY account_key, known_ledger.customer_key
