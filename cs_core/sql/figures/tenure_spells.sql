-- How long did each account stay, where the data only says how many months?
-- One row: an account; its one spell.
-- needs: tenures, customer_segments
SELECT
    tenures.account_key AS customer_key,
    CAST(NULL AS DATE) AS start_day,
    CAST(NULL AS DATE) AS until_day,
    tenures.churned,
    tenures.tenure_months AS tenure,
    /*whole*/ 0 AS segment
    /*segmented*/ customer_segments.segment
FROM tenures
/*segmented*/ INNER JOIN customer_segments ON tenures.account_key = customer_segments.customer_key
    /*segmented*/ AND customer_segments.segment >= 0
