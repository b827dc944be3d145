-- Which ledger rows stand behind the figure pointed at?
-- One row: a ledger row of a chosen period, cohort, segment or movement.
-- needs: known_ledger, calendar, customer_segments, period_changes, segment_values, result_currencies
SELECT
    known_ledger.customer_key,
    known_ledger.day,
    known_ledger.movement,
    known_ledger.mrr_before,
    known_ledger.mrr_after
FROM known_ledger
INNER JOIN calendar ON known_ledger.day = calendar.day
/*at_cohort*/ INNER JOIN calendar AS first_days ON known_ledger.first_day = first_days.day
/*segmented*/ INNER JOIN customer_segments ON known_ledger.customer_key = customer_segments.customer_key
    /*segmented&!at_cohort*/ AND CASE WHEN known_ledger.movement = 'churn' THEN known_ledger.day - 1 ELSE known_ledger.day END >= customer_segments.from_day
    /*segmented&!at_cohort*/ AND CASE WHEN known_ledger.movement = 'churn' THEN known_ledger.day - 1 ELSE known_ledger.day END < customer_segments.to_day
    /*segmented&at_cohort*/ AND known_ledger.first_day >= customer_segments.from_day
    /*segmented&at_cohort*/ AND known_ledger.first_day < customer_segments.to_day
    /*segmented*/ AND customer_segments.segment >= 0
    /*at_segment*/ AND customer_segments.segment = (
        /*at_segment*/ SELECT segment_values.value_code FROM segment_values
        /*at_segment*/ WHERE segment_values.column_no = $by_column AND segment_values.value IS NOT DISTINCT FROM CAST($at_segment AS VARCHAR)
    /*at_segment*/ )
/*lost_only*/ INNER JOIN period_changes ON known_ledger.customer_key = period_changes.customer_key
    /*lost_only*/ AND calendar.period_index = period_changes.period_index
    /*lost_only*/ AND period_changes.opening_active AND NOT period_changes.closing_active
WHERE TRUE
    /*at_period*/ AND calendar.period_index = $at_period
    /*until_period*/ AND calendar.period_index <= $at_period
    /*at_cohort*/ AND first_days.period_index = $at_cohort
    /*at_movement*/ AND known_ledger.movement = $at_movement
    /*at_currency*/ AND known_ledger.customer_key % $currency_count = (SELECT result_currencies.currency_code FROM result_currencies WHERE result_currencies.currency = $at_currency)
