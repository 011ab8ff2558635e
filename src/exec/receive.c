/*-------------------------------------------------------------------------
 *
 * receive.c
 *	  The rows of a fetch as they come: each is rendered to JSON, linked to its
 *	  parent, and asked for the keys of its children.
 *
 *	  They come as tuples through a DestReceiver; or, where the plan is one
 *	  foreign scan with nothing left to do here, straight from the wire: then
 *	  text that JSON has as the wire has it is copied, and only keys and other
 *	  values are converted.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/detoast.h"
#include "exec/exec.h"
#include "exec/receive.h"
#include "fraiseql.h"
#include "utils/memutils.h"

#define INITIAL_ROWS 32

/* Bytes of a text that are copied at once. */
#define SHORT_TEXT 16

/* Rows between two looks at what is asked ahead. */
#define ROWS_BETWEEN_POLLS 128

/* Room for one more row. */
static void
grow_rows(FsqFetchState *state)
{
	int			nsplices = state->nsplices;
	MemoryContext context = state->execution->context;

	if (state->capacity == 0)
	{
		state->capacity = INITIAL_ROWS;
		state->rows = MemoryContextAlloc(context, sizeof(FsqRow) * state->capacity);
		if (nsplices)
			state->splices = MemoryContextAlloc(context, sizeof(FsqSplice) * state->capacity * nsplices);
		return;
	}
	state->capacity *= 2;
	state->rows = repalloc_huge(state->rows, sizeof(FsqRow) * (Size) state->capacity);
	if (nsplices)
		state->splices = repalloc_huge(state->splices,
									   sizeof(FsqSplice) * (Size) state->capacity * nsplices);
}

/* The values of key columns, gathered from a row. */
static inline void
gather_keys(FsqFetchState *state, const Datum *values, const bool *nulls,
			const FsqKeyColumn *keys, int nkeys, bool of_parent)
{
	for (int i = 0; i < nkeys; i++)
	{
		int			column = fsq_select_position(state->select, of_parent ? keys[i].parent_column :
												 keys[i].child_column);

		state->key_values[i] = values[column];
		state->key_nulls[i] = nulls[column];
	}
}

/*
 * The parent's entry that a row belongs to; NULL: it belongs to none of this
 * run.
 */
static inline FsqKeyEntry *
find_parent(FsqFetchState *state, const FsqRun *run, const Datum *values, const bool *nulls)
{
	FsqFetch   *fetch = state->fetch;
	int			number;

	if (state->keys == NULL)
		return &state->root;
	gather_keys(state, values, nulls, fetch->keys, fetch->nkeys, false);
	number = fsq_key_find(state->keys, state->key_values, state->key_nulls);
	/* more may be found than was asked for */
	if (number < run->first || number >= run->first + run->nentries)
		return NULL;
	/* it is wanted when the row has been rendered, and may be far away */
	__builtin_prefetch(&state->keys->entries[number], 1);
	return &state->keys->entries[number];
}

/* Whether a row is not part of its parent's page, but says that there is more. */
static inline bool
is_beyond_page(const FsqFetchState *state, FsqKeyEntry *entry)
{
	return state->fetch->page && entry->nrows++ >= state->page_size;
}

/* A new row, to be rendered and then linked to its parent. */
static inline FsqRow *
add_row(FsqFetchState *state)
{
	int32		start = fsq_text_begin_row(state);
	FsqRow	   *row;

	if (unlikely(state->nrows == state->capacity))
		grow_rows(state);
	row = &state->rows[state->nrows++];
	row->start = start;
	row->next = -1;
	row->bad = -1;
	return row;
}

/* Put the newest row at the end of its parent's rows, or their begin. */
static inline void
link_row(FsqFetchState *state, FsqKeyEntry *entry)
{
	int			number = state->nrows - 1;

	if (entry->first < 0)
		entry->first = entry->last = number;
	else if (state->fetch->backward)
	{
		state->rows[number].next = entry->first;
		entry->first = number;
	}
	else
	{
		state->rows[entry->last].next = number;
		entry->last = number;
	}
}

/* Note the keys of a row's children. */
static void
add_keys(FsqFetchState *state, const FsqRow *row, FsqSplice *splices,
		 const Datum *values, const bool *nulls)
{
	for (int i = 0; i < state->nchildren; i++)
	{
		FsqFetchState *child = state->children[i];

		if (row->bad >= 0)
		{
			splices[i].entry = -1;
			continue;
		}
		gather_keys(state, values, nulls, child->fetch->keys, child->fetch->nkeys, true);
		if (child->started)
			splices[i].entry = fsq_key_look_up(child->keys, state->key_values, state->key_nulls);
		else
			splices[i].entry = fsq_key_add(child->keys, state->key_values, state->key_nulls);
		child->wanted |= splices[i].entry >= 0;
	}
}

