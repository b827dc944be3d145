-- Which movements, revaluations and transfers add up to the figure pointed at?
-- One row: one of them, in the period and segment in which the bridge counts it.
-- needs: placed_movements, placed_fx_changes, transfers, chosen_movements, chosen_segment
WITH bridge_rows AS (
    SELECT customer_key, period_index, segment, day, from_day, movement, mrr_before, mrr_after, delta
    FROM placed_movements
    /*historical*/ UNION ALL
    /*historical*/ SELECT customer_key, period_index, segment, day, day, 'fx', 0, fx_delta, fx_delta
    /*historical*/ FROM placed_fx_changes
    /*changing*/ UNION ALL
    /*changing*/ SELECT customer_key, period_index, from_segment, day, day, 'transferred_out', mrr, 0, -mrr
    /*changing*/ FROM transfers
    /*changing*/ WHERE from_segment >= 0
    /*changing*/ UNION ALL
    /*changing*/ SELECT customer_key, period_index, to_segment, day, day, 'transferred_in', 0, mrr, mrr
    /*changing*/ FROM transfers
    /*changing*/ WHERE to_segment >= 0
)

SELECT
    customer_key,
    day,
    from_day,
    movement,
    mrr_before,
    mrr_after,
    delta
FROM bridge_rows
WHERE TRUE
    /*at_period*/ AND period_index = $at_period
    /*until_period*/ AND period_index <= $at_period
    /*before_period*/ AND period_index < $at_period
    /*at_segment*/ AND segment IN (SELECT chosen_segment.segment FROM chosen_segment)
    /*at_movement*/ AND movement IN (SELECT chosen_movements.movement FROM chosen_movements)
