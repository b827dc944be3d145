-- How many of those a period could lose did it lose?
-- One row: a row of `bridge` with `lost_customers` and the `denominator` of their rate; `total` is
-- that, and `opening` the opening MRR, NULL where there is no rate to speak of: nobody at the
-- start, or an unfinished period.
-- needs: bridge, churn_changes
WITH lost_customers_by_period AS (
    SELECT
        bridge.*,
        bridge.period_index > $last_complete_period AS partial,
        COALESCE(churn_changes.lost_customers, 0)
        /*count_same_period*/ + COALESCE(churn_changes.joined_and_left, 0)
        AS lost_customers,
        COALESCE(churn_changes.joined_and_left, 0) AS joined_and_left,
        COALESCE(churn_changes.left_and_returned, 0) AS left_and_returned,
        bridge.opening_customers
        /*start_plus_new*/ + bridge.new_customers
        AS denominator
    FROM bridge
    LEFT JOIN churn_changes
        ON bridge.segment = churn_changes.segment
        AND bridge.currency_code = churn_changes.currency_code
        AND bridge.period_index = churn_changes.period_index
)

SELECT
    lost_customers_by_period.*,
    lost_customers AS counted,
    CASE WHEN NOT partial AND denominator > 0 THEN denominator END AS total,
    CASE WHEN NOT partial AND opening_mrr > 0 THEN CAST(opening_mrr AS DOUBLE) END AS opening
FROM lost_customers_by_period
