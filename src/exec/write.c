/*-------------------------------------------------------------------------
 *
 * write.c
 *	  Puts the response together from the texts of the fetches.
 *
 *	  A null that a field must not have makes its object null, and so on up to
 *	  the nearest field that may be null (specification section 6.4.4).  What
 *	  had been written of it is taken back.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "exec/exec.h"
#include "fraiseql.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* Errors of single values that are reported; the data is null for all of them. */
#define MAX_VALUE_ERRORS 100

#define INITIAL_DEPTH 16

/* Rows whose texts are fetched from memory at once. */
#define PREFETCHED_ROWS 32

typedef struct Writer
{
	FsqExecution *execution;
	StringInfo	out;
	/* the way to the field being written */
	int			depth;
	int			max_depth;
	FsqPathStep *path;
	int			nerrors;
	bool		overflow;		/* the response is too large */
} Writer;

static bool write_object(Writer *w, FsqFetchState *state, int row);

/* Append, unless the response would become too large. */
static inline void
put(Writer *w, const char *text, int length)
{
	StringInfo	out = w->out;

	if (unlikely(out->len + (int64) length > (int64) fsq_max_result_size * 1024))
	{
		w->overflow = true;
		return;
	}
	fsq_json_reserve(out, length);
	memcpy(out->data + out->len, text, length);
	out->len += length;
}

/* Take back what was written after a length. */
static void
take_back(Writer *w, int length)
{
	w->out->len = length;
	w->out->data[length] = '\0';
}

static void
push(Writer *w, FsqPathStep step)
{
	if (w->depth == w->max_depth)
	{
		w->max_depth *= 2;
		w->path = repalloc(w->path, sizeof(FsqPathStep) * w->max_depth);
	}
	w->path[w->depth++] = step;
}

static void
push_name(Writer *w, const char *name)
{
	push(w, (FsqPathStep) {.name = name});
}

/* The objects that a value stands in, inside of its row. */
static void
push_names(Writer *w, List *names)
{
	ListCell   *lc;

	foreach(lc, names)
		push_name(w, lfirst(lc));
}

static void
push_index(Writer *w, int64 index)
{
	push(w, (FsqPathStep) {.index = index});
}

/* Add an error at the current path; the last one says that there are more. */
static FsqError *
value_error(Writer *w, const char *code, int offset, const char *message)
{
	FsqError   *error;

	if (++w->nerrors > MAX_VALUE_ERRORS)
	{
		if (w->nerrors == MAX_VALUE_ERRORS + 1)
			fsq_error_at(w->execution->errors, code, -1,
						 "Too many errors in the data, error limit reached.");
		return NULL;
	}
	error = fsq_error_at(w->execution->errors, code, offset, "%s", message);
	for (int i = 0; i < w->depth; i++)
	{
		FsqPathStep *step = palloc(sizeof(FsqPathStep));

		*step = w->path[i];
		error->path = lappend(error->path, step);
	}
	return error;
}

static void
null_error(Writer *w, const char *type, const char *field, int offset)
{
	value_error(w, FSQ_DATABASE_ERROR, offset,
				psprintf("Cannot return null for non-nullable field %s.%s.", type, field));
}

/* Where the text of a row ends. */
static inline int
row_end(const FsqFetchState *state, int row)
{
	return row + 1 < state->nrows ? state->rows[row + 1].start :
		state->texts.start + state->texts.current.len;
}

/* Append a part of a fetch's texts. */
static inline void
put_text(Writer *w, FsqFetchState *state, int from, int to)
{
	while (from < to && !w->overflow)
	{
		int			length;
		const char *text = fsq_text_read(state, from, to, &length);

		put(w, text, length);
		from += length;
	}
}

/*
 * Append rows of a fetch without children from *row on, as long as their texts
 * stand side by side.  Returns how many; *row is the last one then.
 */
static int
write_run(Writer *w, FsqFetchState *state, int *row, bool first)
{
	int			last = *row;
	int			start = state->rows[last].start + (first ? 1 : 0);
	int			n;

	while (state->rows[last].next == last + 1 && state->rows[last + 1].bad < 0)
		last++;
	put_text(w, state, start, row_end(state, last));
	n = last - *row + 1;
	*row = last;
	return n;
}

