-- When does a customer's segment value change?
-- One row: a customer and the first day of a new value, with the value before and after.
-- needs: customer_segments
SELECT customer_key, day, from_segment, to_segment
FROM (
    SELECT
        customer_key,
        from_day AS day,
        LAG(segment) OVER (PARTITION BY customer_key ORDER BY from_day) AS from_segment,
        segment AS to_segment
    FROM customer_segments
) AS neighbouring_values
WHERE from_segment <> to_segment
