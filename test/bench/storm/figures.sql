-- What a run was: variables are the times at which the clients had got going,
-- the source went dark, its breaker opened (without one: it went dark), it was
-- back, and all was well again; timeout is connection_timeout.
WITH rates AS (
	SELECT count(*) FILTER (WHERE ended BETWEEN :'ready' AND :'dark') / extract(epoch FROM :'dark'::timestamptz - :'ready') AS before,
		count(*) FILTER (WHERE ended BETWEEN :'opened' AND :'back') / extract(epoch FROM :'back'::timestamptz - :'opened') AS during,
		count(*) FILTER (WHERE ended > :'well') / extract(epoch FROM max(ended) - :'well') AS after,
		count(*) FILTER (WHERE what = 'wrong' OR what <> 'partial' AND started > :'dark' AND ended < :'back') AS wrong,
		extract(epoch FROM percentile_cont(0.99) WITHIN GROUP (ORDER BY ended - started)
			FILTER (WHERE started > :'opened' AND ended < :'back')) * 1000 AS p99,
		count(*) FILTER (WHERE started > :'opened' AND ended < :'back' AND ended - started > interval '1 s') AS waited
	FROM answers
)
SELECT before, during, after, wrong, p99, waited,
	-- the first half second after the opening with nine tenths of the rate before
	coalesce((SELECT extract(epoch FROM t - :'opened') * 1000
		FROM generate_series(:'opened'::timestamptz, :'back'::timestamptz - interval '500 ms', interval '50 ms') t
		WHERE (SELECT count(*) FROM answers WHERE ended BETWEEN t AND t + interval '500 ms') >= 0.9 * before / 2
		ORDER BY t LIMIT 1), -1) AS recovered
FROM rates
