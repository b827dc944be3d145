-- Which lines of the files is one account made of?
-- One row: an accepted line, the earliest first; `file_no` counts the dataset's files from 0.
-- needs: lines, account_keys
SELECT
    lines.file_no,
    lines.source_line,
    lines.subscription_id,
    lines.start_date,
    lines.end_date,
    lines.mrr,
    lines.status,
    lines.cancel_reason
FROM lines
INNER JOIN account_keys ON lines.account_key = account_keys.account_key
WHERE account_keys.account_id = $account_id
ORDER BY lines.start_date, lines.file_no, lines.source_line
