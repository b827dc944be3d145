-- Whose past is the same in two versions of a dataset?
-- One row: an account and currency with a number that is equal where its changes up to a day are.
-- needs: account_pasts
SELECT account_id, currency, SUM(CAST(HASH(day, mrr_after) AS HUGEINT)) AS print
FROM account_pasts
GROUP BY account_id, currency
