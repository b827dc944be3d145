-- In which month before the anchor does a day lie?
-- One row: a day up to the anchor and the first moment at or after it.
-- needs: risk_moments, numbers
SELECT
    risk_moments.day - numbers.n AS day,
    risk_moments.months_ago
FROM risk_moments
INNER JOIN numbers ON numbers.n < 31 AND risk_moments.day - numbers.n > risk_moments.earlier_day
