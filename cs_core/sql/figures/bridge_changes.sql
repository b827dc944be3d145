-- How do the movements of each segment and period add up?
-- One row: a segment, currency and period in which something happened; losses positive. `earlier` is
-- what was there before the data begins.
-- needs: added_movements, transfer_changes
WITH all_movements AS (
    SELECT segment, currency_code, period_index, movement, mrr, customers FROM added_movements
    /*changing*/ UNION ALL
    /*changing*/ SELECT segment, currency_code, period_index, movement, mrr, customers FROM transfer_changes
)

SELECT
    segment,
    currency_code,
    period_index,
    CAST(SUM(CASE WHEN movement = 'opening' THEN mrr ELSE 0 END) AS HUGEINT) AS earlier_mrr,
    CAST(SUM(CASE WHEN movement = 'new' THEN mrr ELSE 0 END) AS HUGEINT) AS new_mrr,
    CAST(SUM(CASE WHEN movement = 'reactivation' THEN mrr ELSE 0 END) AS HUGEINT) AS reactivation_mrr,
    CAST(SUM(CASE WHEN movement = 'expansion' THEN mrr ELSE 0 END) AS HUGEINT) AS expansion_mrr,
    CAST(SUM(CASE WHEN movement = 'contraction' THEN -mrr ELSE 0 END) AS HUGEINT) AS contraction_mrr,
    CAST(SUM(CASE WHEN movement = 'churn' THEN -mrr ELSE 0 END) AS HUGEINT) AS churned_mrr,
    CAST(SUM(CASE WHEN movement = 'fx' THEN mrr ELSE 0 END) AS HUGEINT) AS fx_mrr,
    CAST(SUM(CASE WHEN movement = 'transferred_in' THEN mrr ELSE 0 END) AS HUGEINT) AS transferred_in_mrr,
    CAST(SUM(CASE WHEN movement = 'transferred_out' THEN mrr ELSE 0 END) AS HUGEINT) AS transferred_out_mrr,
    CAST(SUM(CASE WHEN movement = 'opening' THEN customers ELSE 0 END) AS INTEGER) AS earlier_customers,
    CAST(SUM(CASE WHEN movement = 'new' THEN customers ELSE 0 END) AS INTEGER) AS new_customers,
    CAST(SUM(CASE WHEN movement = 'reactivation' THEN customers ELSE 0 END) AS INTEGER) AS reactivated_customers,
    CAST(SUM(CASE WHEN movement = 'churn' THEN customers ELSE 0 END) AS INTEGER) AS churned_customers,
    CAST(SUM(CASE WHEN movement = 'transferred_in' THEN customers ELSE 0 END) AS INTEGER) AS transferred_in_customers,
    CAST(SUM(CASE WHEN movement = 'transferred_out' THEN customers ELSE 0 END) AS INTEGER) AS transferred_out_customers
FROM all_movements
GROUP BY segment, currency_code, period_index
