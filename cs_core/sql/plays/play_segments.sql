-- When did which customers have the value asked for?
-- One row: a customer and a stretch of days.
-- needs: customer_segments
SELECT customer_key, from_day, to_day
FROM customer_segments
WHERE segment >= 0
