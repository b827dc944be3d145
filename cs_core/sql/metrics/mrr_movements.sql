-- How did MRR get from opening to closing, and through which movements?
-- kind: period
-- grain: period x segment x currency
-- unit: money
-- parameters: period, from, to, as_of, by, where, currency, policies
-- heeds: snapshot
-- keys: period, segment, currency
-- explain: row = delta of movements, opening_mrr = delta of before, closing_mrr = delta of until,
--   new_mrr = delta of movements new, reactivation_mrr = delta of movements reactivation,
--   expansion_mrr = delta of movements expansion, contraction_mrr = loss of movements contraction,
--   churned_mrr = loss of movements churn, fx_mrr = delta of movements fx,
--   transferred_in_mrr = delta of movements transferred_in, transferred_out_mrr = loss of movements transferred_out,
--   opening_customers = customers of before, closing_customers = customers of until,
--   new_customers = rows of movements new, reactivated_customers = rows of movements reactivation,
--   churned_customers = rows of movements churn, transferred_in_customers = rows of movements transferred_in,
--   transferred_out_customers = rows of movements transferred_out
-- absent: zero
-- cube: yes
-- definition: opening + new + reactivation + expansion - contraction - churned + fx + transfers = closing
-- money: opening_mrr, new_mrr, reactivation_mrr, expansion_mrr, contraction_mrr, churned_mrr, fx_mrr, closing_mrr,
--   transferred_in_mrr, transferred_out_mrr
-- decision: losses are positive; customer movements count ledger rows
-- needs: bridge, result_currencies, segment_values
SELECT
    bridge.period_index,
    /*by*/ segment_values.value AS segment,
    result_currencies.currency,
    bridge.opening_mrr,
    bridge.new_mrr,
    bridge.reactivation_mrr,
    bridge.expansion_mrr,
    bridge.contraction_mrr,
    bridge.churned_mrr,
    bridge.fx_mrr,
    bridge.closing_mrr,
    bridge.opening_customers,
    bridge.new_customers,
    bridge.reactivated_customers,
    bridge.churned_customers,
    bridge.closing_customers
    /*can_change*/ , bridge.transferred_in_mrr, bridge.transferred_out_mrr,
    /*can_change*/ bridge.transferred_in_customers, bridge.transferred_out_customers
FROM bridge
INNER JOIN result_currencies ON bridge.currency_code = result_currencies.currency_code
/*by*/ LEFT JOIN segment_values ON segment_values.column_no = $by_column AND bridge.segment = segment_values.value_code
WHERE bridge.period_index >= $first_period
    /*by*/ AND (bridge.opening_mrr <> 0 OR bridge.closing_mrr <> 0 OR bridge.opening_customers <> 0
    /*by*/ OR bridge.closing_customers <> 0 OR bridge.new_customers <> 0 OR bridge.reactivated_customers <> 0
    /*by*/ OR bridge.transferred_in_customers <> 0)
ORDER BY
    bridge.period_index,
    /*by*/ segment_values.value NULLS LAST,
    result_currencies.currency