/*
 * The same of rows that did not come one after the other: their texts are far
 * from one another, and the processor fetches many of them at once.  0: the
 * first one is not in memory.
 */
static int
write_scattered(Writer *w, FsqFetchState *state, int *row, bool first)
{
	const char *texts[PREFETCHED_ROWS];
	int			next = *row;
	int			n = 0;

	while (n < PREFETCHED_ROWS && next >= 0 && state->rows[next].bad < 0 &&
		   (texts[n] = fsq_text_fetch(state, state->rows[next].start)) != NULL)
	{
		n++;
		next = state->rows[next].next;
	}
	next = *row;
	for (int i = 0; i < n; i++)
	{
		int			skipped = first && i == 0 ? 1 : 0;

		put(w, texts[i] + skipped, row_end(state, next) - state->rows[next].start - skipped);
		*row = next;
		next = state->rows[next].next;
	}
	return n;
}

/*
 * Append rows of a fetch without children from *row on.  Returns how many, 0 if
 * the first one must be null; *row is the last one then.
 */
static inline int
write_leaves(Writer *w, FsqFetchState *state, int *row, bool first)
{
	int			next = state->rows[*row].next;
	int			n = 0;

	if (state->rows[*row].bad >= 0)
		return 0;
	if (next >= 0 && next != *row + 1)
		n = write_scattered(w, state, row, first);
	return n > 0 ? n : write_run(w, state, row, first);
}

/*
 * Rows of one parent that did not come one after the other are far from one
 * another: have the processor fetch the first of them at once.
 */
static void
fetch_texts(FsqFetchState *state, const FsqKeyEntry *entry)
{
	int			row = entry->first;

	for (int i = 0; i < PREFETCHED_ROWS && row >= 0; i++, row = state->rows[row].next)
		(void) fsq_text_fetch(state, state->rows[row].start);
}

/* The rows of one parent, as a list.  False if the list must be null. */
static bool
write_list(Writer *w, FsqFetchState *state, const FsqKeyEntry *entry)
{
	int64		index = 0;

	if (state->nchildren > 0 && entry && entry->first != entry->last && state->rows[entry->first].next != entry->first + 1)
		fetch_texts(state, entry);
	put(w, "[", 1);
	for (int row = entry ? entry->first : -1; row >= 0; row = state->rows[row].next)
	{
		CHECK_FOR_INTERRUPTS();
		if (w->overflow)
			return false;
		if (state->nchildren == 0)
		{
			int			written = write_leaves(w, state, &row, index == 0);

			index += written;
			if (written > 0)
				continue;
		}
		if (index > 0)
			put(w, ",", 1);
		push_index(w, index++);
		if (!write_object(w, state, row))
			return false;
		w->depth--;
	}
	put(w, "]", 1);
	return !w->overflow;
}

/* What a grouped fetch has for a parent without rows, or a segment of that. */
static void
write_absent(Writer *w, FsqFetchState *state, int segment)
{
	const FsqObject *object = state->object;
	int			end = state->view->segment_outputs[segment + 1];

	for (int i = state->view->segment_outputs[segment]; i < end; i++)
	{
		const FsqOutput *output = &object->outputs[i];
		const char *absent = state->fetch->result[output->result].absent;

		put(w, output->text, output->text_length);
		if (output->kind == FSQ_OUTPUT_SEGMENT)
			return;
		put(w, absent ? absent : "null", absent ? strlen(absent) : 4);
	}
	put(w, object->close, object->close_length);
}

