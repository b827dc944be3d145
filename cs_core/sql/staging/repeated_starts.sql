-- Which subscriptions start more than once on the same day?
-- One row: a subscription and a day.
-- needs: source_subscriptions
SELECT subscription_id, start_date
FROM source_subscriptions
WHERE subscription_id IS NOT NULL
GROUP BY subscription_id, start_date
HAVING COUNT(*) > 1
