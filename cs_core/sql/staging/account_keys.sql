-- Which small number stands for each account?
-- One row: an account that has at least one accepted line.
-- needs: usable_rows
-- decision: the numbering carries no meaning and no figure depends on it
SELECT CAST(ROW_NUMBER() OVER (
    /*taken_away*/ ORDER BY account_id
) AS INTEGER) AS account_key, account_id
FROM (SELECT DISTINCT account_id FROM usable_rows) AS distinct_accounts
