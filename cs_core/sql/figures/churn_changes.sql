-- How many customers does each segment lose between the two instants of a period?
-- One row: a segment, currency and period.
-- needs: passed_periods
SELECT
    segment,
    customer_key % $currency_count AS currency_code,
    period_index,
    CAST(COUNT(*) FILTER (WHERE lost) AS INTEGER) AS lost_customers,
    CAST(COUNT(*) FILTER (WHERE joined_and_left) AS INTEGER) AS joined_and_left,
    CAST(COUNT(*) FILTER (WHERE left_and_returned) AS INTEGER) AS left_and_returned
FROM passed_periods
GROUP BY segment, customer_key % $currency_count, period_index
