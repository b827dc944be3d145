-- When did one account's contract owner leave, and when did it ask to end a line?
-- One row: a day of either, `kind` saying which.
-- needs: accounts, lines, account_keys
SELECT contract_owner_left_at AS day, 'owner_left' AS kind
FROM accounts
WHERE account_id = $account_id AND contract_owner_left_at <= $as_of
UNION
SELECT lines.cancel_requested_at AS day, 'notice' AS kind
FROM lines
INNER JOIN account_keys ON lines.account_key = account_keys.account_key
WHERE account_keys.account_id = $account_id AND lines.cancel_requested_at <= $as_of
UNION
SELECT lines.start_date AS day, 'overdue' AS kind
FROM lines
INNER JOIN account_keys ON lines.account_key = account_keys.account_key
WHERE account_keys.account_id = $account_id AND lines.status = 'past_due' AND lines.start_date <= $as_of
