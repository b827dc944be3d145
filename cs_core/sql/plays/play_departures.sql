-- When did whose contract owner leave?
-- One row: a departure known at as-of.
-- needs: accounts, account_keys
SELECT account_keys.account_key, accounts.contract_owner_left_at AS day
FROM accounts
INNER JOIN account_keys ON accounts.account_id = account_keys.account_id
WHERE accounts.contract_owner_left_at <= $as_of
ORDER BY account_keys.account_key, accounts.contract_owner_left_at
