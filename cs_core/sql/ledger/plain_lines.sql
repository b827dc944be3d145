-- What does each line earn, and for which customer?
-- One row: an earning line. A customer is an account, or where currencies cannot be joined an
-- account in one currency: account_key x number of currencies + currency_code.
-- needs: effective_lines
SELECT
    CAST(account_key * $currency_count + CASE WHEN $currency_count = 1 THEN 0 ELSE currency_code END AS INTEGER) AS customer_key,
    start_day,
    end_day,
    mrr,
    FALSE AS revalued,
    FALSE AS continued,
    file_no,
    source_line,
    subscription_id,
    cancel_reason,
    churn_kind
    /*with_value*/ , value
FROM effective_lines
