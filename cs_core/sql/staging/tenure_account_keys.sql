-- Which small number stands for each account that is known only by its tenure?
-- One row: an account. Two rows of one account are two accounts that share an id: the first counts.
-- needs: source_tenures
SELECT CAST(ROW_NUMBER() OVER () AS INTEGER) AS account_key, account_id
FROM (SELECT DISTINCT account_id FROM source_tenures WHERE account_id IS NOT NULL) AS distinct_accounts
