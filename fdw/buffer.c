/*-------------------------------------------------------------------------
 *
 * buffer.c
 *	  Rows read ahead of their reader, when the connection that brings them is
 *	  needed for something else: in memory up to work_mem, then on disk.
 *
 *	  A row is, for each value, its type and what belongs to it.  Rows come in
 *	  blocks, each of which is one datum of a tuplestore; those of the last one,
 *	  which are all where there are few, have not been put into it.  The store's
 *	  files belong to the transaction, since the statement that needs the
 *	  connection may end long before the reader does.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/tupdesc.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/tuplestore.h"

#include "connection.h"

/* A block that has so many bytes is complete. */
#define BLOCK_SIZE (32 * 1024)

struct FsqRowBuffer
{
	MemoryContext context;
	TupleDesc	desc;			/* of one column, a bytea */
	Tuplestorestate *store;		/* NULL: nothing has been put into it */
	TupleTableSlot *slot;
	StringInfoData written;		/* the last block */
	StringInfoData taken;		/* the same, when it is read */
	/* rows that are read */
	const char *next;
	const char *end;
};

struct FsqRowBuffer *
fsq_buffer_make(MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	struct FsqRowBuffer *buffer = palloc0(sizeof(struct FsqRowBuffer));

	buffer->context = context;
	initStringInfo(&buffer->written);
	buffer->written.len = VARHDRSZ;
	MemoryContextSwitchTo(old);
	return buffer;
}

static void
make_store(struct FsqRowBuffer *buffer)
{
	ResourceOwner owner = CurrentResourceOwner;

	buffer->desc = CreateTemplateTupleDesc(1);
	TupleDescInitEntry(buffer->desc, 1, "rows", BYTEAOID, -1, 0);
	buffer->slot = MakeSingleTupleTableSlot(buffer->desc, &TTSOpsMinimalTuple);
	CurrentResourceOwner = TopTransactionResourceOwner;
	buffer->store = tuplestore_begin_heap(false, false, work_mem);
	CurrentResourceOwner = owner;
}

/* Put the last block into the store, and begin another one. */
static void
store_block(struct FsqRowBuffer *buffer)
{
	MemoryContext old = MemoryContextSwitchTo(buffer->context);	/* the store's file lives there */
	Datum		datum = PointerGetDatum(buffer->written.data);
	bool		isnull = false;

	if (buffer->store == NULL)
		make_store(buffer);
	SET_VARSIZE(buffer->written.data, buffer->written.len);
	tuplestore_putvalues(buffer->store, buffer->desc, &datum, &isnull);
	buffer->written.len = VARHDRSZ;
	MemoryContextSwitchTo(old);
}

/* What belongs to a value. */
static inline void
put(StringInfo block, const void *data, int length)
{
	memcpy(block->data + block->len, data, length);
	block->len += length;
}

Size
fsq_buffer_put(struct FsqRowBuffer *buffer, const FsqValue *values, int ncolumns)
{
	StringInfo	block = &buffer->written;
	int			start = block->len;
	Size		size;

	/* a row without columns is a row, too */
	if (ncolumns == 0)
		appendStringInfoChar(block, '\0');
	for (int i = 0; i < ncolumns; i++)
	{
		const FsqValue *value = &values[i];
		bool		sized = value->type == FSQ_WIRE_TEXT || value->type == FSQ_WIRE_BYTES;

		/* enlarging is a call, even where there is room */
		if (block->maxlen - block->len <= (int) (1 + sizeof(int64)) + (sized ? value->length : 0))
			enlargeStringInfo(block, 1 + sizeof(int64) + (sized ? value->length : 0));
		block->data[block->len++] = (char) value->type;
		switch (value->type)
		{
			case FSQ_WIRE_NULL:
				break;
			case FSQ_WIRE_INT64:
				put(block, &value->u.i, sizeof(int64));
				break;
			case FSQ_WIRE_FLOAT8:
				put(block, &value->u.d, sizeof(double));
				break;
			case FSQ_WIRE_TEXT:
			case FSQ_WIRE_BYTES:
				put(block, &value->length, sizeof(int));
				put(block, value->u.s, value->length);
				break;
		}
	}
	size = block->len - start;
	if (block->len >= BLOCK_SIZE)
		store_block(buffer);
	return size;
}

/* The next block of the store; at its end the store goes, so that another may begin. */
static bool
fetch_block(struct FsqRowBuffer *buffer)
{
	Datum		datum;
	bool		isnull;

	if (buffer->store == NULL)
		return false;
	if (!tuplestore_gettupleslot(buffer->store, true, true, buffer->slot))
	{
		fsq_buffer_end(buffer);
		return false;
	}
	datum = slot_getattr(buffer->slot, 1, &isnull);
	buffer->next = VARDATA_ANY(DatumGetPointer(datum));
	buffer->end = buffer->next + VARSIZE_ANY_EXHDR(DatumGetPointer(datum));
	return true;
}

/* The block that was written last; what comes is written where the one before was read. */
static bool
take_block(struct FsqRowBuffer *buffer)
{
	StringInfoData free = buffer->taken;

	if (buffer->written.len == VARHDRSZ)
		return false;
	buffer->taken = buffer->written;
	buffer->next = buffer->taken.data + VARHDRSZ;
	buffer->end = buffer->taken.data + buffer->taken.len;
	buffer->written = free;
	if (buffer->written.data == NULL)
		initStringInfo(&buffer->written);
	buffer->written.len = VARHDRSZ;
	return true;
}

bool
fsq_buffer_get(struct FsqRowBuffer *buffer, FsqValue *values, int ncolumns)
{
	const char *s;

	if (buffer->next == buffer->end)
	{
		MemoryContext old = MemoryContextSwitchTo(buffer->context);
		bool		found = fetch_block(buffer) || take_block(buffer);

		MemoryContextSwitchTo(old);
		if (!found)
			return false;
	}
	s = buffer->next;
	/* a row without columns */
	if (ncolumns == 0)
		s++;
	for (int i = 0; i < ncolumns; i++)
	{
		FsqValue   *value = &values[i];

		value->type = (FsqWireType) *s++;
		switch (value->type)
		{
			case FSQ_WIRE_NULL:
				break;
			case FSQ_WIRE_INT64:
				memcpy(&value->u.i, s, sizeof(int64));
				s += sizeof(int64);
				break;
			case FSQ_WIRE_FLOAT8:
				memcpy(&value->u.d, s, sizeof(double));
				s += sizeof(double);
				break;
			case FSQ_WIRE_TEXT:
			case FSQ_WIRE_BYTES:
				memcpy(&value->length, s, sizeof(int));
				s += sizeof(int);
				value->u.s = s;
				s += value->length;
				break;
		}
	}
	buffer->next = s;
	return true;
}

void
fsq_buffer_end(struct FsqRowBuffer *buffer)
{
	if (buffer->store == NULL)
		return;
	ExecDropSingleTupleTableSlot(buffer->slot);
	tuplestore_end(buffer->store);
	buffer->store = NULL;
}
