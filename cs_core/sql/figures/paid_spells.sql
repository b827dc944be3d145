-- How many monthly payments did each customer make, each time?
-- One row: a spell of a customer. Payment 0 is at the start, payment p on the p-th monthly
-- anniversary if the customer still earns that day. `last_payment` is the last one known to be made;
-- `lost` where the next one has come due and was not made: who has left before it is due is no
-- more known than who is still there.
-- needs: spells
-- decision: tenures without dates end on an anniversary, as cancelling at the period's end does
WITH counted_payments AS (
    SELECT
        customer_key,
        start_day,
        until_day,
        churned,
        segment,
        GREATEST(
            tenure - CASE
                WHEN churned AND COALESCE(CAST(start_day + TO_MONTHS(tenure) AS DATE) = until_day, TRUE) THEN 1
                ELSE 0
            END,
            0
        ) AS last_payment
    FROM spells
)

SELECT
    customer_key,
    start_day,
    until_day,
    segment,
    CAST(last_payment AS INTEGER) AS last_payment,
    churned AND COALESCE(CAST(start_day + TO_MONTHS(last_payment + 1) AS DATE) <= $as_of, TRUE) AS lost
FROM counted_payments