/* A row is complete. */
static inline void
end_row(FsqFetchState *state, FsqRun *run)
{
	run->nrows++;
	/* what is asked ahead goes on meanwhile */
	if (run->nrows % ROWS_BETWEEN_POLLS == 0)
		fsq_prefetch_poll(false);
	MemoryContextReset(state->execution->scratch);
}

/* Append the text before an output's value. */
static inline void
append_text(StringInfo out, const char *text, int length)
{
	fsq_json_reserve(out, length);
	memcpy(out->data + out->len, text, length);
	out->len += length;
}

/* Refuse a row that makes a text which is too large. */
static inline void
check_size(FsqFetchState *state, Size size)
{
	if (unlikely(state->texts.current.len + size > (Size) fsq_max_result_size * 1024))
		fsq_text_too_large(state);
}

/*
 * Note where the text of what is not a value of the row itself belongs; false
 * if the output is one.
 */
static inline bool
note_place(const FsqFetchState *state, const FsqOutput *output, FsqSplice *splices)
{
	int32		position = state->texts.start + state->texts.current.len;

	if (likely(output->kind == FSQ_OUTPUT_COLUMN))
		return false;
	if (output->kind == FSQ_OUTPUT_FETCH || output->kind == FSQ_OUTPUT_SEGMENT)
	{
		splices[output->child].position = position;
		return true;
	}
	if (output->kind == FSQ_OUTPUT_CONNECTION)
	{
		int			child = output->child;

		if (output->connection->page)
			splices[child++].position = position;
		if (output->connection->counted)
			splices[child].position = position;
		return true;
	}
	return false;
}

/* Append null for an output without a value; false if it must have one. */
static inline bool
render_null(const FsqOutput *output, StringInfo out)
{
	if (output->non_null)
		return false;
	append_text(out, "null", 4);
	return true;
}

/* ---- from tuples ---- */

typedef struct RowReceiver
{
	DestReceiver base;
	FsqFetchState *state;
	FsqRun	   *run;
} RowReceiver;

/* Append the value of an attribute of a tuple; false if it is null. */
static inline bool
render_attribute(FsqFetchState *state, const FsqOutput *output, TupleTableSlot *slot, StringInfo out)
{
	Datum		value;

	if (slot->tts_isnull[output->column])
		return false;
	value = slot->tts_values[output->column];
	if (TupleDescAttr(slot->tts_tupleDescriptor, output->column)->attlen == -1)
		check_size(state, toast_raw_datum_size(value));
	output->render->function(output->render, value, out);
	return true;
}

/*
 * Append the JSON of a tuple, ",{...}".  Returns the output that is null and
 * must not be, or -1.
 */
static int
render_slot(FsqFetchState *state, TupleTableSlot *slot, FsqSplice *splices)
{
	const FsqObject *object = state->object;
	StringInfo	out = &state->texts.current;

	append_text(out, ",", 1);
	for (int i = 0; i < object->noutputs; i++)
	{
		const FsqOutput *output = &object->outputs[i];

		append_text(out, output->text, output->text_length);
		if (note_place(state, output, splices))
			continue;
		if (output->kind == FSQ_OUTPUT_TOKEN)
			fsq_token_render(state, output->token, slot->tts_values, slot->tts_isnull, out);
		else if (!render_attribute(state, output, slot, out) && !render_null(output, out))
			return i;
	}
	append_text(out, object->close, object->close_length);
	return -1;
}

static bool
receive_slot(TupleTableSlot *slot, DestReceiver *receiver)
{
	FsqFetchState *state = ((RowReceiver *) receiver)->state;
	FsqRun	   *run = ((RowReceiver *) receiver)->run;
	MemoryContext old = MemoryContextSwitchTo(state->execution->scratch);
	FsqKeyEntry *entry;

	slot_getallattrs(slot);
	if (state->fetch->kind != FSQ_KIND_FIELD)
		fsq_lookup_receive(state, slot);
	else if ((entry = find_parent(state, run, slot->tts_values, slot->tts_isnull)) != NULL &&
			 !is_beyond_page(state, entry))
	{
		FsqRow	   *row = add_row(state);
		FsqSplice  *splices = state->splices + (Size) (state->nrows - 1) * state->nsplices;

		row->bad = render_slot(state, slot, splices);
		add_keys(state, row, splices, slot->tts_values, slot->tts_isnull);
		link_row(state, entry);
		if (state->fetch->lookups != NIL)
			fsq_lookup_add_keys(state, slot);
	}
	MemoryContextSwitchTo(old);
	end_row(state, run);
	return true;
}

