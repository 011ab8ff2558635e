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
	enlargeStringInfo(out, length);
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
 * Append the rows of a fetch without children from one on, as long as their
 * texts stand side by side.  Returns the last one, or -1 if none may be taken.
 */
static int
write_run(Writer *w, FsqFetchState *state, int row, bool first)
{
	int			last = row;
	int			start = state->rows[row].start + (first ? 1 : 0);

	if (state->rows[row].bad >= 0)
		return -1;
	while (state->rows[last].next == last + 1 && state->rows[last + 1].bad < 0)
		last++;
	put_text(w, state, start, row_end(state, last));
	return last;
}

/* The rows of one parent, as a list.  False if the list must be null. */
static bool
write_list(Writer *w, FsqFetchState *state, const FsqKeyEntry *entry)
{
	int64		index = 0;

	put(w, "[", 1);
	for (int row = entry ? entry->first : -1; row >= 0; row = state->rows[row].next)
	{
		CHECK_FOR_INTERRUPTS();
		if (w->overflow)
			return false;
		if (state->nchildren == 0)
		{
			int			last = write_run(w, state, row, index == 0);

			if (last >= 0)
			{
				index += last - row + 1;
				row = last;
				continue;
			}
		}
		if (index > 0)
			put(w, ",", 1);
		push_index(w, index++);
		if (!write_object(w, state, row))
			return false;
		w->depth--;
	}
	put(w, "]", 1);
	return true;
}

/* What a grouped fetch has for a parent without rows. */
static void
write_absent(Writer *w, FsqFetchState *state)
{
	const FsqObject *object = state->object;

	for (int i = 0; i < object->noutputs; i++)
	{
		const FsqOutput *output = &object->outputs[i];
		const char *absent = state->fetch->result[output->result].absent;

		put(w, output->text, output->text_length);
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
		write_absent(w, state);
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
	/* a null key has asked for nothing */
	if (state->status == FSQ_FETCH_FAILED && (entry || state->keys == NULL))
		state->shown = true;
	else if (state->status != FSQ_FETCH_DONE && state->status != FSQ_FETCH_FAILED)
		elog(ERROR, "field \"%s\" was not executed", state->fetch->field);
	else
		ok = state->fetch->to_many ? write_list(w, state, entry) : write_one(w, state, entry);
	w->depth = depth;
	if (ok)
		return true;
	/* what is too large is not written to its end */
	if (w->overflow && w->execution->too_large == NULL)
		w->execution->too_large = state->fetch;
	if (state->fetch->non_null || w->overflow)
		return false;
	take_back(w, start);
	put(w, "null", 4);
	return true;
}

/* One row, with its children.  False if it is null. */
static bool
write_object(Writer *w, FsqFetchState *state, int row)
{
	int			position = state->rows[row].start + 1;

	if (state->rows[row].bad >= 0)
	{
		const FsqOutput *output = &state->object->outputs[state->rows[row].bad];

		push_names(w, output->around);
		push_name(w, output->key);
		null_error(w, output->parent_type, output->field, output->offset);
		return false;
	}
	for (int i = 0; i < state->nchildren; i++)
	{
		FsqSplice  *splice = &state->splices[(Size) row * state->nchildren + i];
		FsqFetchState *child = state->children[i];

		put_text(w, state, position, splice->position);
		if (!write_fetch(w, child, splice->entry < 0 ? NULL : &child->keys->entries[splice->entry]))
			return false;
		position = splice->position;
	}
	put_text(w, state, position, row_end(state, row));
	return true;
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
		FsqOutput  *output = &object->outputs[i];
		FsqFetchState *state = &execution->states[output->fetch->number];

		put(&w, output->text, output->text_length);
		if (!write_fetch(&w, state, &state->root))
		{
			take_back(&w, start);
			put(&w, "null", 4);
			return;
		}
	}
	put(&w, object->close, object->close_length);
}
