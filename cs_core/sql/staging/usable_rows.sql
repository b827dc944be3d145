-- Which rows of the subscriptions files are used?
-- One row: a row that was not set aside.
-- needs: source_subscriptions, rejections, unusable_rows
SELECT source_subscriptions.*
FROM source_subscriptions
WHERE NOT EXISTS (
    /*!taken_away*/ SELECT 1 FROM rejections
    /*!taken_away*/ WHERE rejections.file_no = source_subscriptions.file_no
        /*!taken_away*/ AND rejections.source_line = source_subscriptions.source_line
    /*taken_away*/ SELECT 1 FROM unusable_rows
    /*taken_away*/ WHERE unusable_rows.source_line = source_subscriptions.source_line
)
