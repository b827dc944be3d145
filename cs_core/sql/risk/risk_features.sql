-- What was known of each customer at each moment?
-- One row: a customer and a moment, from what is dated on or before it and nothing else.
-- needs: risk_rows, risk_states, risk_terms, risk_payments, risk_owners, risk_plans, risk_usage, risk_tickets, risk_nps, risk_notices
SELECT
    risk_rows.customer_key,
    risk_rows.account_key,
    risk_rows.customer_number,
    risk_rows.months_ago,
    risk_rows.day,
    risk_rows.left_within,
    risk_rows.mrr,
    /*!left_edge*/ risk_rows.day - risk_rows.first_day AS days_stayed,
    -- Since when those have been there that the data begins with is not known.
    /*left_edge*/ CASE WHEN risk_rows.first_day >= $left_edge THEN risk_rows.day - risk_rows.first_day END AS days_stayed,
    risk_rows.earlier_churns,
    quarter_ago.mrr AS mrr_before,
    risk_terms.next_renewal - risk_rows.day AS days_to_renewal,
    /*!past_due*/ NULL AS overdue_now, NULL AS overdue_times, NULL AS days_since_overdue,
    /*past_due*/ COALESCE(risk_payments.overdue_now, 0) AS overdue_now, COALESCE(risk_payments.overdue_times, 0) AS overdue_times,
    /*past_due*/ risk_payments.days_since_overdue,
    /*!owners*/ NULL AS days_without_owner,
    /*owners*/ risk_rows.day - risk_owners.owner_left_day AS days_without_owner,
    /*!plan*/ NULL AS plan_code, NULL AS plan_before,
    /*plan*/ risk_plans.plan_code, plans_before.plan_code AS plan_before,
    /*!usage*/ NULL AS usage_own, NULL AS usage_trend, NULL AS used_change, NULL AS usage_peers,
    /*usage*/ risk_usage.usage_own, risk_usage.usage_trend, risk_usage.used_change, risk_usage.usage_peers,
    /*!tickets*/ NULL AS tickets_now, NULL AS tickets_lately, NULL AS tickets_usual, NULL AS tickets_urgent,
    /*!tickets*/ NULL AS days_silent, NULL AS satisfaction,
    /*tickets*/ COALESCE(risk_tickets.tickets_now, 0) AS tickets_now, COALESCE(risk_tickets.tickets_lately, 0) AS tickets_lately,
    /*tickets*/ COALESCE(risk_tickets.tickets_usual, 0) AS tickets_usual, COALESCE(risk_tickets.tickets_urgent, 0) AS tickets_urgent,
    /*tickets*/ risk_tickets.days_silent, risk_tickets.satisfaction,
    /*!nps*/ NULL AS nps_score,
    /*nps*/ risk_nps.nps_score,
    /*!notices*/ NULL AS days_since_notice
    /*notices*/ risk_rows.day - risk_notices.notice_day AS days_since_notice
FROM risk_rows
LEFT JOIN risk_states AS quarter_ago
    ON risk_rows.customer_key = quarter_ago.customer_key AND risk_rows.months_ago + 3 = quarter_ago.months_ago
LEFT JOIN risk_terms
    ON risk_rows.customer_key = risk_terms.customer_key AND risk_rows.months_ago = risk_terms.months_ago
/*past_due*/ LEFT JOIN risk_payments
    /*past_due*/ ON risk_rows.customer_key = risk_payments.customer_key AND risk_rows.months_ago = risk_payments.months_ago
/*owners*/ LEFT JOIN risk_owners
    /*owners*/ ON risk_rows.customer_key = risk_owners.customer_key AND risk_rows.months_ago = risk_owners.months_ago
/*plan*/ LEFT JOIN risk_plans
    /*plan*/ ON risk_rows.customer_key = risk_plans.customer_key AND risk_rows.months_ago = risk_plans.months_ago
/*plan*/ LEFT JOIN risk_plans AS plans_before
    /*plan*/ ON risk_rows.customer_key = plans_before.customer_key AND risk_rows.months_ago + 3 = plans_before.months_ago
/*usage*/ LEFT JOIN risk_usage
    /*usage*/ ON risk_rows.customer_key = risk_usage.customer_key AND risk_rows.months_ago = risk_usage.months_ago
/*tickets*/ LEFT JOIN risk_tickets
    /*tickets*/ ON risk_rows.customer_key = risk_tickets.customer_key AND risk_rows.months_ago = risk_tickets.months_ago
/*nps*/ LEFT JOIN risk_nps
    /*nps*/ ON risk_rows.customer_key = risk_nps.customer_key AND risk_rows.months_ago = risk_nps.months_ago
/*notices*/ LEFT JOIN risk_notices
    /*notices*/ ON risk_rows.account_key = risk_notices.account_key AND risk_rows.months_ago = risk_notices.months_ago
