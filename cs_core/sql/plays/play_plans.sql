-- Which plan was each customer on, from when to when?
-- One row: a customer and a stretch of days; the value with the most MRR.
-- needs: value_states
SELECT customer_key, from_day, to_day, value_code AS plan_code
FROM value_states
WHERE column_no = $plan_column AND from_day <= $as_of
ORDER BY customer_key, from_day
