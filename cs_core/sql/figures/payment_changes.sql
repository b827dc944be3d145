-- By how much does each customer's monthly payment change, and at which payment?
-- One row: a spell and a payment at which it pays more or less than at the one before; payment 0
-- always, from nothing. In millionths.
-- needs: paid_spells, known_ledger
WITH dated_changes AS (
    SELECT
        paid_spells.*,
        known_ledger.delta,
        -- The first payment on or after the day of the change.
        (YEAR(known_ledger.day) - YEAR(paid_spells.start_day)) * 12 + MONTH(known_ledger.day) - MONTH(paid_spells.start_day) AS months,
        known_ledger.day
    FROM paid_spells
    INNER JOIN known_ledger ON paid_spells.customer_key = known_ledger.customer_key
        AND paid_spells.start_day <= known_ledger.day
        AND paid_spells.until_day >= known_ledger.day
    WHERE known_ledger.active_after
),

placed_changes AS (
    SELECT
        customer_key,
        start_day,
        segment,
        last_payment,
        lost,
        months + CASE WHEN CAST(start_day + TO_MONTHS(months) AS DATE) < day THEN 1 ELSE 0 END AS payment,
        delta
    FROM dated_changes
)

SELECT
    customer_key,
    start_day,
    segment,
    last_payment,
    lost,
    CAST(payment AS INTEGER) AS payment,
    CAST(SUM(delta) AS BIGINT) AS delta
FROM placed_changes
WHERE payment <= last_payment
GROUP BY customer_key, start_day, segment, last_payment, lost, payment
HAVING payment = 0 OR SUM(placed_changes.delta) <> 0
