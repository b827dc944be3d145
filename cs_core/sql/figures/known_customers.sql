-- Which customers are there, and whose are they?
-- One row: a customer that the ledger knows, with its account.
-- needs: ledger
SELECT
    customer_key,
    customer_key // $currency_count AS account_key
FROM ledger
WHERE day = first_day
