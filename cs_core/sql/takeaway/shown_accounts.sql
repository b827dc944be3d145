-- Who are the accounts?
-- One row: an account that has a line; its segment columns stand last, under their names.
-- column: account_id: as in the files
-- column: name: as in the files
-- column: contract_owner_left_at: the day on which the person who signed left
-- needs: account_keys, accounts, accounts_columns
-- decision: where an account stands twice, the first value in order counts, as for segments
WITH stated_accounts AS (
    SELECT account_id, MIN(name) AS name, MIN(contract_owner_left_at) AS contract_owner_left_at
    FROM accounts
    GROUP BY account_id
)

/*with_columns*/ , account_segments AS (
    /*with_columns*/ SELECT key AS account_id, segment_columns_by_name
    /*with_columns*/ FROM accounts_columns
    /*with_columns*/ GROUP BY key
/*with_columns*/ )

SELECT
    account_keys.account_id,
    stated_accounts.name,
    stated_accounts.contract_owner_left_at
    /*with_columns*/ , segment_columns
FROM account_keys
LEFT JOIN stated_accounts ON account_keys.account_id = stated_accounts.account_id
/*with_columns*/ LEFT JOIN account_segments ON account_keys.account_id = account_segments.account_id
