-- Which trials are over, and which of them became customers in time?
-- One row: a first trial, in the period of its start; `matured` and `converted` are 1 or 0.
-- needs: trial_starts, calendar, customer_segments
SELECT
    calendar.period_index,
    0 AS within_days,
    trial_starts.customer_key,
    trial_starts.start_day,
    trial_starts.end_day AS decides_on,
    trial_starts.first_paid_day,
    trial_starts.customer_key % $currency_count AS currency_code,
    /*whole*/ 0 AS segment,
    /*segmented*/ customer_segments.segment,
    CASE WHEN trial_starts.end_day <= $as_of THEN 1 ELSE 0 END AS matured,
    CASE WHEN trial_starts.end_day <= $as_of AND trial_starts.first_paid_day <= trial_starts.end_day THEN 1 ELSE 0 END AS converted
FROM trial_starts
INNER JOIN calendar ON trial_starts.start_day = calendar.day
/*segmented*/ INNER JOIN customer_segments ON trial_starts.customer_key = customer_segments.customer_key
    /*segmented*/ AND customer_segments.segment >= 0
