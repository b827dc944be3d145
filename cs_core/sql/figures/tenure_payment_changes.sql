-- What does each customer pay, where the data only says for how many months?
-- One row: as in `payment_changes`; what was paid does not change.
-- needs: paid_spells, tenures
SELECT
    paid_spells.customer_key,
    paid_spells.start_day,
    paid_spells.segment,
    paid_spells.last_payment,
    paid_spells.lost,
    0 AS payment,
    COALESCE(tenures.mrr, 0) AS delta
FROM paid_spells
INNER JOIN tenures ON paid_spells.customer_key = tenures.account_key
