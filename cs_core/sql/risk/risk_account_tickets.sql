-- On which days did one account get in touch?
-- One row: a day with contacts.
-- needs: tickets
SELECT opened_at, COUNT(*) AS contacts
FROM tickets
WHERE account_id = $account_id AND opened_at <= $as_of
GROUP BY opened_at
ORDER BY opened_at
