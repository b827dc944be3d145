-- How many customers left, or are still there, after each length of stay?
-- One row: a tenure, segment and currency.
-- needs: spells, result_currencies, segment_values
SELECT
    spells.tenure,
    /*by*/ segment_values.value AS segment,
    result_currencies.currency,
    COUNT(*) FILTER (WHERE spells.churned) AS churned,
    COUNT(*) FILTER (WHERE NOT spells.churned) AS censored
FROM spells
INNER JOIN result_currencies ON spells.customer_key % $currency_count = result_currencies.currency_code
/*by*/ LEFT JOIN segment_values ON segment_values.column_no = $by_column AND spells.segment = segment_values.value_code
GROUP BY
    spells.tenure,
    /*by*/ segment_values.value,
    result_currencies.currency
