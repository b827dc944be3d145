-- Which rows of the subscriptions files are used?
-- One row: a row that was not set aside.
-- needs: source_subscriptions, rejections
SELECT source_subscriptions.*
FROM source_subscriptions
WHERE NOT EXISTS (
    SELECT 1 FROM rejections
    WHERE rejections.file_no = source_subscriptions.file_no
        AND rejections.source_line = source_subscriptions.source_line
)
