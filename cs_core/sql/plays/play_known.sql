-- Since when is anything known of usage, contacts, answers, overdue payment and departed owners?
-- One row: a table or column and the first day something in it is dated, with the days on which
-- one more kind of usage became known.
-- needs: usage, tickets, nps, lines, accounts
SELECT 'usage' AS what, MIN(date) AS day FROM usage WHERE value > 0
UNION ALL
SELECT 'tickets' AS what, MIN(opened_at) AS day FROM tickets
UNION ALL
SELECT 'nps' AS what, MIN(responded_at) AS day FROM nps
UNION ALL
SELECT 'past_due' AS what, MIN(start_date) AS day FROM lines WHERE status = 'past_due'
UNION ALL
SELECT 'owners' AS what, MIN(contract_owner_left_at) AS day FROM accounts
UNION ALL
SELECT 'metric' AS what, first_readings.day
FROM (SELECT metric, MIN(date) AS day FROM usage GROUP BY metric) AS first_readings
