-- Which ledger rows made the cohort's cell pointed at?
-- One row: a ledger row, up to the end of the cell, of a customer of the cohort and segment.
-- needs: known_ledger, calendar, customer_segments, chosen_segment
SELECT
    known_ledger.customer_key,
    known_ledger.day,
    known_ledger.day AS from_day,
    known_ledger.movement,
    known_ledger.mrr_before,
    known_ledger.mrr_after,
    known_ledger.delta
FROM known_ledger
INNER JOIN calendar ON known_ledger.day = calendar.day
INNER JOIN calendar AS first_days ON known_ledger.first_day = first_days.day
/*segmented*/ INNER JOIN customer_segments ON known_ledger.customer_key = customer_segments.customer_key
    /*segmented*/ AND known_ledger.first_day >= customer_segments.from_day
    /*segmented*/ AND known_ledger.first_day < customer_segments.to_day
    /*segmented*/ AND customer_segments.segment >= 0
    /*at_segment*/ AND customer_segments.segment IN (SELECT chosen_segment.segment FROM chosen_segment)
WHERE TRUE
    /*left_edge*/ AND known_ledger.first_day >= $left_edge
    /*until_period*/ AND calendar.period_index <= $at_period
    /*at_cohort*/ AND first_days.period_index = $at_cohort
    /*firsts*/ AND known_ledger.day = known_ledger.first_day
