-- Which small number stands for each account that is known only by its tenure?
-- One row: an account with an accepted row.
-- needs: source_tenures, rejections
SELECT CAST(ROW_NUMBER() OVER (
    /*taken_away*/ ORDER BY account_id
) AS INTEGER) AS account_key, account_id
FROM source_tenures
WHERE NOT EXISTS (
    SELECT 1 FROM rejections
    WHERE rejections.file_no = source_tenures.file_no AND rejections.source_line = source_tenures.source_line
)
