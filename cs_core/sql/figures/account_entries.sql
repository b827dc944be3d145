-- Which accounts could begin without paying, and whose are they?
-- One row: an account (in one currency, where currencies cannot be joined) that has a line.
-- needs: lines
SELECT DISTINCT
    CAST(account_key * $currency_count + CASE WHEN $currency_count = 1 THEN 0 ELSE currency_code END AS INTEGER) AS customer_key,
    account_key
FROM lines
