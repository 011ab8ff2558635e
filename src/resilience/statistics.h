/*-------------------------------------------------------------------------
 *
 * statistics.h
 *	  What is counted of a server, under its lock (server.h).
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_RESILIENCE_STATISTICS_H
#define FSQ_RESILIENCE_STATISTICS_H

#include "postgres.h"

#include "utils/timestamp.h"

/*
 * Upper bounds of the latencies that are counted apart, in microseconds; what
 * took longer than the last is counted in one more.
 */
#define FSQ_LATENCY_BOUNDS \
	{500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, \
	 1000000, 2500000, 5000000, 10000000, 30000000}
#define FSQ_LATENCY_COUNTS 16

typedef struct FsqHistogram
{
	int64		sum;			/* microseconds */
	int64		counts[FSQ_LATENCY_COUNTS];
} FsqHistogram;

typedef struct FsqStatistics
{
	int64		statements;		/* that were answered, be it with an error */
	int64		rows;
	int64		errors;			/* of statements and connections, whatever they say about the server */
	int64		retries;
	int64		retries_refused;	/* for want of budget */
	int64		rejected;		/* uses that the breaker refused */
	int64		fallbacks;		/* scans that another relation answered, be it in part */
	FsqHistogram latencies;		/* until the first answer */
	TimestampTz reset_at;		/* 0: never */
	double		recent;			/* latency of the last statements, in microseconds */
	TimestampTz recent_at;
} FsqStatistics;

/* The bounds, in microseconds. */
extern const int64 fsq_latency_bounds[FSQ_LATENCY_COUNTS - 1];

extern void fsq_histogram_add(FsqHistogram *histogram, int64 microseconds);

/* How many there are. */
extern int64 fsq_histogram_count(const FsqHistogram *histogram);

/* The latency, in microseconds, that a share of them does not exceed; -1: there are none. */
extern double fsq_histogram_quantile(const FsqHistogram *histogram, double share);

/* Take the latency of a statement into account for what is expected of the next ones. */
extern void fsq_statistics_recent(FsqStatistics *statistics, int64 microseconds, TimestampTz now);

/*
 * What is to be expected of a server now, in microseconds: its recent latency,
 * believed less the longer ago that was, so that one that was slow is tried
 * again.  0: nothing is known.
 */
extern double fsq_statistics_expected(const FsqStatistics *statistics, TimestampTz now);

#endif							/* FSQ_RESILIENCE_STATISTICS_H */
