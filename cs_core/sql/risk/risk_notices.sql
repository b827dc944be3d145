-- Who had given notice by each moment?
-- One row: an account and a moment at which every line it then had was asked to end.
-- needs: lines, risk_moments
WITH noticed_accounts AS (
    SELECT DISTINCT account_key
    FROM lines
    WHERE cancel_requested_at <= $as_of
)

SELECT
    lines.account_key,
    risk_moments.months_ago,
    MAX(lines.cancel_requested_at) AS notice_day
FROM lines
INNER JOIN noticed_accounts ON lines.account_key = noticed_accounts.account_key
INNER JOIN risk_moments
    ON lines.start_date <= risk_moments.day
    /*!inclusive_end*/ AND (lines.end_date IS NULL OR lines.end_date > risk_moments.day)
    /*inclusive_end*/ AND (lines.end_date IS NULL OR lines.end_date >= risk_moments.day)
GROUP BY lines.account_key, risk_moments.months_ago
HAVING COUNT(*) = COUNT(CASE WHEN lines.cancel_requested_at <= risk_moments.day THEN 1 END)
