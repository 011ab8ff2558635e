/*-------------------------------------------------------------------------
 *
 * entry.c
 *	  What the catalogs say of one relation: its attributes and keys.
 *
 *	  No lock is taken and no relation is opened: a relation that vanishes
 *	  meanwhile has no attributes, and an invalidation is on its way.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/reloptions.h"
#include "access/table.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
#include "commands/defrem.h"
#include "compat.h"
#include "schema/hub.h"
#include "schema/names.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* Take from a foreign column's options what the schema needs. */
static void
read_options(FsqHub *hub, FsqEntry *entry, FsqAttribute *attribute, Datum options)
{
	ListCell   *lc;

	foreach(lc, untransformRelOptions(options))
	{
		DefElem    *option = lfirst_node(DefElem, lc);

		if (strcmp(option->defname, "references") == 0)
			attribute->references = pstrdup(defGetString(option));
		else if (strcmp(option->defname, "key") == 0)
		{
			if (!parse_bool(defGetString(option), &attribute->key))
				fsq_problem(hub, entry, NULL, attribute->name,
							"option key is neither true nor false: \"%s\"", defGetString(option));
		}
	}
}

static FsqAttribute *
find_field(FsqAttribute *attributes, int n, const char *field)
{
	for (int i = 0; i < n; i++)
		if (attributes[i].field && !attributes[i].omitted &&
			strcmp(attributes[i].field, field) == 0)
			return &attributes[i];
	return NULL;
}

/* The field that a column would have if no other column were there. */
static const char *
wanted_field(FsqHub *hub, const char *column)
{
	const char *field = fsq_name_of_column(column, hub->rules);

	/* the logic of where inputs; where that has the names of columns, columns come first */
	if (field[0] == '_' && (strcmp(field, fsq_naming_word(hub->rules, "_and")) == 0 ||
							strcmp(field, fsq_naming_word(hub->rules, "_or")) == 0 ||
							strcmp(field, fsq_naming_word(hub->rules, "_not")) == 0))
		field++;
	return field;
}

/* What users chose comes before everything else. */
static void
apply_overrides(FsqHub *hub, FsqEntry *entry, FsqAttribute *attributes, int n)
{
	for (int i = 0; i < n && entry->overrides != NIL; i++)
	{
		FsqOverride *override = fsq_override_of_column(entry, attributes[i].name);

		if (override == NULL)
			continue;
		if (override->omitted)
		{
			attributes[i].omitted = true;
			attributes[i].field = wanted_field(hub, attributes[i].name);
		}
		else if (find_field(attributes, n, override->name))
			fsq_problem(hub, entry, NULL, attributes[i].name,
						"it is not called \"%s\": another column is", override->name);
		else
			attributes[i].field = override->name;
	}
}

/*
 * Give each column its field.  Names that users chose come first, then columns
 * whose name is a field's name as it is; of the others, the first to come takes a field, and a later one
 * keeps its column name, or gets a number.
 */
void
fsq_attributes_name(FsqHub *hub, FsqEntry *entry, FsqAttribute *attributes, int n)
{
	apply_overrides(hub, entry, attributes, n);
	for (int i = 0; i < n; i++)
	{
		const char *field = wanted_field(hub, attributes[i].name);

		if (attributes[i].field == NULL && strcmp(field, attributes[i].name) == 0 &&
			find_field(attributes, n, field) == NULL)
			attributes[i].field = field;
	}
	for (int i = 0; i < n; i++)
	{
		const char *wanted;
		const char *field;

		if (attributes[i].field)
			continue;
		wanted = field = wanted_field(hub, attributes[i].name);
		if (find_field(attributes, n, field) && fsq_name_valid(attributes[i].name))
			field = attributes[i].name;
		for (int number = 2; find_field(attributes, n, field); number++)
			field = fsq_name_numbered(wanted, number);
		attributes[i].field = field;
		if (strcmp(wanted, field) != 0)
			fsq_problem(hub, entry, NULL, attributes[i].name,
						"the field \"%s\" is taken, it is called \"%s\"", wanted, field);
		else if (attributes[i].name[0] == '_' && field[0] != '_')
			fsq_problem(hub, entry, NULL, attributes[i].name,
						"\"%s\" has a meaning in filters, the field is called \"%s\"",
						attributes[i].name, field);
		else if (!fsq_name_valid(attributes[i].name))
			fsq_problem(hub, entry, NULL, attributes[i].name,
						"not a GraphQL name, the field is called \"%s\"", field);
	}
}

