/*-------------------------------------------------------------------------
 *
 * pin.c
 *	  Keys that are known before any row is read: user(id: 7) says which
 *	  orders are asked for, as where: {id: {in: [..]}} does, and so on down the
 *	  tree as long as the key stays the same.
 *
 *	  A key is taken from an argument only if equality with the argument means
 *	  the same key: the parent's rows then have no other keys than these, and
 *	  find their children by their own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "plan/build.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

void
fsq_statement_pin(FsqStatement *statement, FsqColumn *column, int param)
{
	FsqPin	   *pin;

	/* another row of the same relation may be filtered on the way to the selected one */
	if (statement->selected && statement->frame != statement->selected)
		return;
	/* an array is compared with a list as a whole */
	if (!statement->conjunctive || OidIsValid(get_element_type(column->base_type)))
		return;
	pin = palloc(sizeof(FsqPin));
	pin->column = column;
	pin->param = param - 1;
	statement->pins = lappend(statement->pins, pin);
}

static bool
is_integer(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

static bool
is_text(Oid type)
{
	return type == TEXTOID || type == VARCHAROID;
}

/* Whether values of a column that are equal are the same key in the form of a link. */
static bool
equal_is_same(const FsqColumn *column, FsqKeyForm form)
{
	Oid			type = column->base_type;

	switch (form)
	{
		case FSQ_KEY_INTEGER:
			return is_integer(type);
		case FSQ_KEY_NUMERIC:
			return is_integer(type) || type == NUMERICOID;
		case FSQ_KEY_UUID:
		case FSQ_KEY_TEXT:
			if (OidIsValid(column->collation) && !get_collation_isdeterministic(column->collation))
				return false;
			return is_text(type) || type == UUIDOID || is_integer(type);
		case FSQ_KEY_DATUM:
			return !OidIsValid(column->collation);
	}
	return false;
}

/* Whether a child's column has no other value than the parent's, in the same form. */
static bool
link_keeps_value(const FsqKeyColumn *key)
{
	if (is_integer(key->parent_type) && is_integer(key->child_type))
		return true;
	return key->parent_type == key->child_type &&
		(key->parent_type == UUIDOID || (is_text(key->parent_type) && key->form == FSQ_KEY_TEXT));
}

/* The argument that says what one key of a fetch is; false if there is none. */
static bool
find_source(FsqFetch *fetch, int number, FsqKeySource *source)
{
	FsqFetch   *parent = fetch->parent;
	FsqKeyColumn *key = &fetch->keys[number];
	FsqColumn  *column = parent->result[key->parent_column].column;

	if (!equal_is_same(column, key->form))
		return false;
	for (int i = 0; i < parent->npins; i++)
	{
		if (parent->pins[i].column != column)
			continue;
		/* of a page of many, few may be there */
		if (parent->paged && parent->params[parent->pins[i].param].use == FSQ_USE_LIST)
			continue;
		source->fetch = parent;
		source->param = parent->pins[i].param;
		return true;
	}
	for (int i = 0; parent->sources && i < parent->nkeys; i++)
	{
		if (parent->keys[i].child_column >= parent->nresult ||
			parent->result[parent->keys[i].child_column].column != column ||
			parent->result[parent->keys[i].child_column].identity != NULL ||
			!link_keeps_value(&parent->keys[i]))
			continue;
		*source = parent->sources[i];
		return true;
	}
	return false;
}

/* How many of the keys come from lists. */
static int
count_lists(const FsqFetch *fetch, const FsqKeySource *sources)
{
	int			n = 0;

	for (int i = 0; i < fetch->nkeys; i++)
		if (sources[i].fetch->params[sources[i].param].use == FSQ_USE_LIST)
			n++;
	return n;
}

void
fsq_plan_pin_keys(FsqPlan *plan)
{
	for (int i = 0; i < plan->nfetches; i++)
	{
		FsqFetch   *fetch = plan->fetches[i];
		FsqKeySource *sources;
		int			n = 0;

		if (fetch->parent == NULL)
			continue;
		sources = MemoryContextAlloc(plan->context, sizeof(FsqKeySource) * fetch->nkeys);
		while (n < fetch->nkeys && find_source(fetch, n, &sources[n]))
			n++;
		/* the combinations of several lists are more than the parents can have */
		if (n == fetch->nkeys && count_lists(fetch, sources) <= 1)
			fetch->sources = sources;
	}
}
