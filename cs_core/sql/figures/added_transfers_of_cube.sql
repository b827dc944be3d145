-- How much is transferred from one segment value to another, from the cube?
-- One row: as in `added_transfers`; moves between combinations of one value are none.
-- needs: transfer_cube, combination_segments
SELECT
    old_values.segment AS from_segment,
    new_values.segment AS to_segment,
    transfer_cube.currency_code,
    transfer_cube.period_index,
    transfer_cube.mrr,
    transfer_cube.customers
FROM transfer_cube
INNER JOIN combination_segments AS old_values ON transfer_cube.from_segment = old_values.combination
INNER JOIN combination_segments AS new_values ON transfer_cube.to_segment = new_values.combination
WHERE old_values.segment <> new_values.segment
