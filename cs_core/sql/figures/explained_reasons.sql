-- Which departures had the reason pointed at?
-- One row: a churn of the bridge.
-- needs: placed_movements, ending_reasons, chosen_segment
SELECT
    placed_movements.customer_key,
    placed_movements.day,
    placed_movements.from_day,
    placed_movements.movement,
    placed_movements.mrr_before,
    placed_movements.mrr_after,
    placed_movements.delta
FROM placed_movements
LEFT JOIN ending_reasons
    ON placed_movements.customer_key = ending_reasons.customer_key
    AND placed_movements.churn_day = ending_reasons.end_day
WHERE placed_movements.movement = 'churn'
    AND placed_movements.period_index >= $first_period AND placed_movements.period_index <= $last_period
    /*at_period*/ AND placed_movements.period_index = $at_period
    /*at_segment*/ AND placed_movements.segment IN (SELECT chosen_segment.segment FROM chosen_segment)
    /*at_cancel_reason*/ AND ending_reasons.cancel_reason IS NOT DISTINCT FROM CAST($at_cancel_reason AS VARCHAR)
    /*at_churn_kind*/ AND ending_reasons.churn_kind IS NOT DISTINCT FROM CAST($at_churn_kind AS VARCHAR)
