-- From when to when was each account a customer?
-- One row: an unbroken stay of an account in a currency, begun by the as-of date.
-- column: account_id: as in the files
-- column: currency: as in the ledger
-- column: start_date: the first day as a customer
-- column: end_date: the first day as none, empty while it lasts
-- column: is_first: whether it is the first stay of the account
-- needs: stays, account_keys, result_currencies
SELECT
    account_keys.account_id,
    result_currencies.currency,
    stays.start_day AS start_date,
    CASE WHEN stays.end_day <= $as_of THEN stays.end_day END AS end_date,
    stays.is_first
FROM stays
INNER JOIN account_keys ON stays.customer_key // $currency_count = account_keys.account_key
INNER JOIN result_currencies ON stays.customer_key % $currency_count = result_currencies.currency_code
WHERE stays.start_day <= $as_of
