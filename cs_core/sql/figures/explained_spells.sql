-- Which customers left after the length of stay pointed at?
-- One row: one of them on the day it left, with what it paid before.
-- needs: spells, known_ledger, chosen_segment
SELECT
    spells.customer_key,
    known_ledger.day,
    known_ledger.day AS from_day,
    known_ledger.movement,
    known_ledger.mrr_before,
    known_ledger.mrr_after,
    known_ledger.delta
FROM spells
INNER JOIN known_ledger ON spells.customer_key = known_ledger.customer_key
    AND spells.until_day = known_ledger.day
    AND known_ledger.movement = 'churn'
WHERE spells.churned
    /*at_tenure*/ AND spells.tenure = $at_tenure
    /*at_segment*/ AND spells.segment IN (SELECT chosen_segment.segment FROM chosen_segment)
