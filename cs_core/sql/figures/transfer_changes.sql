-- How much is transferred out of and into each segment value?
-- One row: a segment, currency, period and direction; amounts positive.
-- needs: added_transfers
SELECT
    from_segment AS segment,
    currency_code,
    period_index,
    'transferred_out' AS movement,
    mrr,
    customers
FROM added_transfers
WHERE from_segment >= 0
UNION ALL
SELECT
    to_segment AS segment,
    currency_code,
    period_index,
    'transferred_in' AS movement,
    mrr,
    customers
FROM added_transfers
WHERE to_segment >= 0
