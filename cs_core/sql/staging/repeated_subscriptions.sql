-- Which subscriptions have more than one line? Only among them is there a repeat, an overlap, a gap.
-- One row: an account and a subscription id, NULL for the account's lines without one.
-- needs: lines
SELECT account_key, subscription_id
FROM lines
GROUP BY account_key, subscription_id
HAVING COUNT(*) > 1