/* The row of one parent, or null.  False if that must not be. */
static bool
write_one(Writer *w, FsqFetchState *state, const FsqKeyEntry *entry)
{
	FsqFetch   *fetch = state->fetch;

	if (entry && entry->first != entry->last)
	{
		FsqError   *error = value_error(w, FSQ_DATABASE_ERROR, fetch->offset,
										psprintf("The field %s.%s has more than one row of \"%s\", it can have only one.",
												 fetch->parent_type, fetch->field,
												 pg_server_to_any(fetch->relation->name,
																		  strlen(fetch->relation->name), PG_UTF8)));

		if (error)
			error->sqlstate = ERRCODE_CARDINALITY_VIOLATION;
		return false;
	}
	if (entry && entry->first >= 0)
		return write_object(w, state, entry->first);
	if (fetch->grouped)
	{
		write_absent(w, state, 0);
		return true;
	}
	if (fetch->non_null)
	{
		null_error(w, fetch->parent_type, fetch->field, fetch->offset);
		return false;
	}
	put(w, "null", 4);
	return true;
}

/*
 * Whether the rows of a fetch for a parent are there to be written; entry is
 * NULL for a null key, which has asked for nothing.
 */
static bool
has_rows(FsqFetchState *state, const FsqKeyEntry *entry)
{
	if (state->status == FSQ_FETCH_FAILED && (entry || state->keys == NULL))
	{
		state->shown = true;
		return false;
	}
	if (state->status != FSQ_FETCH_DONE && state->status != FSQ_FETCH_FAILED)
		elog(ERROR, "field \"%s\" was not executed", state->fetch->field);
	return true;
}

/*
 * End a value that began at that length of the response.  False if it is null
 * and must not be.
 */
static bool
end_value(Writer *w, bool ok, bool non_null, int start, const FsqFetch *fetch)
{
	if (ok)
		return true;
	/* what is too large is not written to its end */
	if (w->overflow && w->execution->too_large == NULL)
		w->execution->too_large = fetch;
	if (non_null || w->overflow)
		return false;
	take_back(w, start);
	put(w, "null", 4);
	return true;
}

/*
 * The value of a relation field; entry is NULL for a null key.  False if it is
 * null and must not be: an error has been added.
 */
static bool
write_fetch(Writer *w, FsqFetchState *state, const FsqKeyEntry *entry)
{
	int			start = w->out->len;
	int			depth = w->depth;
	bool		ok = false;

	check_stack_depth();
	push_names(w, state->fetch->around);
	push_name(w, state->fetch->key);
	if (has_rows(state, entry))
		ok = state->fetch->to_many ? write_list(w, state, entry) : write_one(w, state, entry);
	w->depth = depth;
	return end_value(w, ok, state->fetch->non_null, start, state->fetch);
}

/* ---- connections ---- */

/* The fetches of a connection, and their rows for one parent. */
typedef struct ConnectionRows
{
	FsqFetchState *page;		/* or NULL */
	const FsqKeyEntry *page_entry;	/* NULL: a null key */
	FsqFetchState *counted;		/* or NULL */
	const FsqKeyEntry *counted_entry;
} ConnectionRows;

/* Where a segment of a row's text begins. */
static int
segment_start(const FsqFetchState *state, int row, int segment)
{
	if (segment == 0)
		return state->rows[row].start + 1;
	if (segment == state->view->nsegments)
		return row_end(state, row);
	return state->splices[(Size) row * state->nsplices + state->nchildren + segment - 1].position;
}

/* Note that a value of a row is null and must not be. */
static void
bad_value(Writer *w, FsqFetchState *state, int row)
{
	const FsqOutput *output = &state->object->outputs[state->rows[row].bad];

	push_names(w, output->around);
	push_name(w, output->key);
	null_error(w, output->parent_type, output->field, output->offset);
}

static bool write_connection(Writer *w, const FsqConnection *connection, const ConnectionRows *rows);

/* A child of a row, and those that are part of the same value; *child is the last of them. */
static bool
write_child(Writer *w, FsqFetchState *state, const FsqSplice *splices, int *child)
{
	const FsqConnection *connection = state->children[*child]->fetch->connection;
	FsqFetchState *states[2];
	const FsqKeyEntry *entries[2];
	int			n = connection && connection->page && connection->counted ? 2 : 1;

	for (int i = 0; i < n; i++)
	{
		int32		entry = splices[*child + i].entry;

		states[i] = state->children[*child + i];
		entries[i] = entry < 0 ? NULL : &states[i]->keys->entries[entry];
	}
	*child += n - 1;
	if (connection)
	{
		ConnectionRows rows = {0};

		if (connection->page)
		{
			rows.page = states[0];
			rows.page_entry = entries[0];
		}
		if (connection->counted)
		{
			rows.counted = states[n - 1];
			rows.counted_entry = entries[n - 1];
		}
		return write_connection(w, connection, &rows);
	}
	return write_fetch(w, states[0], entries[0]);
}

