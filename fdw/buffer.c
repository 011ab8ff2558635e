/*-------------------------------------------------------------------------
 *
 * buffer.c
 *	  Rows read ahead of their reader, when the connection that brings them is
 *	  needed for something else: in memory up to work_mem, then on disk.
 *
 *	  A row is one datum: for each value its type, and what belongs to it.
 *	  The store's files belong to the transaction, since the statement that
 *	  needs the connection may end long before the reader does.
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

struct FsqRowBuffer
{
	MemoryContext context;
	TupleDesc	desc;			/* of one column, a bytea */
	Tuplestorestate *store;
	TupleTableSlot *slot;
	StringInfoData row;			/* being written */
};

struct FsqRowBuffer *
fsq_buffer_make(MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	ResourceOwner owner = CurrentResourceOwner;
	struct FsqRowBuffer *buffer = palloc0(sizeof(struct FsqRowBuffer));

	buffer->context = context;
	buffer->desc = CreateTemplateTupleDesc(1);
	TupleDescInitEntry(buffer->desc, 1, "row", BYTEAOID, -1, 0);
	CurrentResourceOwner = TopTransactionResourceOwner;
	buffer->store = tuplestore_begin_heap(false, false, work_mem);
	CurrentResourceOwner = owner;
	buffer->slot = MakeSingleTupleTableSlot(buffer->desc, &TTSOpsMinimalTuple);
	initStringInfo(&buffer->row);
	MemoryContextSwitchTo(old);
	return buffer;
}

Size
fsq_buffer_put(struct FsqRowBuffer *buffer, const FsqValue *values, int ncolumns)
{
	StringInfo	row = &buffer->row;
	MemoryContext old = MemoryContextSwitchTo(buffer->context);	/* the store's file lives there */
	Datum		datum;
	bool		isnull = false;

	resetStringInfo(row);
	appendStringInfoSpaces(row, VARHDRSZ);
	for (int i = 0; i < ncolumns; i++)
	{
		const FsqValue *value = &values[i];

		appendStringInfoChar(row, (char) value->type);
		switch (value->type)
		{
			case FSQ_WIRE_NULL:
				break;
			case FSQ_WIRE_INT64:
				appendBinaryStringInfo(row, (const char *) &value->u.i, sizeof(int64));
				break;
			case FSQ_WIRE_FLOAT8:
				appendBinaryStringInfo(row, (const char *) &value->u.d, sizeof(double));
				break;
			case FSQ_WIRE_TEXT:
			case FSQ_WIRE_BYTES:
				appendBinaryStringInfo(row, (const char *) &value->length, sizeof(int));
				appendBinaryStringInfo(row, value->u.s, value->length);
				break;
		}
	}
	SET_VARSIZE(row->data, row->len);
	datum = PointerGetDatum(row->data);
	tuplestore_putvalues(buffer->store, buffer->desc, &datum, &isnull);
	MemoryContextSwitchTo(old);
	return row->len;
}

bool
fsq_buffer_get(struct FsqRowBuffer *buffer, FsqValue *values, int ncolumns)
{
	MemoryContext old = MemoryContextSwitchTo(buffer->context);
	bool		found = tuplestore_gettupleslot(buffer->store, true, true, buffer->slot);
	const char *s;
	bool		isnull;

	MemoryContextSwitchTo(old);
	if (!found)
		return false;
	s = VARDATA_ANY(DatumGetPointer(slot_getattr(buffer->slot, 1, &isnull)));
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
	return true;
}

void
fsq_buffer_end(struct FsqRowBuffer *buffer)
{
	ExecDropSingleTupleTableSlot(buffer->slot);
	tuplestore_end(buffer->store);
}