static void
receiver_startup(DestReceiver *self, int operation, TupleDesc desc)
{
}

static void
receiver_nothing(DestReceiver *self)
{
}

DestReceiver *
fsq_receiver_create(FsqFetchState *state, FsqRun *run)
{
	RowReceiver *receiver = palloc0(sizeof(RowReceiver));

	receiver->base.receiveSlot = receive_slot;
	receiver->base.rStartup = receiver_startup;
	receiver->base.rShutdown = receiver_nothing;
	receiver->base.rDestroy = receiver_nothing;
	receiver->base.mydest = DestNone;
	receiver->state = state;
	receiver->run = run;
	return &receiver->base;
}

/* ---- from the wire ---- */

/* An output, and what it needs of the wire. */
typedef struct DirectOutput
{
	const FsqOutput *output;
	const FsqDirectColumn *column;	/* NULL: it is not a column's value */
	FsqConvertText to_text;		/* the value's text without its datum, or NULL */
	bool		converted;		/* its datum is there */
	int			length;			/* of the text before it */
	char		text[SHORT_TEXT];	/* that text, if it is no longer */
} DirectOutput;

typedef struct DirectReceiver
{
	FsqFetchState *state;
	FsqRun	   *run;
	FsqDirect  *direct;
	/* of the plan's result, and then of other columns that are read */
	bool	   *converted;		/* its datum is needed */
	Datum	   *values;
	bool	   *nulls;
	int			noutputs;
	DirectOutput *outputs;
} DirectReceiver;

/* Append the text before an output, most of which are copied without a call. */
static inline void
append_text_before(StringInfo out, const DirectOutput *direct)
{
	if (unlikely(direct->length > SHORT_TEXT))
	{
		append_text(out, direct->output->text, direct->length);
		return;
	}
	fsq_json_reserve(out, SHORT_TEXT);
	memcpy(out->data + out->len, direct->text, SHORT_TEXT);
	out->len += direct->length;
}

/* Append text that is a value. */
static inline void
render_text(StringInfo out, const FsqDirectText *text, FsqTextForm form)
{
	if (form == FSQ_TEXT_ESCAPED && !text->plain)
	{
		fsq_json_string(out, text->s, text->length);
		return;
	}
	fsq_json_reserve(out, text->length + 2);
	if (form != FSQ_TEXT_RAW)
		out->data[out->len++] = '"';
	memcpy(out->data + out->len, text->s, text->length);
	out->len += text->length;
	if (form != FSQ_TEXT_RAW)
		out->data[out->len++] = '"';
}

/*
 * Append a value as it was received, by its text if that can be had, else by its
 * datum; false if it is null.
 */
static inline bool
render_direct(DirectReceiver *receiver, const DirectOutput *direct, const FsqValue *values, StringInfo out)
{
	const FsqOutput *output = direct->output;
	const FsqValue *value = &values[direct->column->place];
	Datum		datum;
	bool		isnull;

	if (direct->converted)
	{
		datum = receiver->values[output->column];
		isnull = receiver->nulls[output->column];
	}
	else
	{
		FsqDirectText text;

		text.plain = false;
		if (value->type == FSQ_WIRE_TEXT || value->type == FSQ_WIRE_BYTES)
			check_size(receiver->state, value->length);
		if (direct->to_text && value->type != FSQ_WIRE_NULL &&
			direct->to_text(direct->column->converter, value, &text))
		{
			render_text(out, &text, output->render->text_form);
			return true;
		}
		datum = fsq_direct_datum(direct->column, values, &isnull);
	}
	if (!isnull)
		output->render->function(output->render, datum, out);
	return !isnull;
}

/*
 * Append the JSON of a row, ",{...}".  Returns the output that is null and
 * must not be, or -1.
 */
static inline int
render_values(DirectReceiver *receiver, const FsqValue *values, FsqSplice *splices)
{
	FsqFetchState *state = receiver->state;
	const FsqObject *object = state->object;
	StringInfo	out = &state->texts.current;

	append_text(out, ",", 1);
	for (int i = 0; i < receiver->noutputs; i++)
	{
		const DirectOutput *direct = &receiver->outputs[i];

		append_text_before(out, direct);
		if (likely(direct->column != NULL))
		{
			if (!render_direct(receiver, direct, values, out) && !render_null(direct->output, out))
				return i;
		}
		else if (!note_place(state, direct->output, splices))
			fsq_token_render(state, direct->output->token, receiver->values, receiver->nulls, out);
	}
	append_text(out, object->close, object->close_length);
	return -1;
}

