-- Which accounts differ only in what is not seen: case, blanks, zero-width or composed characters?
-- severity: warning
-- table: subscriptions
WITH spelled AS (
    SELECT
        account_key,
        account_id,
        CASE
            WHEN STRLEN(account_id) = LENGTH(account_id) THEN LOWER(TRIM(account_id))
            ELSE LOWER(TRIM(REGEXP_REPLACE(
                REGEXP_REPLACE(NFC_NORMALIZE(account_id), '[\x{AD}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2064}\x{FEFF}]', '', 'g'),
                '[\x{A0}\x{2000}-\x{200A}\x{202F}\x{3000}]', ' ', 'g'
            )))
        END AS folded
    FROM account_keys
),
alike AS (
    SELECT account_key, account_id
    FROM spelled
    WHERE folded IN (SELECT folded FROM spelled GROUP BY folded HAVING COUNT(*) > 1)
)
SELECT
    ARG_MIN(lines.file_no, (lines.file_no, lines.source_line)) AS file_no,
    ARG_MIN(lines.source_line, (lines.file_no, lines.source_line)) AS source_line,
    'account_id' AS column_name,
    ANY_VALUE(alike.account_id) AS value,
    SUM(lines.mrr) AS mrr
FROM alike
INNER JOIN lines ON lines.account_key = alike.account_key
GROUP BY alike.account_key
