-- When did whose MRR change, from what to what?
-- One row: an account, a currency and a day on which its MRR changed, up to the as-of date.
-- column: account_id: as in the files
-- column: date: the day from which the new MRR holds
-- column: currency: the reporting currency, or the account's own where currencies cannot be joined
-- column: movement: new, reactivation, expansion, contraction or churn; opening for who was there before the data begins
-- column: mrr_before: MRR of the day before, in units of the currency
-- column: mrr_after: MRR from this day on, in units of the currency
-- column: delta: mrr_after - mrr_before
-- needs: known_ledger, account_keys, result_currencies
SELECT
    account_keys.account_id,
    known_ledger.day AS date,
    result_currencies.currency,
    known_ledger.movement,
    CAST(known_ledger.mrr_before * CAST(0.000001 AS DECIMAL(7, 6)) AS DECIMAL(38, 6)) AS mrr_before,
    CAST(known_ledger.mrr_after * CAST(0.000001 AS DECIMAL(7, 6)) AS DECIMAL(38, 6)) AS mrr_after,
    CAST(known_ledger.delta * CAST(0.000001 AS DECIMAL(7, 6)) AS DECIMAL(38, 6)) AS delta
FROM known_ledger
INNER JOIN account_keys ON known_ledger.customer_key // $currency_count = account_keys.account_key
INNER JOIN result_currencies ON known_ledger.customer_key % $currency_count = result_currencies.currency_code
