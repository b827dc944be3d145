-- How many customers does each segment lose between the two instants of a period?
-- One row: a segment, currency and period. Value read at the opening instant; joined and left: on
-- the last paid day; left and returned: at the closing instant.
-- needs: period_changes, period_days, customer_segments
WITH classed_customers AS (
    SELECT
        period_changes.customer_key,
        period_changes.period_index,
        period_changes.opening_active AND NOT period_changes.closing_active AS lost,
        /*!snapshot*/ NOT period_changes.opening_active AND NOT period_changes.closing_active AS joined_and_left,
        /*!snapshot*/ period_changes.closing_active AND period_changes.churns > 0 AS left_and_returned,
        /*snapshot*/ FALSE AS joined_and_left,
        /*snapshot*/ FALSE AS left_and_returned,
        /*segmented*/ CASE
            /*segmented*/ WHEN period_changes.closing_active THEN period_days.closing_day
            /*segmented*/ WHEN period_changes.opening_active THEN period_days.opening_day
            /*segmented*/ ELSE period_changes.last_churn_day - 1
        /*segmented*/ END AS value_day,
        period_changes.opening_active
    FROM period_changes
    /*segmented*/ INNER JOIN period_days ON period_changes.period_index = period_days.period_index
    WHERE NOT period_changes.closing_active OR period_changes.churns > 0
)

SELECT
    /*whole*/ 0 AS segment,
    /*segmented*/ customer_segments.segment,
    classed_customers.customer_key % $currency_count AS currency_code,
    classed_customers.period_index,
    CAST(COUNT(*) FILTER (WHERE classed_customers.lost) AS INTEGER) AS lost_customers,
    CAST(COUNT(*) FILTER (WHERE classed_customers.joined_and_left) AS INTEGER) AS joined_and_left,
    CAST(COUNT(*) FILTER (WHERE classed_customers.left_and_returned) AS INTEGER) AS left_and_returned
FROM classed_customers
/*segmented*/ INNER JOIN customer_segments ON classed_customers.customer_key = customer_segments.customer_key
    /*segmented*/ AND classed_customers.value_day >= customer_segments.from_day
    /*segmented*/ AND classed_customers.value_day < customer_segments.to_day
    /*segmented*/ AND customer_segments.segment >= 0
GROUP BY
    /*segmented*/ customer_segments.segment,
    classed_customers.customer_key % $currency_count,
    classed_customers.period_index
