-- How long did each customer stay, each time?
-- One row: a spell of a customer: from becoming one to ceasing, or to the as-of date.
-- `tenure` is in days, or in completed calendar months with month ends clamped.
-- needs: known_ledger, customer_segments
WITH spell_bounds AS (
    SELECT
        customer_key,
        day,
        first_day,
        active_after AS opens,
        LEAD(day) OVER (PARTITION BY customer_key ORDER BY day) AS end_day
    FROM known_ledger
    WHERE active_before <> active_after
),

dated_spells AS (
    SELECT
        customer_key,
        day AS start_day,
        COALESCE(end_day, CAST($as_of AS DATE)) AS until_day,
        end_day IS NOT NULL AS churned
    FROM spell_bounds
    WHERE opens
        /*first_spells*/ AND day = first_day
),

measured_spells AS (
    SELECT
        dated_spells.*,
        /*in_days*/ until_day - start_day AS tenure
        /*in_months*/ (YEAR(until_day) - YEAR(start_day)) * 12 + MONTH(until_day) - MONTH(start_day)
            /*in_months*/ - CASE WHEN DAY(until_day) < DAY(start_day) AND until_day < LAST_DAY(until_day) THEN 1 ELSE 0 END AS tenure
    FROM dated_spells
)

SELECT
    measured_spells.customer_key,
    measured_spells.start_day,
    measured_spells.until_day,
    measured_spells.churned,
    measured_spells.tenure,
    /*whole*/ 0 AS segment
    /*segmented*/ customer_segments.segment
FROM measured_spells
/*segmented*/ INNER JOIN customer_segments ON measured_spells.customer_key = customer_segments.customer_key
    /*segmented*/ AND measured_spells.start_day >= customer_segments.from_day
    /*segmented*/ AND measured_spells.start_day < customer_segments.to_day
    /*segmented*/ AND customer_segments.segment >= 0
