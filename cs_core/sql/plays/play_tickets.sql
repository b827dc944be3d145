-- On which days did each account get in touch?
-- One row: an account and a day with contacts.
-- needs: tickets, account_keys
SELECT
    account_keys.account_key,
    tickets.opened_at AS day,
    COUNT(*) AS contacts,
    COUNT(CASE WHEN LOWER(tickets.priority) IN ('high', 'urgent', 'critical') THEN 1 END) AS urgent
FROM tickets
INNER JOIN account_keys ON tickets.account_id = account_keys.account_id
WHERE tickets.opened_at <= $as_of
GROUP BY account_keys.account_key, tickets.opened_at
ORDER BY account_keys.account_key, tickets.opened_at
