-- In which month of their stay do customers leave?
-- grain: tenure x segment x currency
-- unit: rate
-- parameters: as_of, by, where, currency, unit, spells, policies
-- definition: customers who left in a month of tenure over those who reached it, Wilson 95 % interval
-- decision: the first spell of each customer unless all are asked for; segment value at the spell's start
-- model: hazard
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
ORDER BY
    /*by*/ segment_values.value NULLS LAST,
    result_currencies.currency,
    spells.tenure