/* A segment of a row, with its children.  False if it is null. */
static bool
write_segment(Writer *w, FsqFetchState *state, int row, int segment)
{
	int			position = segment_start(state, row, segment);
	const FsqSplice *splices = &state->splices[(Size) row * state->nsplices];
	const FsqFetchView *view = state->view;

	/* what is behind a value that must not be null was not rendered */
	if (state->rows[row].bad >= 0 && state->rows[row].bad < view->segment_outputs[segment + 1])
	{
		bad_value(w, state, row);
		return false;
	}
	for (int i = view->segment_children[segment]; i < view->segment_children[segment + 1]; i++)
	{
		int			place = splices[i].position;

		put_text(w, state, position, place);
		if (!write_child(w, state, splices, &i))
			return false;
		position = place;
	}
	put_text(w, state, position, segment_start(state, row, segment + 1));
	return true;
}

/* One row, with its children.  False if it is null. */
static bool
write_object(Writer *w, FsqFetchState *state, int row)
{
	return write_segment(w, state, row, 0);
}

/* A segment of each row of a page, as a list.  False if the list must be null. */
static bool
write_rows(Writer *w, const ConnectionRows *rows, const FsqOutput *output)
{
	int64		index = 0;

	put(w, "[", 1);
	push_name(w, output->key);
	for (int row = rows->page_entry ? rows->page_entry->first : -1; row >= 0;
		 row = rows->page->rows[row].next)
	{
		CHECK_FOR_INTERRUPTS();
		if (w->overflow)
			return false;
		if (index > 0)
			put(w, ",", 1);
		push_index(w, index++);
		if (!write_segment(w, rows->page, row, output->segment))
			return false;
		w->depth--;
	}
	w->depth--;
	put(w, "]", 1);
	return true;
}

/* Whether a parameter that says how many rows are skipped says that some are. */
static bool
skips_rows(const FsqFetchState *state)
{
	int			number = state->fetch->skipped;

	return number > 0 &&
		DatumGetInt64(state->execution->values[state->fetch->number][number - 1]) > 0;
}

/*
 * Whether there are rows on a side of the page.  Where the page was cut by its
 * size, one row more was asked for; where by a cursor, its row is there, or was
 * when the cursor was given.  A parent with a null key has an empty page as any
 * other without rows.
 */
static bool
has_page(const ConnectionRows *rows, bool next)
{
	const FsqFetch *fetch = rows->page->fetch;

	if (next ? fetch->has_before : fetch->has_after || skips_rows(rows->page))
		return true;
	return fetch->backward != next && rows->page_entry != NULL &&
		rows->page_entry->nrows > rows->page->page_size;
}

/* One value of a connection.  False if it is null and must not be. */
static bool
write_connection_value(Writer *w, const ConnectionRows *rows, const FsqOutput *output)
{
	bool		flag;
	int			row;

	switch (output->kind)
	{
		case FSQ_OUTPUT_ROWS:
			return write_rows(w, rows, output);
		case FSQ_OUTPUT_COUNTED:
			push_name(w, output->key);
			if (rows->counted_entry == NULL || rows->counted_entry->first < 0)
				write_absent(w, rows->counted, output->segment);
			else if (!write_segment(w, rows->counted, rows->counted_entry->first, output->segment))
				return false;
			w->depth--;
			return true;
		case FSQ_OUTPUT_HAS_NEXT_PAGE:
		case FSQ_OUTPUT_HAS_PREVIOUS_PAGE:
			flag = has_page(rows, output->kind == FSQ_OUTPUT_HAS_NEXT_PAGE);
			put(w, flag ? "true" : "false", flag ? 4 : 5);
			return true;
		case FSQ_OUTPUT_START_CURSOR:
		case FSQ_OUTPUT_END_CURSOR:
			row = rows->page_entry == NULL ? -1 :
				output->kind == FSQ_OUTPUT_START_CURSOR ? rows->page_entry->first :
				rows->page_entry->last;
			if (row >= 0)
				return write_segment(w, rows->page, row, output->segment);
			put(w, "null", 4);
			return true;
		default:
			elog(ERROR, "unexpected kind of output: %d", (int) output->kind);
	}
	return false;
}

