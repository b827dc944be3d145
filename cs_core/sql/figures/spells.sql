-- How long did each customer stay, each time?
-- One row: a spell of a customer: from becoming one to ceasing, or to the as-of date.
-- `tenure` is in days, or in completed calendar months with month ends clamped.
-- needs: stays, customer_segments
WITH known_stays AS (
    SELECT
        customer_key,
        start_day,
        CASE WHEN end_day <= $as_of THEN end_day ELSE CAST($as_of AS DATE) END AS until_day,
        COALESCE(end_day <= $as_of, FALSE) AS churned
    FROM stays
    WHERE start_day <= $as_of
        /*first_spells*/ AND is_first
        -- Since when those have been there that the data begins with is not known.
        /*left_edge*/ AND start_day >= $left_edge
)

SELECT
    known_stays.customer_key,
    known_stays.start_day,
    known_stays.until_day,
    known_stays.churned,
    /*in_days*/ DATE_DIFF('day', known_stays.start_day, known_stays.until_day) AS tenure,
    /*in_months*/ (YEAR(known_stays.until_day) - YEAR(known_stays.start_day)) * 12 + MONTH(known_stays.until_day) - MONTH(known_stays.start_day)
        /*in_months*/ - CASE WHEN DAY(known_stays.until_day) < DAY(known_stays.start_day) AND known_stays.until_day < LAST_DAY(known_stays.until_day) THEN 1 ELSE 0 END AS tenure,
    /*whole*/ 0 AS segment
    /*segmented*/ customer_segments.segment
FROM known_stays
/*segmented*/ INNER JOIN customer_segments ON known_stays.customer_key = customer_segments.customer_key
    /*segmented*/ AND known_stays.start_day >= customer_segments.from_day
    /*segmented*/ AND known_stays.start_day < customer_segments.to_day
    /*segmented*/ AND customer_segments.segment >= 0
