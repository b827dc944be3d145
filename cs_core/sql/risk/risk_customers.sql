-- Which customers are known at as-of, in an order that only their own ids decide?
-- One row: a customer; `customer_number` spreads samples evenly, whatever the order of the file.
-- needs: known_ledger, account_keys
SELECT
    known_ledger.customer_key,
    known_ledger.customer_key // $currency_count AS account_key,
    ROW_NUMBER() OVER (ORDER BY account_keys.account_id, known_ledger.customer_key % $currency_count) AS customer_number
FROM known_ledger
INNER JOIN account_keys ON known_ledger.customer_key // $currency_count = account_keys.account_key
WHERE known_ledger.day = known_ledger.first_day
