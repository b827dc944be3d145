-- Which accounts have more than one line of a named subscription starting on the same day?
-- One row: an account and a day, where a repeated row can be.
-- needs: lines
SELECT account_key, start_date
FROM lines
WHERE subscription_id IS NOT NULL
GROUP BY account_key, start_date
HAVING COUNT(*) > 1
