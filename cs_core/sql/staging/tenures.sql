-- How long did each account stay, and did it leave?
-- One row: an accepted account.
-- needs: source_tenures, account_keys, rejections
SELECT
    account_keys.account_key,
    source_tenures.tenure_months,
    source_tenures.churned,
    COALESCE(source_tenures.mrr, 0) AS mrr,
    source_tenures.file_no,
    source_tenures.source_line
FROM source_tenures
INNER JOIN account_keys ON source_tenures.account_id = account_keys.account_id
WHERE NOT EXISTS (
    SELECT 1 FROM rejections
    WHERE rejections.file_no = source_tenures.file_no AND rejections.source_line = source_tenures.source_line
)
