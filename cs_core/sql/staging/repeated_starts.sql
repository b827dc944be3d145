-- Which accounts have more than one line of a named subscription starting on the same day?
-- One row: an account and a day, where a repeated row can be.
-- needs: lines, repeated_subscriptions
SELECT lines.account_key, lines.start_date
FROM lines
INNER JOIN repeated_subscriptions
    ON lines.account_key = repeated_subscriptions.account_key
    AND lines.subscription_id = repeated_subscriptions.subscription_id
GROUP BY lines.account_key, lines.start_date
HAVING COUNT(*) > 1
