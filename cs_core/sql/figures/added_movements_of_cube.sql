-- How much of each movement falls to each segment and period, from the cube?
-- One row: as in `added_movements`, one for each combination.
-- needs: bridge_cube, combination_segments
SELECT
    /*whole*/ 0 AS segment,
    /*segmented*/ combination_segments.segment,
    bridge_cube.currency_code,
    bridge_cube.period_index,
    bridge_cube.movement,
    bridge_cube.mrr,
    bridge_cube.customers
FROM bridge_cube
/*segmented*/ INNER JOIN combination_segments ON bridge_cube.segment = combination_segments.combination
    /*segmented*/ AND combination_segments.segment >= 0