/* Read the columns of a relation, and name their fields. */
void
fsq_entry_load_attributes(FsqHub *hub, FsqEntry *entry)
{
	MemoryContext old;
	Relation	rel;
	SysScanDesc scan;
	ScanKeyData key[2];
	HeapTuple	tuple;
	FsqAttribute *attributes;
	int			capacity = 16;
	int			n = 0;

	if (entry->attributes_loaded)
		return;
	old = MemoryContextSwitchTo(hub->schema.context);
	/* before the rest is read: what changes meanwhile makes a difference */
	entry->fingerprint = fsq_relation_fingerprint(entry->relid);
	attributes = palloc(capacity * sizeof(FsqAttribute));
	ScanKeyInit(&key[0], Anum_pg_attribute_attrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(entry->relid));
	ScanKeyInit(&key[1], Anum_pg_attribute_attnum, BTGreaterStrategyNumber, F_INT2GT,
				Int16GetDatum(0));
	rel = table_open(AttributeRelationId, AccessShareLock);
	scan = systable_beginscan(rel, AttributeRelidNumIndexId, true, NULL, 2, key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_attribute form = (Form_pg_attribute) GETSTRUCT(tuple);
		FsqAttribute *attribute;
		Datum		options;
		bool		isnull;

		if (form->attisdropped)
			continue;
		if (n == capacity)
		{
			capacity *= 2;
			attributes = repalloc(attributes, capacity * sizeof(FsqAttribute));
		}
		attribute = &attributes[n++];
		memset(attribute, 0, sizeof(FsqAttribute));
		attribute->attnum = form->attnum;
		attribute->name = pstrdup(NameStr(form->attname));
		attribute->type = form->atttypid;
		attribute->typmod = form->atttypmod;
		attribute->base_type = getBaseTypeAndTypmod(form->atttypid, &attribute->typmod);
		attribute->collation = form->attcollation;
		attribute->has_default = form->atthasdef || form->attidentity;
		attribute->not_null = form->attnotnull &&
			fsq_not_null_is_valid(entry->relid, form->attnum);
		if (entry->relkind == RELKIND_FOREIGN_TABLE)
		{
			options = heap_getattr(tuple, Anum_pg_attribute_attfdwoptions,
								   RelationGetDescr(rel), &isnull);
			if (!isnull)
				read_options(hub, entry, attribute, options);
		}
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	fsq_attributes_name(hub, entry, attributes, n);
	MemoryContextSwitchTo(old);

	entry->attributes = attributes;
	entry->nattributes = n;
	entry->attributes_loaded = true;
}

/* A column by number; NULL if it is not there. */
FsqAttribute *
fsq_entry_attribute(FsqHub *hub, FsqEntry *entry, AttrNumber attnum)
{
	fsq_entry_load_attributes(hub, entry);
	/* without dropped columns, a column stands at its number or before it */
	for (int i = Min(attnum, entry->nattributes) - 1; i >= 0; i--)
		if (entry->attributes[i].attnum == attnum)
			return &entry->attributes[i];
	return NULL;
}

/* A column by name; NULL if it is not there. */
FsqAttribute *
fsq_entry_attribute_named(FsqHub *hub, FsqEntry *entry, const char *name)
{
	fsq_entry_load_attributes(hub, entry);
	for (int i = 0; i < entry->nattributes; i++)
		if (strcmp(entry->attributes[i].name, name) == 0)
			return &entry->attributes[i];
	return NULL;
}

/* Whether each of some columns is among others. */
static bool
columns_contained(int n, const AttrNumber *columns, int nothers, const AttrNumber *others)
{
	for (int i = 0; i < n; i++)
	{
		bool		found = false;

		for (int j = 0; j < nothers && !found; j++)
			found = columns[i] == others[j];
		if (!found)
			return false;
	}
	return true;
}

static int
compare_keys(const ListCell *left, const ListCell *right)
{
	const FsqKeyDef *a = lfirst(left);
	const FsqKeyDef *b = lfirst(right);

	if (a->primary != b->primary)
		return a->primary ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* The key that an index makes, or NULL if it makes none. */
static FsqKeyDef *
key_of_index(HeapTuple tuple, TupleDesc desc)
{
	Form_pg_index form = (Form_pg_index) GETSTRUCT(tuple);
	FsqKeyDef  *key;

	if (!form->indisunique || !form->indisvalid || !form->indislive || !form->indimmediate ||
		!heap_attisnull(tuple, Anum_pg_index_indpred, desc) ||
		!heap_attisnull(tuple, Anum_pg_index_indexprs, desc))
		return NULL;
	key = palloc0(sizeof(FsqKeyDef));
	key->primary = form->indisprimary;
	key->ncolumns = form->indnkeyatts;
	key->columns = palloc(key->ncolumns * sizeof(AttrNumber));
	for (int i = 0; i < key->ncolumns; i++)
		key->columns[i] = form->indkey.values[i];
	key->name = get_rel_name(form->indexrelid);
	/* gone already: an invalidation is on its way */
	return key->name ? key : NULL;
}

/* Keys of a local table: its unique indexes, each set of columns once. */
static List *
keys_of_table(FsqEntry *entry)
{
	Relation	rel = table_open(IndexRelationId, AccessShareLock);
	ScanKeyData scankey;
	SysScanDesc scan;
	HeapTuple	tuple;
	List	   *all = NIL;
	List	   *keys = NIL;
	ListCell   *lc;

	ScanKeyInit(&scankey, Anum_pg_index_indrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(entry->relid));
	scan = systable_beginscan(rel, IndexIndrelidIndexId, true, NULL, 1, &scankey);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		FsqKeyDef  *key = key_of_index(tuple, RelationGetDescr(rel));

		if (key)
			all = lappend(all, key);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);

	list_sort(all, compare_keys);
	foreach(lc, all)
	{
		FsqKeyDef  *key = lfirst(lc);
		ListCell   *other;
		bool		known = false;

		foreach(other, keys)
		{
			FsqKeyDef  *k = lfirst(other);

			known |= k->ncolumns == key->ncolumns &&
				columns_contained(k->ncolumns, k->columns, key->ncolumns, key->columns);
		}
		if (!known)
			keys = lappend(keys, key);
	}
	return keys;
}

/* The key of a foreign table: its columns with option key, together. */
static List *
keys_of_foreign_table(FsqHub *hub, FsqEntry *entry)
{
	FsqKeyDef  *key = palloc0(sizeof(FsqKeyDef));

	fsq_entry_load_attributes(hub, entry);
	key->primary = true;
	key->columns = palloc(Max(entry->nattributes, 1) * sizeof(AttrNumber));
	for (int i = 0; i < entry->nattributes; i++)
		if (entry->attributes[i].key)
			key->columns[key->ncolumns++] = entry->attributes[i].attnum;
	return key->ncolumns > 0 ? list_make1(key) : NIL;
}

/*
 * The keys of a relation: each says that no two of its rows have the same
 * values there.  A table with children in the manner of INHERITS has none, as
 * a read of it returns their rows too.
 */
List *
fsq_entry_keys(FsqHub *hub, FsqEntry *entry)
{
	MemoryContext old;
	List	   *keys = NIL;

	if (entry->keys_loaded)
		return entry->keys;
	old = MemoryContextSwitchTo(hub->schema.context);
	if (entry->relkind == RELKIND_FOREIGN_TABLE)
		keys = keys_of_foreign_table(hub, entry);
	else if (entry->has_subclass && find_inheritance_children(entry->relid, NoLock) != NIL)
		fsq_problem(hub, entry, NULL, NULL,
					"its keys are not used, because child tables may hold the same values");
	else if (entry->relkind != RELKIND_VIEW)
		keys = keys_of_table(entry);
	MemoryContextSwitchTo(old);

	entry->keys = keys;
	entry->keys_loaded = true;
	return keys;
}

bool
fsq_entry_unique(FsqHub *hub, FsqEntry *entry, int ncolumns, const AttrNumber *columns)
{
	ListCell   *lc;

	foreach(lc, fsq_entry_keys(hub, entry))
	{
		FsqKeyDef  *key = lfirst(lc);

		if (columns_contained(key->ncolumns, key->columns, ncolumns, columns))
			return true;
	}
	return false;
}
