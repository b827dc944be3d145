-- To which segment and period does each revaluation belong?
-- One row: a revaluation of a customer's open MRR, with the value of the day before; between
-- instants with the value at opening, or at closing for who was no customer then.
-- needs: fx_changes, calendar, customer_segments, period_changes, period_days
SELECT
    fx_changes.customer_key,
    calendar.period_index,
    fx_changes.day,
    fx_changes.fx_delta,
    /*whole*/ 0 AS segment
    /*segmented*/ customer_segments.segment
FROM fx_changes
INNER JOIN calendar ON fx_changes.day = calendar.day
-- Who is a customer at neither instant is left out with all its rows.
/*snapshot|ignore_same_period*/ LEFT JOIN period_changes ON fx_changes.customer_key = period_changes.customer_key
    /*snapshot|ignore_same_period*/ AND calendar.period_index = period_changes.period_index
/*snapshot&segmented*/ INNER JOIN period_days ON calendar.period_index = period_days.period_index
/*segmented*/ INNER JOIN customer_segments ON fx_changes.customer_key = customer_segments.customer_key
    /*segmented&!snapshot*/ AND fx_changes.day - 1 >= customer_segments.from_day
    /*segmented&!snapshot*/ AND fx_changes.day - 1 < customer_segments.to_day
    /*segmented&snapshot*/ AND CASE WHEN period_changes.opening_active IS FALSE THEN period_days.closing_day ELSE period_days.opening_day END >= customer_segments.from_day
    /*segmented&snapshot*/ AND CASE WHEN period_changes.opening_active IS FALSE THEN period_days.closing_day ELSE period_days.opening_day END < customer_segments.to_day
    /*segmented*/ AND customer_segments.segment >= 0
WHERE fx_changes.day <= $as_of
    /*snapshot|ignore_same_period*/ AND COALESCE(period_changes.opening_active OR period_changes.closing_active, TRUE)
