-- Which lines does an account have that asked to end one?
-- One row: a line of such an account; it earns before `end_day`.
-- needs: lines
WITH noticed_accounts AS (
    SELECT DISTINCT account_key
    FROM lines
    WHERE cancel_requested_at <= $as_of
)

SELECT
    lines.account_key,
    lines.start_date AS start_day,
    /*!inclusive_end*/ lines.end_date AS end_day,
    /*inclusive_end*/ lines.end_date + 1 AS end_day,
    lines.cancel_requested_at AS request_day
FROM lines
INNER JOIN noticed_accounts ON lines.account_key = noticed_accounts.account_key
WHERE lines.start_date <= $as_of
