-- Which segment values have a row in the answer?
-- One row: a segment value and a currency.
-- decision: also a value whose only customers joined and left within periods and are left out of the bridge
-- needs: result_currencies, bridge_changes, churn_changes
/*!by*/ SELECT 0 AS segment, currency_code FROM result_currencies
/*by*/ SELECT segment, currency_code FROM bridge_changes
/*by&ignore_same_period*/ UNION
/*by&ignore_same_period*/ SELECT segment, currency_code FROM churn_changes
/*by&!ignore_same_period*/ GROUP BY segment, currency_code
