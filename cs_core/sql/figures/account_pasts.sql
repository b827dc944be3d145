-- Which changes of MRR has each account had up to a day?
-- One row: an account, a currency and a day of change. `mrr_after` in millionths.
-- needs: ledger, account_keys, currencies
SELECT account_keys.account_id, currencies.currency, ledger.day, ledger.mrr_after
FROM ledger
INNER JOIN account_keys ON ledger.customer_key // $currency_count = account_keys.account_key
INNER JOIN currencies ON ledger.customer_key % $currency_count = currencies.currency_code
WHERE ledger.day <= $until