/* A connection.  False if it is null and must not be: an error has been added. */
static bool
write_connection(Writer *w, const FsqConnection *connection, const ConnectionRows *rows)
{
	const FsqObject *object = &connection->object;
	int			start = w->out->len;
	int			depth = w->depth;
	bool		ok;

	check_stack_depth();
	push_names(w, connection->around);
	push_name(w, connection->key);
	ok = rows->page == NULL || has_rows(rows->page, rows->page_entry);
	if (rows->counted && !has_rows(rows->counted, rows->counted_entry))
		ok = false;
	for (int i = 0; ok && i < object->noutputs; i++)
	{
		put(w, object->outputs[i].text, object->outputs[i].text_length);
		ok = !w->overflow && write_connection_value(w, rows, &object->outputs[i]);
	}
	if (ok)
		put(w, object->close, object->close_length);
	w->depth = depth;
	return end_value(w, ok, connection->non_null, start,
					 rows->page ? rows->page->fetch : rows->counted->fetch);
}

/* ---- the response ---- */

/* The rows that representations refer to, each in its place; null where there is none. */
static bool
write_entities(Writer *w, const FsqOutput *output)
{
	const FsqEntityValues *values = w->execution->entities[output->entities->number];
	const int  *entries = w->execution->entity_entries[output->entities->number];

	push_name(w, output->key);
	put(w, "[", 1);
	for (int i = 0; i < values->n; i++)
	{
		FsqFetchState *state = &w->execution->states[values->values[i].group->fetch->number];
		const FsqKeyEntry *entry = entries[i] < 0 ? NULL : &state->keys->entries[entries[i]];
		int			depth = w->depth;
		int			start;
		bool		ok;

		CHECK_FOR_INTERRUPTS();
		if (i > 0)
			put(w, ",", 1);
		start = w->out->len;
		push_index(w, i);
		ok = has_rows(state, entry) && write_one(w, state, entry);
		w->depth = depth;
		if (!end_value(w, ok && !w->overflow, false, start, state->fetch))
			return false;
	}
	put(w, "]", 1);
	w->depth--;
	return true;
}

/* A value of the root.  False if it is null and must not be. */
static bool
write_root_value(Writer *w, const FsqOutput *output)
{
	FsqFetchState *states = w->execution->states;
	ConnectionRows rows = {0};

	if (output->kind == FSQ_OUTPUT_ENTITIES)
		return write_entities(w, output);
	if (output->kind == FSQ_OUTPUT_FETCH)
		return write_fetch(w, &states[output->fetch->number], &states[output->fetch->number].root);
	if (output->connection->page)
	{
		rows.page = &states[output->connection->page->number];
		rows.page_entry = &rows.page->root;
	}
	if (output->connection->counted)
	{
		rows.counted = &states[output->connection->counted->number];
		rows.counted_entry = &rows.counted->root;
	}
	return write_connection(w, output->connection, &rows);
}

void
fsq_write_data(FsqExecution *execution, StringInfo out)
{
	const FsqObject *object = execution->view->object;
	Writer		w = {.execution = execution, .out = out};
	int			start = out->len;

	/* most of what was read is written, and mostly once */
	enlargeStringInfo(out, Min(fsq_text_size(execution), (int64) fsq_max_result_size * 1024 / 2));
	w.max_depth = INITIAL_DEPTH;
	w.path = palloc(sizeof(FsqPathStep) * w.max_depth);
	for (int i = 0; i < object->noutputs; i++)
	{
		put(&w, object->outputs[i].text, object->outputs[i].text_length);
		if (!write_root_value(&w, &object->outputs[i]))
		{
			take_back(&w, start);
			put(&w, "null", 4);
			return;
		}
	}
	put(&w, object->close, object->close_length);
}
