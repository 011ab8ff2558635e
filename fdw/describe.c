/*-------------------------------------------------------------------------
 *
 * describe.c
 *	  Descriptions of remote tables, kept per connection for as long as the
 *	  engine says that they hold.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "common/hashfn.h"
#include "mb/pg_wchar.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "connection.h"

typedef struct Description
{
	const char *key;			/* FsqTable.key, the hash key: a new foreign table asks anew */
	int64		version;
	uint32		signature;		/* of the last remote, be it retired */
	FsqRemoteTable *remote;		/* NULL: there is no such table */
	MemoryContext context;
} Description;

static uint32
key_hash(const void *key, Size size)
{
	const char *text = *(char *const *) key;

	return DatumGetUInt32(hash_any((const unsigned char *) text, strlen(text)));
}

static int
key_match(const void *a, const void *b, Size size)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

static void
make_cache(FsqConnEntry *entry)
{
	HASHCTL		ctl = {0};

	ctl.keysize = sizeof(char *);
	ctl.entrysize = sizeof(Description);
	ctl.hash = key_hash;
	ctl.match = key_match;
	ctl.hcxt = entry->context;
	entry->descriptions = hash_create("fraiseql descriptions", 32, &ctl,
									  HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
}

/*
 * Let go of a description.  Whoever was given it in this transaction may go
 * on using it.
 */
static void
retire(Description *description)
{
	if (description->context != NULL)
		MemoryContextSetParent(description->context,
							   TopTransactionContext ? TopTransactionContext : CurrentMemoryContext);
	description->context = NULL;
	description->remote = NULL;
}

void
fsq_descriptions_drop(FsqConnEntry *entry)
{
	HASH_SEQ_STATUS status;
	Description *description;

	if (entry->descriptions == NULL)
		return;
	hash_seq_init(&status, entry->descriptions);
	while ((description = hash_seq_search(&status)) != NULL)
		retire(description);
	entry->descriptions = NULL;
}

/*
 * A description that still holds, or NULL.
 */
static Description *
find_description(FsqConnEntry *entry, const char *key)
{
	Description *description;

	if (entry->descriptions == NULL)
		return NULL;
	description = hash_search(entry->descriptions, &key, HASH_FIND, NULL);
	if (description == NULL || description->context == NULL ||
		description->version != entry->driver->catalog->version(entry->conn))
		return NULL;
	return description;
}

/*
 * A number that is another one if something has changed that verdicts may
 * depend on: columns, their types and collations.  Never 0.
 */
static uint32
describe_signature(const FsqRemoteTable *remote)
{
	StringInfoData buf;
	uint32		signature;

	initStringInfo(&buf);
	appendStringInfo(&buf, "%d %d %d", remote->is_view, remote->strict, remote->utf8);
	for (int i = 0; i < remote->ncolumns; i++)
	{
		const FsqRemoteColumn *column = &remote->columns[i];

		appendStringInfo(&buf, " %d %d %d ", column->storage, column->not_null, column->generated);
		appendBinaryStringInfo(&buf, column->name, strlen(column->name) + 1);
		appendBinaryStringInfo(&buf, column->type_name, strlen(column->type_name) + 1);
		if (column->collation != NULL)
			appendBinaryStringInfo(&buf, column->collation, strlen(column->collation) + 1);
	}
	signature = hash_bytes((unsigned char *) buf.data, buf.len);
	pfree(buf.data);
	return Max(signature, 1);
}

/*
 * PostgreSQL makes all its plans anew when a wrapper has changed.
 */
void
fsq_plans_forget(void)
{
	CallSyscacheCallbacks(FOREIGNDATAWRAPPEROID, 0);
}

/*
 * The entry that keeps descriptions: one for all connections with a login,
 * or else (the server was altered while it connected) the connection's own.
 */
static FsqConnEntry *
describing_entry(FsqTable *table, Oid userid, FsqConn *conn)
{
	FsqConnEntry *entry = table->driver->in_process ? NULL :
		fsq_connection_find(table->readid, userid);

	return entry != NULL ? entry : conn->owner;
}

/*
 * The remote's description of a foreign table; NULL if the remote has no such
 * table.  Stays valid until the end of the transaction, at least.  Of servers
 * on the network, a cached one is given without asking, whether or not the
 * connection is busy or even alive.
 */
FsqRemoteTable *
fsq_table_describe(FsqTable *table, Oid userid)
{
	const FsqCatalog *catalog = table->driver->catalog;
	const char *key = table->key;
	FsqConnEntry *entry = NULL;
	Description *description = NULL;
	FsqConn    *conn;
	MemoryContext context;
	MemoryContext old;
	FsqRemoteTable *remote;
	bool		found;

	if (!table->driver->in_process)
		entry = fsq_connection_find(table->readid, userid);
	if (entry != NULL)
		description = find_description(entry, key);
	if (description == NULL)
	{
		conn = fsq_question_connection(table->readid, userid);
		entry = describing_entry(table, userid, conn);
		description = find_description(entry, key);
	}
	if (description != NULL)
		return description->remote;

	context = AllocSetContextCreate(CurrentMemoryContext, "fraiseql description", ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(context);
	remote = catalog->describe(conn, table->remote_schema, table->remote_name);
	/* while it was waited for, others may have been lost and closed */
	entry = describing_entry(table, userid, conn);
	if (entry->descriptions == NULL)
		make_cache(entry);
	description = hash_search(entry->descriptions, &key, HASH_FIND, NULL);
	MemoryContextSwitchTo(entry->context);
	if (description == NULL)
	{
		key = pstrdup(key);
		description = hash_search(entry->descriptions, &key, HASH_ENTER, &found);
		description->context = NULL;
		description->signature = 0;
	}
	MemoryContextSwitchTo(old);

	retire(description);
	if (remote != NULL)
	{
		remote->signature = describe_signature(remote);
		if (description->signature != 0 && description->signature != remote->signature)
			fsq_plans_forget();
		description->signature = remote->signature;
	}
	MemoryContextSetParent(context, entry->context);
	description->context = context;
	description->remote = remote;
	description->version = catalog->version(entry->conn);
	return remote;
}

/* ---- for catalogs ---- */

/*
 * Whether every column of a foreign key is known and refers to nothing yet.
 */
static bool
key_is_free(const FsqRemoteTable *table, List *parts, int first, int count)
{
	for (int i = first; i < first + count; i++)
	{
		const FsqForeignKeyPart *part = list_nth(parts, i);

		if (part->column < 0 || table->columns[part->column].references_table != NULL)
			return false;
	}
	return true;
}

/*
 * Tell that a foreign key is left out.
 */
static void
note_left_out(FsqRemoteTable *table, List *parts, int first, int count)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = first; i < first + count; i++)
	{
		const FsqForeignKeyPart *part = list_nth(parts, i);

		if (part->column < 0)
			return;
		appendStringInfo(&names, "%s\"%s\"", i > first ? ", " : "", table->columns[part->column].name);
	}
	table->notices = lappend(table->notices,
							 psprintf("foreign key (%s) of \"%s\" was not imported: a column can refer to one table only",
									  names.data, table->name));
}

