-- For which reasons did customers leave, and was it their choice?
-- kind: period
-- grain: period x reason x kind x segment x currency
-- unit: count and money
-- parameters: period, from, to, as_of, by, where, currency, policies
-- heeds: event
-- keys: period, cancel_reason, churn_kind, segment, currency
-- absent: zero
-- definition: churn rows of the ledger by the reason of the line that ended that day
-- money: churned_mrr
-- decision: of several lines ending that day the one with the most MRR speaks, then the first by reason
-- needs: known_ledger, calendar, earning_lines, customer_segments, result_currencies, segment_values
WITH ending_lines AS (
    SELECT
        customer_key,
        end_day,
        cancel_reason,
        churn_kind,
        ROW_NUMBER() OVER (
            PARTITION BY customer_key, end_day
            ORDER BY mrr DESC, cancel_reason ASC NULLS LAST, churn_kind ASC NULLS LAST
        ) AS place
    FROM earning_lines
    WHERE end_day IS NOT NULL
)

SELECT
    calendar.period_index,
    /*by*/ segment_values.value AS segment,
    result_currencies.currency,
    ending_lines.cancel_reason,
    ending_lines.churn_kind,
    COUNT(*) AS churned_customers,
    CAST(SUM(-known_ledger.delta) AS BIGINT) AS churned_mrr
FROM known_ledger
INNER JOIN calendar ON known_ledger.day = calendar.day
INNER JOIN result_currencies ON known_ledger.customer_key % $currency_count = result_currencies.currency_code
LEFT JOIN ending_lines
    ON known_ledger.customer_key = ending_lines.customer_key
    AND known_ledger.day = ending_lines.end_day
    AND ending_lines.place = 1
/*segmented*/ INNER JOIN customer_segments ON known_ledger.customer_key = customer_segments.customer_key
    /*segmented*/ AND known_ledger.day - 1 >= customer_segments.from_day
    /*segmented*/ AND known_ledger.day - 1 < customer_segments.to_day
    /*segmented*/ AND customer_segments.segment >= 0
/*by*/ LEFT JOIN segment_values ON segment_values.column_no = $by_column AND customer_segments.segment = segment_values.value_code
WHERE known_ledger.movement = 'churn'
    AND calendar.period_index >= $first_period AND calendar.period_index <= $last_period
GROUP BY
    calendar.period_index,
    /*by*/ segment_values.value,
    result_currencies.currency,
    ending_lines.cancel_reason,
    ending_lines.churn_kind
ORDER BY
    calendar.period_index,
    /*by*/ segment_values.value NULLS LAST,
    result_currencies.currency,
    churned_mrr DESC,
    ending_lines.cancel_reason NULLS LAST,
    ending_lines.churn_kind NULLS LAST
