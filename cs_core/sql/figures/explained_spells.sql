-- Whose stays ended, or were last seen, at the tenure pointed at, or reached it?
-- One row: a stay, with the MRR on its last day: a churn, or unchanged if it goes on.
-- needs: spells, known_ledger, chosen_segment
SELECT
    spells.customer_key,
    spells.until_day AS day,
    spells.until_day AS from_day,
    CASE WHEN spells.churned THEN 'churn' ELSE 'unchanged' END AS movement,
    CASE WHEN spells.churned THEN known_ledger.mrr_before ELSE known_ledger.mrr_after END AS mrr_before,
    known_ledger.mrr_after,
    CASE WHEN spells.churned THEN known_ledger.delta ELSE 0 END AS delta
FROM spells
INNER JOIN known_ledger
    ON spells.customer_key = known_ledger.customer_key
    AND known_ledger.day <= spells.until_day
    AND (known_ledger.next_day IS NULL OR known_ledger.next_day > spells.until_day)
WHERE TRUE
    /*at_tenure&!reached*/ AND spells.tenure = $at_tenure
    /*at_tenure&reached*/ AND spells.tenure >= $at_tenure
    /*at_segment*/ AND spells.segment IN (SELECT chosen_segment.segment FROM chosen_segment)
    /*left*/ AND spells.churned
    /*open*/ AND NOT spells.churned
