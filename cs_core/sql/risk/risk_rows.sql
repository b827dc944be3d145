-- Which customers at which moments is the model given?
-- One row: a customer and a moment. For learning, those who left and those who did not are sampled
-- at known rates, by the customer's number; for scoring, who is a customer at the anchor.
-- needs: risk_labelled, risk_states, risk_customers
-- decision: sampling changes the odds by a known factor, which the model takes off as an offset
/*learning*/ SELECT customer_key, account_key, customer_number, months_ago, day, mrr, first_day, earlier_churns, left_within
/*learning*/ FROM risk_labelled
/*learning*/ WHERE months_ago <= $first_ago AND months_ago >= $last_ago
    /*learning*/ AND (customer_number * 7919 + months_ago * 6133) % 10000
        /*learning*/ < CASE WHEN left_within = 1 THEN $kept_leavers ELSE $kept_stayers END
/*!learning*/ SELECT
    /*!learning*/ risk_states.customer_key,
    /*!learning*/ risk_customers.account_key,
    /*!learning*/ risk_customers.customer_number,
    /*!learning*/ risk_states.months_ago,
    /*!learning*/ risk_states.day,
    /*!learning*/ risk_states.mrr,
    /*!learning*/ risk_states.first_day,
    /*!learning*/ risk_states.earlier_churns,
    /*!learning*/ CAST(NULL AS INTEGER) AS left_within
/*!learning*/ FROM risk_states
/*!learning*/ INNER JOIN risk_customers ON risk_states.customer_key = risk_customers.customer_key
/*!learning*/ WHERE risk_states.months_ago = 0
