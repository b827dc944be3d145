-- How much MRR moves from one segment value to another because a customer's value changed?
-- One row: a customer that stayed one, and a day on which its value changed; `mrr` is the MRR
-- before that day's movement, after any revaluation.
-- needs: segment_moves, known_ledger, calendar, fx_changes, period_changes
SELECT
    segment_moves.customer_key,
    calendar.period_index,
    segment_moves.day,
    segment_moves.from_segment,
    segment_moves.to_segment,
    known_ledger.mrr_after
    /*historical*/ + COALESCE((
        /*historical*/ SELECT SUM(fx_changes.fx_delta) FROM fx_changes
        /*historical*/ WHERE fx_changes.customer_key = segment_moves.customer_key
        /*historical*/ AND fx_changes.day > known_ledger.day AND fx_changes.day <= segment_moves.day
    /*historical*/ ), 0)
    AS mrr
FROM segment_moves
INNER JOIN calendar ON segment_moves.day = calendar.day
INNER JOIN known_ledger
    ON segment_moves.customer_key = known_ledger.customer_key
    AND known_ledger.day < segment_moves.day
    AND (known_ledger.next_day IS NULL OR known_ledger.next_day >= segment_moves.day)
    AND known_ledger.active_after
-- Who is a customer neither at opening nor at closing is left out altogether.
/*ignore_same_period*/ LEFT JOIN period_changes ON segment_moves.customer_key = period_changes.customer_key
    /*ignore_same_period*/ AND calendar.period_index = period_changes.period_index
WHERE segment_moves.day <= $as_of
    /*ignore_same_period*/ AND COALESCE(period_changes.opening_active OR period_changes.closing_active, TRUE)
