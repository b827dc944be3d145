-- How much MRR has another segment value at the closing instant than at the opening one?
-- One row: a customer that is one at both instants, in a period in which its value changed; `mrr`
-- is the MRR at opening with the period's revaluations.
-- needs: segment_moves, customer_segments, known_ledger, calendar, period_days, fx_changes
WITH moving_periods AS (
    SELECT DISTINCT segment_moves.customer_key, calendar.period_index
    FROM segment_moves
    INNER JOIN calendar ON segment_moves.day = calendar.day
    WHERE segment_moves.day <= $as_of
)

SELECT
    moving_periods.customer_key,
    moving_periods.period_index,
    period_days.closing_day AS day,
    opening_value.segment AS from_segment,
    closing_value.segment AS to_segment,
    opening_state.mrr_after
    /*historical*/ + COALESCE((
        /*historical*/ SELECT SUM(fx_changes.fx_delta) FROM fx_changes
        /*historical*/ WHERE fx_changes.customer_key = moving_periods.customer_key
        /*historical*/ AND fx_changes.day > opening_state.day AND fx_changes.day <= period_days.closing_day
    /*historical*/ ), 0)
    AS mrr
FROM moving_periods
INNER JOIN period_days ON moving_periods.period_index = period_days.period_index
INNER JOIN known_ledger AS opening_state
    ON moving_periods.customer_key = opening_state.customer_key
    AND opening_state.day <= period_days.opening_day
    AND (opening_state.next_day IS NULL OR opening_state.next_day > period_days.opening_day)
    AND opening_state.active_after
INNER JOIN known_ledger AS closing_state
    ON moving_periods.customer_key = closing_state.customer_key
    AND closing_state.day <= period_days.closing_day
    AND (closing_state.next_day IS NULL OR closing_state.next_day > period_days.closing_day)
    AND closing_state.active_after
INNER JOIN customer_segments AS opening_value
    ON moving_periods.customer_key = opening_value.customer_key
    AND period_days.opening_day >= opening_value.from_day
    AND period_days.opening_day < opening_value.to_day
INNER JOIN customer_segments AS closing_value
    ON moving_periods.customer_key = closing_value.customer_key
    AND period_days.closing_day >= closing_value.from_day
    AND period_days.closing_day < closing_value.to_day
WHERE opening_value.segment <> closing_value.segment
