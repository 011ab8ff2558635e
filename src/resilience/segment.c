/*-------------------------------------------------------------------------
 *
 * segment.c
 *	  Named segments of dynamic shared memory: see segment.h.
 *
 *	  PostgreSQL's registry finds a segment by its name, but gives one of a size
 *	  that all who ask for it know, and no handle of it, without which nothing
 *	  can be done before it is detached.  So what is registered is only the place
 *	  where the handle of the segment proper is kept.  Where that cannot be made,
 *	  for want of memory, the next backend tries again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "compat.h"
#include "miscadmin.h"
#include "storage/lwlock.h"
#include "utils/resowner.h"

#include "resilience/segment.h"

#define TRANCHE "fraiseql segments"

typedef struct Place
{
	LWLock		lock;
	int			tranche;
	dsm_handle	handle;			/* DSM_HANDLE_INVALID: no segment has been made yet */
} Place;

static void
initialise_place(void *memory)
{
	Place	   *place = memory;

	place->tranche = LWLockNewTrancheId();
	LWLockInitialize(&place->lock, place->tranche);
	place->handle = DSM_HANDLE_INVALID;
}

static dsm_segment *
make(Size size, void (*initialise) (void *memory))
{
	dsm_segment *segment = dsm_create(size, 0);

	initialise(dsm_segment_address(segment));
	dsm_pin_segment(segment);
	return segment;
}

static dsm_segment *
attach(const char *name, Size size, void (*initialise) (void *memory))
{
	dsm_segment *segment;
	bool		found;
	Place	   *place = fsq_named_segment(name, sizeof(Place), initialise_place, &found);

	LWLockRegisterTranche(place->tranche, TRANCHE);
	LWLockAcquire(&place->lock, LW_EXCLUSIVE);
	if (place->handle == DSM_HANDLE_INVALID)
	{
		segment = make(size, initialise);
		place->handle = dsm_segment_handle(segment);
	}
	else
		segment = dsm_attach(place->handle);
	LWLockRelease(&place->lock);
	if (segment == NULL)
		elog(ERROR, "could not map dynamic shared memory segment");
	dsm_pin_mapping(segment);
	return segment;
}

/*
 * The same in a subtransaction, which gives back what was locked and mapped
 * when there was an error.
 */
static dsm_segment *
try_attach(const char *name, Size size, void (*initialise) (void *memory), char **error)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	dsm_segment *volatile segment = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		segment = attach(name, size, initialise);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *edata;

		MemoryContextSwitchTo(context);
		edata = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		*error = edata->message;
		segment = NULL;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return segment;
}

dsm_segment *
fsq_segment_attach(const char *name, Size size, void (*initialise) (void *memory), char **error)
{
	*error = NULL;
	if (!FSQ_HAS_NAMED_SEGMENTS || !IsUnderPostmaster)
		return NULL;
	/* a parallel operation lets no subtransaction begin */
	if (IsInParallelMode())
		return attach(name, size, initialise);
	return try_attach(name, size, initialise, error);
}
