-- What did each account answer to NPS questions?
-- One row: an account and a day with answers, their mean.
-- needs: nps, account_keys
SELECT
    account_keys.account_key,
    nps.responded_at AS day,
    AVG(nps.score / 1000000.0) AS score
FROM nps
INNER JOIN account_keys ON nps.account_id = account_keys.account_id
WHERE nps.responded_at <= $as_of
GROUP BY account_keys.account_key, nps.responded_at
ORDER BY account_keys.account_key, nps.responded_at
