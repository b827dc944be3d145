-- Who was lost in a period, came and left within it, or left and returned?
-- One row: a customer and a period over which it ceased to be one at least once. `segment` is the
-- value at the opening instant; joined and left: on the last paid day; left and returned: at the
-- closing instant.
-- needs: period_changes, period_days, customer_segments
WITH classed_customers AS (
    SELECT
        period_changes.customer_key,
        period_changes.period_index,
        period_changes.opening_mrr AS mrr_before,
        period_changes.closing_mrr AS mrr_after,
        /*!snapshot*/ period_changes.last_churn_day AS day,
        /*!snapshot*/ period_changes.last_churn_day AS from_day,
        /*!snapshot*/ NOT period_changes.opening_active AND NOT period_changes.closing_active AS joined_and_left,
        /*!snapshot*/ period_changes.closing_active AND period_changes.churns > 0 AS left_and_returned,
        /*snapshot*/ period_days.closing_day AS day,
        /*snapshot*/ period_days.opening_day + 1 AS from_day,
        /*snapshot*/ FALSE AS joined_and_left,
        /*snapshot*/ FALSE AS left_and_returned,
        period_changes.opening_active AND NOT period_changes.closing_active AS lost
        /*segmented*/ , CASE
            /*segmented*/ WHEN period_changes.closing_active THEN period_days.closing_day
            /*segmented*/ WHEN period_changes.opening_active THEN period_days.opening_day
            /*segmented*/ ELSE period_changes.last_churn_day - 1
        /*segmented*/ END AS value_day
    FROM period_changes
    INNER JOIN period_days ON period_changes.period_index = period_days.period_index
    WHERE NOT period_changes.closing_active OR period_changes.churns > 0
)

SELECT
    classed_customers.*,
    /*whole*/ 0 AS segment
    /*segmented*/ customer_segments.segment
FROM classed_customers
/*segmented*/ INNER JOIN customer_segments ON classed_customers.customer_key = customer_segments.customer_key
    /*segmented*/ AND classed_customers.value_day >= customer_segments.from_day
    /*segmented*/ AND classed_customers.value_day < customer_segments.to_day
    /*segmented*/ AND customer_segments.segment >= 0
