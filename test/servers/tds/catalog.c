/*
 * catalog.c
 *	  Looking up tables and views, with a cache that any change of definitions,
 *	  by any connection, empties.
 */
#include "catalog.h"
#include "backend.h"
#include "session.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static Arena *cache_arena;
static Vec *cache;
static long cache_version = -1;

/* Before a statement: forget what may have changed. */
void
catalog_check(void)
{
	if (!cache_arena)
		cache_arena = arena_new();
	if (cache_version != shared->catalog_version)
	{
		Arena	   *old = arena_use(cache_arena);

		arena_reset(cache_arena);
		cache = vec_new();
		cache_version = shared->catalog_version;
		arena_use(old);
	}
}

/* Definitions have changed, here and for everybody. */
void
catalog_changed(void)
{
	__sync_fetch_and_add(&shared->catalog_version, 1);
	catalog_check();
}

/* A name of up to four parts as messages show it. */
char *
name_text(Vec *parts)
{
	Buf			b = {0};
	int			i;

	for (i = 0; i < parts->n; i++)
		buf_printf(&b, "%s%s", i ? "." : "", parts->v[i] ? (char *) parts->v[i] : "");
	return buf_dup(&b);
}

/* The number of a database, or 0; and its name as it was created. */
int
catalog_db(const char *name, const char **exact)
{
	PGresult   *r = pg_exec(fmt("SELECT database_id, name FROM ms.databases WHERE name = %s", pg_quote(name)));
	int			id = 0;

	if (PQntuples(r) > 0)
	{
		id = atoi(PQgetvalue(r, 0, 0));
		if (exact)
			*exact = dup_s(PQgetvalue(r, 0, 1));
	}
	PQclear(r);
	return id;
}

int
catalog_schema(int db_id, const char *name)
{
	char	   *v = pg_value(fmt("SELECT schema_id FROM ms.schemas WHERE (database_id = %d OR database_id = 0) AND name = %s", db_id, pg_quote(name)));

	return v ? atoi(v) : 0;
}

static Type
read_type(PGresult *r, int row, int at)
{
	const KindInfo *k = kind_by_id(atoi(PQgetvalue(r, row, at)));
	Type		t = type_of(k ? k->k : K_INT);
	int			coll;

	t.len = atoi(PQgetvalue(r, row, at + 1));
	t.prec = atoi(PQgetvalue(r, row, at + 2));
	t.scale = atoi(PQgetvalue(r, row, at + 3));
	coll = PQgetisnull(r, row, at + 4) ? 0 : coll_by_name(PQgetvalue(r, row, at + 4));
	if (is_char(t.k) && t.len == 0)
		t.len = -1;
	t.coll = coll < 0 ? 0 : coll;
	return t;
}

static const char *
text_or_null(PGresult *r, int row, int at)
{
	return PQgetisnull(r, row, at) ? NULL : dup_s(PQgetvalue(r, row, at));
}

static Object *
load(const char *where)
{
	PGresult   *r = pg_exec(fmt("SELECT o.object_id, o.database_id, o.schema_id, d.name, s.name, o.name, o.type, o.pg, o.query, "
								"c.column_id, c.name, c.user_type_id, c.len, c.prec, c.scale, c.collation_name, c.is_nullable, c.is_identity, c.def_sql, c.computed, d.snapshot "
								"FROM ms.objects o JOIN ms.databases d ON d.database_id = CASE o.database_id WHEN 0 THEN 1 ELSE o.database_id END "
								"JOIN ms.schemas s ON s.schema_id = o.schema_id AND s.database_id IN (0, o.database_id) "
								"LEFT JOIN ms.columns c ON c.object_id = o.object_id "
								"WHERE %s AND o.type IN ('U', 'V', 'S') ORDER BY o.database_id DESC, o.object_id, c.column_id", where));
	int			n = PQntuples(r),
				i;
	Arena	   *old;
	Object	   *o = NULL;

	if (n > 0)
	{
		old = arena_use(cache_arena);
		o = alloc0(sizeof(Object));
		o->id = atoi(PQgetvalue(r, 0, 0));
		o->db_id = atoi(PQgetvalue(r, 0, 1));
		o->schema_id = atoi(PQgetvalue(r, 0, 2));
		o->db = dup_s(PQgetvalue(r, 0, 3));
		o->schema = dup_s(PQgetvalue(r, 0, 4));
		o->name = dup_s(PQgetvalue(r, 0, 5));
		o->type = dup_s(PQgetvalue(r, 0, 6));
		o->pg = dup_s(PQgetvalue(r, 0, 7));
		o->definition = text_or_null(r, 0, 8);
		o->snapshot = PQgetvalue(r, 0, 20)[0] == 't';
		o->cols = vec_new();
		for (i = 0; i < n && !PQgetisnull(r, i, 9) && atoi(PQgetvalue(r, i, 0)) == o->id; i++)
		{
			Column	   *c = alloc0(sizeof(Column));

			c->id = atoi(PQgetvalue(r, i, 9));
			c->name = dup_s(PQgetvalue(r, i, 10));
			c->type = read_type(r, i, 11);
			c->nullable = PQgetvalue(r, i, 16)[0] == 't';
			c->identity = PQgetvalue(r, i, 17)[0] == 't';
			c->def = text_or_null(r, i, 18);
			c->computed = text_or_null(r, i, 19);
			vec_add(o->cols, c);
		}
		vec_add(cache, o);
		arena_use(old);
	}
	PQclear(r);
	return o;
}

Object *
catalog_by_id(int id)
{
	int			i;

	catalog_check();
	for (i = 0; i < cache->n; i++)
		if (((Object *) cache->v[i])->id == id)
			return cache->v[i];
	return load(fmt("o.object_id = %d", id));
}

/* The table or view of a name, or NULL. */
Object *
catalog_find(Vec *parts)
{
	const char *name = parts->v[parts->n - 1];
	const char *schema = parts->n > 1 ? parts->v[parts->n - 2] : NULL;
	const char *db = parts->n > 2 ? parts->v[parts->n - 3] : NULL;
	bool		temp = name[0] == '#';
	int			i;

	if (parts->n > 3)
		raise_error(7202, 11, 2, "Could not find server '%s' in sys.servers. Verify that the correct server name was specified. If necessary, execute the stored procedure sp_addlinkedserver to add the server to sys.servers.", (char *) parts->v[0]);
	catalog_check();
	if (!schema)
		schema = "dbo";
	if (!db)
		db = temp ? "tempdb" : session.db;
	for (i = 0; i < cache->n; i++)
	{
		Object	   *o = cache->v[i];

		if (strcasecmp(o->name, name) == 0 && strcasecmp(o->schema, schema) == 0 &&
			(o->db_id == 0 || strcasecmp(o->db, db) == 0))
			return o;
	}
	return load(fmt("o.name = %s AND s.name = %s AND (o.database_id = 0 OR d.name = %s) AND (o.owner IS NULL OR o.owner = %d)",
					pg_quote(name), pg_quote(schema), pg_quote(db), session.spid));
}

Object *
catalog_need(Vec *parts)
{
	Object	   *o = catalog_find(parts);

	if (!o)
		raise_error(208, 16, 1, "Invalid object name '%s'.", name_text(parts));
	if (!o->snapshot && o->type[0] != 'S' && strcmp(session.isolation, "SNAPSHOT") == 0)
		raise_error(3952, 16, 1, "Snapshot isolation transaction failed accessing database '%s' because snapshot isolation is not allowed in this database. Use ALTER DATABASE to allow snapshot isolation.", o->db);
	return o;
}
