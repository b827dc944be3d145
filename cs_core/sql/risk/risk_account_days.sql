-- When did one account's MRR change?
-- One row: a day of change known at as-of; `currency_code` tells its customers apart.
-- needs: known_ledger, account_keys
SELECT
    known_ledger.day,
    known_ledger.movement,
    known_ledger.mrr_after,
    known_ledger.delta,
    known_ledger.customer_key % $currency_count AS currency_code
FROM known_ledger
INNER JOIN account_keys ON known_ledger.customer_key // $currency_count = account_keys.account_key
WHERE account_keys.account_id = $account_id
ORDER BY known_ledger.day
