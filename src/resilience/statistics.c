/*-------------------------------------------------------------------------
 *
 * statistics.c
 *	  Counting latencies, and reading quantiles from the counts.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "resilience/statistics.h"

/* The share of a new latency in the recent one, and the seconds after which half of that is believed. */
#define RECENT_WEIGHT 0.25
#define RECENT_HALF_LIFE 10

const int64 fsq_latency_bounds[] = FSQ_LATENCY_BOUNDS;

#define NBOUNDS ((int) lengthof(fsq_latency_bounds))

StaticAssertDecl(lengthof(fsq_latency_bounds) + 1 == FSQ_LATENCY_COUNTS, "one count for each bound, and one beyond");

void
fsq_histogram_add(FsqHistogram *histogram, int64 microseconds)
{
	int			i = 0;

	while (i < NBOUNDS && microseconds > fsq_latency_bounds[i])
		i++;
	histogram->counts[i]++;
	histogram->sum += microseconds;
}

int64
fsq_histogram_count(const FsqHistogram *histogram)
{
	int64		n = 0;

	for (int i = 0; i < FSQ_LATENCY_COUNTS; i++)
		n += histogram->counts[i];
	return n;
}

/*
 * Between two bounds the latencies are taken for evenly distributed, as
 * Prometheus does (histogram_quantile); beyond the last for equal to it.
 */
double
fsq_histogram_quantile(const FsqHistogram *histogram, double share)
{
	int64		n = fsq_histogram_count(histogram);
	double		rank = share * n;

	if (n == 0)
		return -1;
	for (int i = 0; i < NBOUNDS; i++)
	{
		int64		count = histogram->counts[i];
		double		low = i > 0 ? fsq_latency_bounds[i - 1] : 0;

		if (count > 0 && rank <= count)
			return low + (fsq_latency_bounds[i] - low) * Max(rank, 0) / count;
		rank -= count;
	}
	return fsq_latency_bounds[NBOUNDS - 1];
}

void
fsq_statistics_recent(FsqStatistics *statistics, int64 microseconds, TimestampTz now)
{
	statistics->recent += (microseconds - statistics->recent) * (statistics->recent_at ? RECENT_WEIGHT : 1);
	statistics->recent_at = now;
}

double
fsq_statistics_expected(const FsqStatistics *statistics, TimestampTz now)
{
	double		age = Max(now - statistics->recent_at, 0) / (double) USECS_PER_SEC;

	return statistics->recent_at ? statistics->recent * pow(0.5, age / RECENT_HALF_LIFE) : 0;
}
