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

typedef struct FsqStatistics
{
	int64		statements;		/* that were answered, be it with an error */
	int64		rows;
	int64		errors;			/* of statements and connections, whatever they say about the server */
	int64		retries;
	int64		retries_refused;	/* for want of budget */
	int64		rejected;		/* uses that the breaker refused */
	int64		fallbacks;		/* scans that another relation answered, be it in part */
	int64		latency_sum;	/* microseconds, of what is in latencies */
	int64		latencies[FSQ_LATENCY_COUNTS];	/* until the first answer */
	TimestampTz reset_at;		/* 0: never */
} FsqStatistics;

/* Count the time until a statement's first answer. */
extern void fsq_statistics_latency(FsqStatistics *statistics, int64 microseconds);

/* The latency, in microseconds, that a share of statements does not exceed; -1: there are none. */
extern double fsq_statistics_quantile(const FsqStatistics *statistics, double share);

#endif							/* FSQ_RESILIENCE_STATISTICS_H */
