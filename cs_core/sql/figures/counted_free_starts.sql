-- Which of those who began for free paid in time?
-- One row: an account and a number of days, in the period of its start; `matured` and `converted`
-- are 1 or 0.
-- needs: free_starts, waiting_times, calendar, customer_segments
SELECT
    calendar.period_index,
    waiting_times.within_days,
    free_starts.customer_key,
    free_starts.start_day,
    free_starts.start_day + waiting_times.within_days AS decides_on,
    free_starts.first_paid_day,
    free_starts.customer_key % $currency_count AS currency_code,
    /*whole*/ 0 AS segment,
    /*segmented*/ customer_segments.segment,
    CASE WHEN free_starts.start_day + waiting_times.within_days <= $as_of THEN 1 ELSE 0 END AS matured,
    CASE WHEN free_starts.start_day + waiting_times.within_days <= $as_of
        AND free_starts.first_paid_day <= free_starts.start_day + waiting_times.within_days THEN 1 ELSE 0 END AS converted
FROM free_starts
CROSS JOIN waiting_times
INNER JOIN calendar ON free_starts.start_day = calendar.day
/*segmented*/ INNER JOIN customer_segments ON free_starts.customer_key = customer_segments.customer_key
    /*segmented*/ AND customer_segments.segment >= 0
