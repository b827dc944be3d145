-- Who are today's customers, by how long they have been there?
-- kind: tenure
-- grain: tenure x segment x currency
-- unit: count and money
-- parameters: as_of, by, where, currency, policies
-- heeds: event, constant_rates
-- keys: tenure, segment, currency
-- explain: row = rows of base, customers = rows of base, mrr = later of base, annual_customers = rows of base annual
-- absent: none
-- dates: not needed
-- definition: customers on the as-of day and their MRR, by completed months of their present spell
-- money: mrr
-- decision: constant rates: on the as-of day historical ones are the same, and need revaluation
-- decision: a returner's tenure starts anew with the return; segment value of the as-of day
-- decision: annual_customers have at least one line billed by the year; squared_mrr is for the spread of MRR,
--   summed exactly: a sum of floats differs with the order of the rows
-- needs: customers_now, customer_segments, result_currencies, segment_values
SELECT
    customers_now.tenure,
    /*by*/ segment_values.value AS segment,
    result_currencies.currency,
    COUNT(*) AS customers,
    CAST(SUM(customers_now.mrr) AS HUGEINT) AS mrr,
    CAST(SUM(CAST(customers_now.mrr AS DECIMAL(19, 0)) * CAST(customers_now.mrr AS DECIMAL(19, 0))) AS DOUBLE)
        / 1000000000000 AS squared_mrr,
    COUNT(*) FILTER (WHERE customers_now.annual) AS annual_customers
FROM customers_now
INNER JOIN result_currencies ON customers_now.customer_key % $currency_count = result_currencies.currency_code
/*segmented*/ INNER JOIN customer_segments ON customers_now.customer_key = customer_segments.customer_key
    /*segmented*/ AND CAST($as_of AS DATE) >= customer_segments.from_day
    /*segmented*/ AND CAST($as_of AS DATE) < customer_segments.to_day
    /*segmented*/ AND customer_segments.segment >= 0
/*by*/ LEFT JOIN segment_values ON segment_values.column_no = $by_column AND customer_segments.segment = segment_values.value_code
GROUP BY
    customers_now.tenure,
    /*by*/ segment_values.value,
    result_currencies.currency
ORDER BY
    /*by*/ segment_values.value NULLS LAST,
    result_currencies.currency,
    customers_now.tenure
