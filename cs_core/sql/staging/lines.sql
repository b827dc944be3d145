-- Which priced lines does the data hold, and what does each earn a month?
-- One row: one accepted line. Money is whole millionths of the line's currency, rounded once,
-- half to even; `gross_mrr` is before recurring discounts.
-- needs: priced_rows, account_keys, spelled_currencies
SELECT
    account_keys.account_key,
    /*several_currencies*/ COALESCE(spelled_currencies.currency_code, 0) AS currency_code,
    /*!several_currencies*/ 0 AS currency_code,
    priced_rows.file_no,
    priced_rows.source_line,
    COALESCE(priced_rows.net_mrr, priced_rows.gross_mrr) AS mrr,
    priced_rows.gross_mrr,
    priced_rows.start_date,
    priced_rows.end_date,
    priced_rows.trial_end,
    priced_rows.cancel_requested_at,
    priced_rows.term_start,
    priced_rows.term_end,
    priced_rows.subscription_id,
    priced_rows.status,
    priced_rows.cancel_reason,
    priced_rows.churn_kind,
    CAST(priced_rows.interval_months AS INTEGER) AS interval_months
    /*with_columns*/ , segment_columns_of_source
FROM priced_rows
INNER JOIN account_keys ON priced_rows.account_id = account_keys.account_id
/*several_currencies*/ LEFT JOIN spelled_currencies ON priced_rows.currency = spelled_currencies.spelling
