-- Which value of a column does each customer have on the as-of date?
-- One row: a customer then.
-- needs: customer_segments, segment_values
SELECT
    customer_segments.customer_key,
    segment_values.value AS segment
FROM customer_segments
LEFT JOIN segment_values
    ON segment_values.column_no = $by_column
    AND customer_segments.segment = segment_values.value_code
WHERE customer_segments.from_day <= $as_of AND customer_segments.to_day > $as_of