void
fsq_remote_set_references(FsqRemoteTable *table, List *parts)
{
	for (int several = 0; several <= 1; several++)
	{
		int			count;

		for (int first = 0; first < list_length(parts); first += count)
		{
			const FsqForeignKeyPart *start = list_nth(parts, first);

			for (count = 1; first + count < list_length(parts); count++)
			{
				if (strcmp(((FsqForeignKeyPart *) list_nth(parts, first + count))->key, start->key) != 0)
					break;
			}
			if ((count > 1) != (several == 1))
				continue;
			if (!key_is_free(table, parts, first, count))
			{
				note_left_out(table, parts, first, count);
				continue;
			}
			for (int i = 0; i < count; i++)
			{
				const FsqForeignKeyPart *part = list_nth(parts, first + i);
				FsqRemoteColumn *column = &table->columns[part->column];

				column->references_table = part->target_table;
				column->references_column = part->target_column;
				column->references_position = i + 1;
			}
		}
	}
}

static bool
is_ascii(const char *text)
{
	for (; *text != '\0'; text++)
	{
		if (IS_HIGHBIT_SET(*text))
			return false;
	}
	return true;
}

/*
 * A text value of a row, copied, in the database's encoding where that is not
 * the wire's; NULL if it is no text.  Empty, which is a name of nothing, if the
 * encoding cannot express it.
 */
char *
fsq_value_text(const FsqValue *value)
{
	int			encoding = GetDatabaseEncoding();
	Oid			conversion;
	char	   *text;
	char	   *result;
	int			length;

	if (value->type != FSQ_WIRE_TEXT)
		return NULL;
	text = pnstrdup(value->u.s, value->length);
	if (encoding == PG_UTF8 || encoding == PG_SQL_ASCII || is_ascii(text))
		return text;
	length = strlen(text);
	conversion = FindDefaultConversionProc(PG_UTF8, encoding);
	result = palloc0(length * MAX_CONVERSION_GROWTH + 1);
	if (!OidIsValid(conversion) ||
		pg_do_encoding_conversion_buf(conversion, PG_UTF8, encoding, (unsigned char *) text, length,
									  (unsigned char *) result, length * MAX_CONVERSION_GROWTH + 1,
									  true) < length)
		result[0] = '\0';
	return result;
}
