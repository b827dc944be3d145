-- How often has each customer been in contact lately, and how does that compare?
-- One row: a customer and a moment with a contact in the year before.
-- decision: how satisfied somebody was is known from the day the contact was closed, and not without it
-- needs: risk_rows, tickets, account_keys, risk_days
WITH dated_tickets AS (
    SELECT
        account_keys.account_key,
        risk_days.months_ago,
        tickets.opened_at,
        tickets.closed_at,
        LOWER(tickets.priority) AS priority,
        tickets.satisfaction / 1000000.0 AS satisfaction
    FROM tickets
    INNER JOIN account_keys ON tickets.account_id = account_keys.account_id
    INNER JOIN risk_days ON tickets.opened_at = risk_days.day
)

SELECT
    risk_rows.customer_key,
    risk_rows.months_ago,
    COUNT(CASE WHEN dated_tickets.months_ago = risk_rows.months_ago THEN 1 END) AS tickets_now,
    COUNT(CASE WHEN dated_tickets.months_ago < risk_rows.months_ago + 3 THEN 1 END) AS tickets_lately,
    COUNT(CASE WHEN dated_tickets.months_ago > risk_rows.months_ago THEN 1 END) / 11.0 AS tickets_usual,
    COUNT(CASE WHEN dated_tickets.months_ago < risk_rows.months_ago + 3
        AND dated_tickets.priority IN ('high', 'urgent', 'critical') THEN 1 END) AS tickets_urgent,
    risk_rows.day - MAX(dated_tickets.opened_at) AS days_silent,
    AVG(CASE WHEN dated_tickets.closed_at <= risk_rows.day THEN dated_tickets.satisfaction END) AS satisfaction
FROM risk_rows
INNER JOIN dated_tickets
    ON risk_rows.account_key = dated_tickets.account_key
    AND dated_tickets.months_ago >= risk_rows.months_ago
    AND dated_tickets.months_ago <= risk_rows.months_ago + 11
GROUP BY risk_rows.customer_key, risk_rows.months_ago, risk_rows.day
