-- How much of each movement falls to each segment and period?
-- One row: a segment, currency, period and movement; losses negative.
-- needs: placed_movements, placed_fx_changes
SELECT
    segment,
    customer_key % $currency_count AS currency_code,
    period_index,
    movement,
    CAST(SUM(delta) AS HUGEINT) AS mrr,
    CAST(COUNT(*) AS INTEGER) AS customers
FROM placed_movements
GROUP BY segment, customer_key % $currency_count, period_index, movement
/*historical*/ UNION ALL
/*historical*/ SELECT
    /*historical*/ segment,
    /*historical*/ customer_key % $currency_count AS currency_code,
    /*historical*/ period_index,
    /*historical*/ 'fx' AS movement,
    /*historical*/ CAST(SUM(fx_delta) AS HUGEINT) AS mrr,
    /*historical*/ 0 AS customers
/*historical*/ FROM placed_fx_changes
/*historical*/ GROUP BY segment, customer_key % $currency_count, period_index
