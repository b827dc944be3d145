-- What did one account answer to NPS questions?
-- One row: a day with answers, their mean.
-- needs: nps
SELECT responded_at, AVG(score) / 1000000.0 AS score
FROM nps
WHERE account_id = $account_id AND responded_at <= $as_of
GROUP BY responded_at
ORDER BY responded_at
