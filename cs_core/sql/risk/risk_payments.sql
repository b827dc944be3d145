-- Whose payment is overdue at the moment, or was in the half year before?
-- One row: a customer and a moment with an overdue line in that time.
-- needs: risk_rows, lines
SELECT
    risk_rows.customer_key,
    risk_rows.months_ago,
    MAX(CASE WHEN lines.end_date IS NULL OR lines.end_date > risk_rows.day THEN 1 ELSE 0 END) AS overdue_now,
    COUNT(DISTINCT lines.start_date) AS overdue_times,
    MIN(risk_rows.day - lines.start_date) AS days_since_overdue
FROM risk_rows
INNER JOIN lines
    ON risk_rows.account_key = lines.account_key
    AND lines.status = 'past_due'
    AND lines.start_date <= risk_rows.day
    AND (lines.end_date IS NULL OR lines.end_date > risk_rows.day - 183)
GROUP BY risk_rows.customer_key, risk_rows.months_ago
