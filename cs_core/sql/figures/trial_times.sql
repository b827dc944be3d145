-- After how many days is it asked who has begun to pay, where each trial has its own end?
-- One row: the one that stands for that end.
SELECT 0 AS within_days
