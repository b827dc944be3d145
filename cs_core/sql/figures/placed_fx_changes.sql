-- To which segment and period does each revaluation belong?
-- One row: a revaluation of a customer's open MRR, with the value of the day before.
-- needs: fx_changes, calendar, customer_segments
SELECT
    fx_changes.customer_key,
    calendar.period_index,
    fx_changes.fx_delta,
    /*whole*/ 0 AS segment
    /*segmented*/ customer_segments.segment
FROM fx_changes
INNER JOIN calendar ON fx_changes.day = calendar.day
/*segmented*/ INNER JOIN customer_segments ON fx_changes.customer_key = customer_segments.customer_key
    /*segmented*/ AND fx_changes.day - 1 >= customer_segments.from_day
    /*segmented*/ AND fx_changes.day - 1 < customer_segments.to_day
    /*segmented*/ AND customer_segments.segment >= 0
WHERE fx_changes.day <= $as_of
