/*-------------------------------------------------------------------------
 *
 * statistics.c
 *	  Counting latencies, and reading quantiles from the counts.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "resilience/statistics.h"

static const int64 bounds[] = FSQ_LATENCY_BOUNDS;

StaticAssertDecl(lengthof(bounds) + 1 == FSQ_LATENCY_COUNTS, "one count for each bound, and one beyond");

void
fsq_statistics_latency(FsqStatistics *statistics, int64 microseconds)
{
	int			i = 0;

	while (i < lengthof(bounds) && microseconds > bounds[i])
		i++;
	statistics->latencies[i]++;
	statistics->latency_sum += microseconds;
}

/*
 * Between two bounds the latencies are taken for evenly distributed, as
 * Prometheus does (histogram_quantile); beyond the last for equal to it.
 */
double
fsq_statistics_quantile(const FsqStatistics *statistics, double share)
{
	int64		n = 0;
	double		rank;

	for (int i = 0; i < FSQ_LATENCY_COUNTS; i++)
		n += statistics->latencies[i];
	if (n == 0)
		return -1;
	rank = share * n;
	for (int i = 0; i < lengthof(bounds); i++)
	{
		int64		count = statistics->latencies[i];
		double		low = i > 0 ? bounds[i - 1] : 0;

		if (count > 0 && rank <= count)
			return low + (bounds[i] - low) * Max(rank, 0) / count;
		rank -= count;
	}
	return bounds[lengthof(bounds) - 1];
}
