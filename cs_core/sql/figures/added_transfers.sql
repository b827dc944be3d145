-- How much is transferred from one segment value to another?
-- One row: a pair of values, currency and period; amounts positive.
-- needs: transfers
SELECT
    from_segment,
    to_segment,
    customer_key % $currency_count AS currency_code,
    period_index,
    CAST(SUM(mrr) AS HUGEINT) AS mrr,
    CAST(COUNT(*) AS INTEGER) AS customers
FROM transfers
GROUP BY from_segment, to_segment, customer_key % $currency_count, period_index
