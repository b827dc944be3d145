-- Which rows of a tenure table cannot be used, and why?
-- One row: a row set aside, with the first reason that holds.
-- needs: source_tenures
SELECT
    file_no,
    source_line,
    CASE
        WHEN account_id IS NULL OR tenure_months IS NULL OR churned IS NULL THEN 'missing_value'
        WHEN tenure_months < 0 OR mrr < 0 THEN 'negative_amount'
        ELSE 'duplicate'
    END AS code,
    CASE
        WHEN account_id IS NULL THEN 'account_id'
        WHEN tenure_months IS NULL OR tenure_months < 0 THEN 'tenure_months'
        WHEN churned IS NULL THEN 'churned'
        WHEN mrr < 0 THEN 'mrr'
        ELSE 'account_id'
    END AS column_name,
    CAST(NULL AS VARCHAR) AS value,
    0 AS mrr
FROM (
    SELECT
        source_tenures.*,
        ROW_NUMBER() OVER (PARTITION BY account_id ORDER BY file_no, source_line) AS copy_number
    FROM source_tenures
) AS numbered_tenures
WHERE account_id IS NULL OR tenure_months IS NULL OR churned IS NULL OR tenure_months < 0 OR mrr < 0 OR copy_number > 1
