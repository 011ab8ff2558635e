/*-------------------------------------------------------------------------
 *
 * memory.c
 *	  Memory that a session keeps from one request for the next.
 *
 *	  The C library gives large blocks, and what is free at the top of the heap,
 *	  back to the kernel, which clears each page of them anew when the next
 *	  request touches it: a quarter of the processor time of a response of some
 *	  megabytes.  A session that answers requests keeps up to
 *	  fraiseql.keep_memory of it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "exec/request.h"
#include "fraiseql.h"

/* What glibc begins with, and the most that it takes for the size of a block, in kilobytes. */
#define LIBRARY_DEFAULT 128
#define LARGEST_BLOCK (32 * 1024)

void
fsq_memory_keep(void)
{
#ifdef __GLIBC__
	static int	kept = 0;

	if (kept == fsq_keep_memory)
		return;
	kept = fsq_keep_memory;
	/* blocks from this size on are not of the heap, and never kept */
	(void) mallopt(M_MMAP_THRESHOLD, Min(Max(kept / 2, LIBRARY_DEFAULT), LARGEST_BLOCK) * 1024);
	(void) mallopt(M_TRIM_THRESHOLD, (int) Min((int64) Max(kept, LIBRARY_DEFAULT) * 1024, INT_MAX));
#endif
}