static void
receive_values(FsqDirect *direct, const FsqValue *values)
{
	DirectReceiver *receiver = direct->arg;
	FsqFetchState *state = receiver->state;
	MemoryContext old = MemoryContextSwitchTo(state->execution->scratch);
	FsqKeyEntry *entry;

	for (int i = 0; i < direct->ncolumns; i++)
		if (receiver->converted[i])
			receiver->values[i] = fsq_direct_datum(&direct->columns[i], values, &receiver->nulls[i]);
	entry = find_parent(state, receiver->run, receiver->values, receiver->nulls);
	if (entry && !is_beyond_page(state, entry))
	{
		FsqRow	   *row = add_row(state);
		FsqSplice  *splices = state->splices + (Size) (state->nrows - 1) * state->nsplices;

		row->bad = render_values(receiver, values, splices);
		add_keys(state, row, splices, receiver->values, receiver->nulls);
		link_row(state, entry);
	}
	MemoryContextSwitchTo(old);
	end_row(state, receiver->run);
}

/* Which columns' values are needed as datums, and how the others are written. */
static void
choose_columns(DirectReceiver *receiver)
{
	FsqFetchState *state = receiver->state;
	FsqFetch   *fetch = state->fetch;
	const FsqObject *object = state->object;
	FsqDirect  *direct = receiver->direct;

	receiver->converted = palloc(sizeof(bool) * Max(direct->ncolumns, 1));
	receiver->values = palloc0(sizeof(Datum) * Max(direct->ncolumns, 1));
	receiver->nulls = palloc0(sizeof(bool) * Max(direct->ncolumns, 1));
	/* what nothing is written of is at least checked */
	memset(receiver->converted, true, sizeof(bool) * Max(direct->ncolumns, 1));
	for (int i = 0; i < object->noutputs; i++)
		if (object->outputs[i].kind == FSQ_OUTPUT_COLUMN)
			receiver->converted[object->outputs[i].column] = false;
	for (int i = 0; i < object->noutputs; i++)
	{
		const FsqTokenOutput *token = object->outputs[i].token;

		for (int j = 0; object->outputs[i].kind == FSQ_OUTPUT_TOKEN && j < token->nvalues; j++)
			receiver->converted[fsq_select_position(state->select, token->results[j])] = true;
	}
	for (int i = 0; state->keys && i < fetch->nkeys; i++)
		receiver->converted[fsq_select_position(state->select, fetch->keys[i].child_column)] = true;
	for (int i = 0; i < state->nchildren; i++)
	{
		const FsqFetch *child = state->children[i]->fetch;

		for (int j = 0; j < child->nkeys; j++)
			receiver->converted[fsq_select_position(state->select, child->keys[j].parent_column)] = true;
	}
}

/* How each output is written; the columns have been chosen. */
static void
choose_outputs(DirectReceiver *receiver)
{
	const FsqObject *object = receiver->state->object;

	receiver->noutputs = object->noutputs;
	receiver->outputs = palloc0(sizeof(DirectOutput) * Max(object->noutputs, 1));
	for (int i = 0; i < object->noutputs; i++)
	{
		const FsqOutput *output = &object->outputs[i];
		DirectOutput *direct = &receiver->outputs[i];

		direct->output = output;
		direct->length = output->text_length;
		if (direct->length <= SHORT_TEXT)
			memcpy(direct->text, output->text, direct->length);
		if (output->kind != FSQ_OUTPUT_COLUMN)
			continue;
		direct->column = &receiver->direct->columns[output->column];
		direct->converted = receiver->converted[output->column];
		if (output->render->text_form != FSQ_TEXT_NONE && direct->column->type == output->render->type)
			direct->to_text = direct->column->text;
	}
}

void
fsq_receive_direct(FsqFetchState *state, FsqRun *run, PlanState *planstate)
{
	DirectReceiver *receiver;

	/* what finds keys for filters takes them from tuples */
	if (!fsq_direct_path || state->fetch->kind != FSQ_KIND_FIELD || state->fetch->lookups != NIL)
		return;
	receiver = palloc0(sizeof(DirectReceiver));
	receiver->state = state;
	receiver->run = run;
	receiver->direct = fsq_direct_attach(planstate, receive_values, receiver);
	if (receiver->direct == NULL)
		return;
	choose_columns(receiver);
	choose_outputs(receiver);
}
