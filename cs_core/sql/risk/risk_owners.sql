-- Whose contract owner had left by the moment?
-- One row: a customer and a moment after its owner left.
-- needs: risk_rows, account_keys, accounts
SELECT
    risk_rows.customer_key,
    risk_rows.months_ago,
    MAX(accounts.contract_owner_left_at) AS owner_left_day
FROM risk_rows
INNER JOIN account_keys ON risk_rows.account_key = account_keys.account_key
INNER JOIN accounts ON account_keys.account_id = accounts.account_id
WHERE accounts.contract_owner_left_at <= risk_rows.day
GROUP BY risk_rows.customer_key, risk_rows.months_ago
