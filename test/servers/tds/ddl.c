/*
 * ddl.c
 *	  CREATE, ALTER, DROP and TRUNCATE: relations of the backend with names made
 *	  of numbers (t<object>, c<column>, k<constraint>), and rows of the catalog
 *	  that carry the names and definitions of T-SQL.
 */
#include "backend.h"
#include "session.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Where a new object goes. */
typedef struct Place
{
	int			db_id,
				schema_id;
	const char *name;
	bool		temp;
} Place;

static Place
place_of(Vec *parts)
{
	Place		p;
	const char *schema = parts->n > 1 && parts->v[parts->n - 2] ? parts->v[parts->n - 2] : "dbo";
	const char *db = parts->n > 2 ? parts->v[parts->n - 3] : NULL;

	p.name = parts->v[parts->n - 1];
	p.temp = p.name[0] == '#';
	p.db_id = session.db_id;
	if (p.temp)
		db = "tempdb";
	if (db)
	{
		p.db_id = catalog_db(db, NULL);
		if (!p.db_id)
			raise_error(911, 16, 1, "Database '%s' does not exist. Make sure that the name is entered correctly.", db);
	}
	p.schema_id = catalog_schema(p.db_id, schema);
	if (!p.schema_id)
		raise_error(2760, 16, 1, "The specified schema name \"%s\" either does not exist or you do not have permission to use it.", schema);
	return p;
}

static void
must_be_new(Place *p)
{
	if (pg_value(fmt("SELECT 1 FROM ms.objects WHERE database_id = %d AND schema_id = %d AND name = %s AND (owner IS NULL OR owner = %d)",
					 p->db_id, p->schema_id, pg_quote(p->name), session.spid)))
		raise_error(2714, 16, 6, "There is already an object named '%s' in the database.", p->name);
}

static int
new_object(Place *p, const char *type, int parent, const char *pg, const char *query, const char *definition)
{
	int			id = atoi(pg_value("SELECT nextval('ms.object_ids')"));

	pg_run(fmt("INSERT INTO ms.objects (object_id, database_id, schema_id, name, type, parent_object_id, pg, query, definition, owner) "
			   "VALUES (%d, %d, %d, %s, '%s', %d, %s, %s, %s, %s)", id, p->db_id, p->schema_id, pg_quote(p->name), type, parent,
			   pg_quote(fmt(pg, id)), query ? pg_quote(query) : "NULL", definition ? pg_quote(definition) : "NULL", p->temp ? fmt("%d", session.spid) : "NULL"));
	return id;
}

static void
new_column(int object, int id, const char *name, Type t, const char *type_name, bool nullable, ColDef *d)
{
	int			user_type = type_name && strcasecmp(type_name, "sysname") == 0 ? 256 : kind_info(t.k)->user_id;

	pg_run(fmt("INSERT INTO ms.columns (object_id, column_id, name, user_type_id, len, prec, scale, collation_name, is_nullable, is_identity, seed, incr, computed, is_persisted) "
			   "VALUES (%d, %d, %s, %d, %d, %d, %d, %s, %s, %s, %s, %s, %s, %s)", object, id, pg_quote(name), user_type, t.len, t.prec, t.scale,
			   is_char(t.k) ? pg_quote(coll_info(t.coll)->name) : "NULL", nullable ? "true" : "false", d && d->identity ? "true" : "false",
			   d && d->identity ? d->seed : "NULL", d && d->identity ? d->incr : "NULL",
			   d && d->computed ? pg_quote(deparse(d->computed)) : "NULL", d && d->persisted ? "true" : "false"));
}

static Object *
reload(int id)
{
	catalog_changed();
	session.ddl_in_tran = session.trancount > 0;
	return catalog_by_id(id);
}

static Column *
need_column(Object *o, const char *name, const char *what)
{
	int			i;

	for (i = 0; i < o->cols->n; i++)
		if (strcasecmp(((Column *) o->cols->v[i])->name, name) == 0)
			return o->cols->v[i];
	raise_error(1911, 16, 1, "Column name '%s' does not exist in the target table or view.%s", name, what);
}

/* What an index holds of a column. */
static const char *
index_key(Column *c, bool desc, bool order)
{
	const char *col = fmt("c%d", c->id);
	Ex			e = ex_of(col, c->type);
	const char *k = is_char(c->type.k) || is_binary(c->type.k) || c->type.k == K_DTO ? fmt("(%s)", key_sql(e)) : col;

	if (is_char(c->type.k))
		k = fmt("(rtrim(%s)) COLLATE %s", col, coll_info(c->type.coll)->pg);
	if (!order)
		return k;
	return fmt("%s%s%s", k, desc ? " DESC" : "", !c->nullable ? "" : desc ? " NULLS LAST" : " NULLS FIRST");
}

static bool
is_plain(Column *c)
{
	return !is_char(c->type.k) && c->type.k != K_DTO;
}

static void
new_index(Object *o, const char *name, bool clustered, bool unique, bool pk, bool uq, const char *filter, Vec *cols, Vec *include, const char *pg)
{
	int			id = atoi(pg_value(clustered ? "SELECT 1" : fmt("SELECT greatest(max(index_id), 1) + 1 FROM ms.indexes WHERE object_id = %d", o->id)));
	int			i,
				n = 0;

	if (clustered)
		pg_run(fmt("DELETE FROM ms.indexes WHERE object_id = %d AND index_id = 0", o->id));
	pg_run(fmt("INSERT INTO ms.indexes VALUES (%d, %d, %s, %d, %s, %s, %s, %s, %s)", o->id, id, pg_quote(name), clustered ? 1 : 2, unique ? "true" : "false",
			   pk ? "true" : "false", uq ? "true" : "false", filter ? pg_quote(filter) : "NULL", pg_quote(pg)));
	for (i = 0; i < cols->n; i++)
	{
		Order	   *k = cols->v[i];

		n++;
		pg_run(fmt("INSERT INTO ms.index_columns VALUES (%d, %d, %d, %d, %d, %s, false)", o->id, id, n, need_column(o, k->e->s, "")->id, n, k->desc ? "true" : "false"));
	}
	for (i = 0; i < VEC_N(include); i++)
	{
		n++;
		pg_run(fmt("INSERT INTO ms.index_columns VALUES (%d, %d, %d, %d, 0, false, true)", o->id, id, n, need_column(o, include->v[i], "")->id));
	}
}

/* PRIMARY KEY and UNIQUE. */
static void
add_key(Object *o, ConDef *c, Place *p)
{
	int			id,
				i;
	bool		pk = c->k == C_PRIMARY,
				plain = true,
				clustered;
	Buf			cols = {0};

	if (pk && pg_value(fmt("SELECT 1 FROM ms.indexes WHERE object_id = %d AND is_primary_key", o->id)))
		raise_error(1779, 16, 0, "Table '%s' already has a primary key defined on it.", o->name);
	clustered = c->clustered == 1 || (pk && c->clustered < 0);
	if (clustered && pg_value(fmt("SELECT 1 FROM ms.indexes WHERE object_id = %d AND index_id = 1", o->id)))
	{
		if (c->clustered == 1)
			raise_error(1902, 16, 3, "Cannot create more than one clustered index on table '%s'.", o->name);
		clustered = false;
	}
	id = new_object(p, pk ? "PK" : "UQ", o->id, "k%d", NULL, NULL);
	for (i = 0; i < c->cols->n; i++)
	{
		Order	   *k = c->cols->v[i];
		Column	   *col = need_column(o, k->e->s, "");

		if (pk && col->nullable)
			raise_error(8111, 16, 1, "Cannot define PRIMARY KEY constraint on nullable column in table '%s'.", o->name);
		plain &= is_plain(col);
	}
	for (i = 0; i < c->cols->n; i++)
	{
		Order	   *k = c->cols->v[i];

		buf_printf(&cols, "%s%s", i ? ", " : "", index_key(need_column(o, k->e->s, ""), k->desc, !plain));
	}
	if (plain)
		pg_run(fmt("ALTER TABLE %s ADD CONSTRAINT k%d %s (%s)", o->pg, id, pk ? "PRIMARY KEY" : "UNIQUE NULLS NOT DISTINCT", buf_dup(&cols)));
	else
		pg_run(fmt("CREATE UNIQUE INDEX k%d ON %s (%s) NULLS NOT DISTINCT", id, o->pg, buf_dup(&cols)));
	new_index(o, p->name, clustered, true, pk, !pk, NULL, c->cols, NULL, fmt("k%d", id));
}

static void
add_foreign(Object *o, ConDef *c, Place *p)
{
	Object	   *ref = catalog_find(c->ref);
	Buf			from = {0},
				to = {0};
	int			id,
				i;
	bool		plain = true;

	if (!ref || ref->type[0] != 'U')
		raise_error(1767, 16, 0, "Foreign key '%s' references invalid table '%s'.", p->name, name_text(c->ref));
	if (c->refcols->n == 0)
	{
		PGresult   *r = pg_exec(fmt("SELECT c.name FROM ms.indexes i JOIN ms.index_columns ic USING (object_id, index_id) JOIN ms.columns c USING (object_id, column_id) "
									"WHERE i.object_id = %d AND i.is_primary_key ORDER BY ic.key_ordinal", ref->id));

		for (i = 0; i < PQntuples(r); i++)
			vec_add(c->refcols, dup_s(PQgetvalue(r, i, 0)));
		PQclear(r);
		if (c->refcols->n == 0)
			raise_error(1773, 16, 0, "Foreign key '%s' has implicit reference to object '%s' which does not have a primary key defined on it.", p->name, ref->name);
	}
	if (c->refcols->n != c->cols->n)
		raise_error(8139, 16, 0, "Number of referencing columns in foreign key differs from number of referenced columns, table '%s'.", o->name);
	id = new_object(p, "F", o->id, "k%d", NULL, NULL);
	for (i = 0; i < c->cols->n; i++)
	{
		Column	   *a = need_column(o, ((Order *) c->cols->v[i])->e->s, ""),
				   *b = need_column(ref, c->refcols->v[i], "");

		if (a->type.k != b->type.k && !(is_exact(a->type.k) && is_exact(b->type.k)))
			raise_error(1778, 16, 0, "Column '%s.%s' is not the same data type as referencing column '%s.%s' in foreign key '%s'.", ref->name, b->name, o->name, a->name, p->name);
		plain &= is_plain(b);
		buf_printf(&from, "%sc%d", i ? ", " : "", a->id);
		buf_printf(&to, "%sc%d", i ? ", " : "", b->id);
		pg_run(fmt("INSERT INTO ms.fk_columns VALUES (%d, %d, %d, %d)", id, i + 1, a->id, b->id));
	}
	if (!pg_value(fmt("SELECT 1 FROM ms.indexes i WHERE i.object_id = %d AND i.is_unique AND "
					  "(SELECT array_agg(column_id ORDER BY column_id) FROM ms.index_columns ic WHERE ic.object_id = i.object_id AND ic.index_id = i.index_id AND NOT is_included) = "
					  "(SELECT array_agg(referenced_column_id ORDER BY referenced_column_id) FROM ms.fk_columns WHERE constraint_object_id = %d)", ref->id, id)))
		raise_error(1776, 16, 0, "There are no primary or candidate keys in the referenced table '%s' that match the referencing column list in the foreign key '%s'.", ref->name, p->name);
	if (!plain)
		pg_run(fmt("CREATE UNIQUE INDEX IF NOT EXISTS x%d_%s ON %s (%s)", ref->id, pg_value(fmt("SELECT md5('%s')", to.p)), ref->pg, to.p));
	pg_run(fmt("ALTER TABLE %s ADD CONSTRAINT k%d FOREIGN KEY (%s) REFERENCES %s (%s) ON DELETE %s ON UPDATE %s%s", o->pg, id, buf_dup(&from), ref->pg, buf_dup(&to),
			   c->on_delete ? c->on_delete : "NO ACTION", c->on_update ? c->on_update : "NO ACTION", c->nocheck ? " NOT VALID" : ""));
	pg_run(fmt("INSERT INTO ms.foreign_keys VALUES (%d, %d, %d, '%s', '%s')", id, o->id, ref->id, c->on_delete ? c->on_delete : "NO ACTION", c->on_update ? c->on_update : "NO ACTION"));
}

/* A scope in which a table's columns stand as they do in a constraint. */
static Scope *
table_scope(Object *o)
{
	Scope	   *s = new_scope(NULL);

	add_table(s, o, NULL)->pg = fmt("t%d", o->id);
	s->no_agg = true;
	return s;
}

static void
add_check(Object *o, ConDef *c, Place *p)
{
	const char *cond = bind_cond(table_scope(o), c->check);
	int			id = new_object(p, "C", o->id, "k%d", NULL, fmt("(%s)", deparse(c->check)));
	int			col = 0;

	if (VEC_N(c->cols) == 1)
		col = need_column(o, ((Order *) c->cols->v[0])->e->s, "")->id;
	pg_run(fmt("ALTER TABLE %s ADD CONSTRAINT k%d CHECK (%s)%s", o->pg, id, cond, c->nocheck ? " NOT VALID" : ""));
	pg_run(fmt("INSERT INTO ms.checks VALUES (%d, %d, %d)", id, o->id, col));
}

static void
add_default(Object *o, ConDef *c, Place *p)
{
	Column	   *col = need_column(o, c->for_col, "");
	const char *sql;
	int			id;

	if (pg_value(fmt("SELECT 1 FROM ms.columns WHERE object_id = %d AND column_id = %d AND def_sql IS NOT NULL", o->id, col->id)))
		raise_error(1781, 16, 1, "Column already has a DEFAULT bound to it.");
	sql = assign_sql(bind_expr(NULL, c->check), col, o);
	id = new_object(p, "D", o->id, "k%d", NULL, fmt("(%s)", deparse(c->check)));
	pg_run(fmt("ALTER TABLE %s ALTER COLUMN c%d SET DEFAULT %s", o->pg, col->id, sql));
	pg_run(fmt("UPDATE ms.columns SET def_sql = %s, default_object_id = %d WHERE object_id = %d AND column_id = %d", pg_quote(sql), id, o->id, col->id));
}

static void
add_constraint(Object *o, ConDef *c)
{
	static const char *const prefixes[] = {"PK", "UQ", "FK", "CK", "DF"};
	Place		p;
	bool		named = c->name != NULL;

	p.db_id = o->db_id;
	p.schema_id = o->schema_id;
	p.temp = o->name[0] == '#';
	p.name = named ? c->name : fmt("%s__%s", prefixes[c->k],
										 pg_value(fmt("SELECT left(%s, 9) || '__' || upper(substr(md5(random()::text), 1, 16))", pg_quote(o->name))));
	must_be_new(&p);
	if (c->k == C_PRIMARY || c->k == C_UNIQUE)
		add_key(o, c, &p);
	else if (c->k == C_FOREIGN)
		add_foreign(o, c, &p);
	else if (c->k == C_CHECK)
		add_check(o, c, &p);
	else
		add_default(o, c, &p);
	if (!named)
		pg_run(fmt("UPDATE ms.objects SET is_system_named = true WHERE database_id = %d AND name = %s", p.db_id, pg_quote(p.name)));
}

static const char *
column_sql(int table, int id, ColDef *d, bool nullable)
{
	const char *def = "";

	if (d->identity)
		def = fmt(" DEFAULT nextval('d.s%d')", table);
	else if (d->type.k == K_ROWVERSION)
		def = " DEFAULT ms.rowversion_next()";
	return fmt("c%d %s%s%s%s", id, type_storage(d->type), is_char(d->type.k) || d->type.k == K_XML ? " COLLATE \"C\"" : "", nullable ? "" : " NOT NULL", def);
}

static bool
def_nullable(Vec *constraints, ColDef *d)
{
	int			i,
				j;

	if (d->identity || d->type.k == K_ROWVERSION)
		return false;
	if (d->nullable >= 0)
		return d->nullable;
	for (i = 0; i < constraints->n; i++)
	{
		ConDef	   *c = constraints->v[i];

		for (j = 0; c->k == C_PRIMARY && j < c->cols->n; j++)
			if (strcasecmp(((Order *) c->cols->v[j])->e->s, d->name) == 0)
				return false;
	}
	return true;
}

/* A computed column has the type of its expression over the others. */
static Type
computed_type(int table, ColDef *d, bool *nullable)
{
	Object	   *o = reload(table);
	Ex			e = bind_expr(table_scope(o), d->computed);

	*nullable = e.nullable;
	return e.t;
}

static void
create_table(Stmt *s)
{
	Place		p = place_of(s->parts);
	int			id,
				i,
				j;
	Buf			b = {0};
	Object	   *o;

	must_be_new(&p);
	id = new_object(&p, "U", 0, "d.t%d", NULL, NULL);
	pg_run(fmt("INSERT INTO ms.indexes VALUES (%d, 0, NULL, 0, false, false, false, NULL, NULL)", id));
	for (i = 0; i < s->list->n; i++)
	{
		ColDef	   *d = s->list->v[i];
		bool		nullable = def_nullable(s->list2, d);

		for (j = 0; j < i; j++)
			if (strcasecmp(((ColDef *) s->list->v[j])->name, d->name) == 0)
				raise_error(2705, 16, 3, "Column names in each table must be unique. Column name '%s' in table '%s' is specified more than once.", d->name, p.name);
		if (d->computed)
			continue;
		if (d->identity && (!(is_int(d->type.k) || (is_exact(d->type.k) && d->type.scale == 0)) || d->type.k == K_BIT))
			raise_error(2749, 16, 2, "Identity column '%s' must be of data type int, bigint, smallint, tinyint, or decimal or numeric with a scale of 0, unencrypted, and constrained to be nonnullable.", d->name);
		if (d->identity)
			pg_run(fmt("CREATE SEQUENCE d.s%d START WITH %s INCREMENT BY %s MINVALUE -9223372036854775808", id, d->seed, d->incr));
		new_column(id, i + 1, d->name, d->type, d->type_name, nullable, d);
		buf_printf(&b, "%s%s", b.n ? ", " : "", column_sql(id, i + 1, d, nullable));
	}
	pg_run(fmt("CREATE TABLE d.t%d (%s)", id, buf_dup(&b)));
	for (i = 0; i < s->list->n; i++)
	{
		ColDef	   *d = s->list->v[i];

		if (d->computed)
		{
			bool		nullable;
			Type		t = computed_type(id, d, &nullable);

			new_column(id, i + 1, d->name, t, NULL, nullable && d->nullable != 0, d);
		}
	}
	o = reload(id);
	for (i = 0; i < s->list2->n; i++)
		add_constraint(o, s->list2->v[i]);
	reload(id);
}

/* SELECT ... INTO: a table of the result's columns. */
void
select_into(Stmt *s)
{
	Place		p;
	Query		q = *s->q;
	Bound	   *b;
	Buf			cols = {0};
	int			id,
				i;

	q.into = NULL;
	b = bind_query(NULL, &q, false);
	tran_implicit();
	guard_begin();
	p = place_of(s->q->into);
	must_be_new(&p);
	id = new_object(&p, "U", 0, "d.t%d", NULL, NULL);
	pg_run(fmt("INSERT INTO ms.indexes VALUES (%d, 0, NULL, 0, false, false, false, NULL, NULL)", id));
	for (i = 0; i < b->cols->n; i++)
	{
		OutCol	   *c = b->cols->v[i];
		ColDef		d;

		memset(&d, 0, sizeof(d));
		d.type = c->t;
		d.identity = c->identity;
		d.seed = d.incr = "1";
		if (!c->name[0])
			raise_error(1038, 15, 5, "An object or column name is missing or empty. For SELECT INTO statements, verify each column has a name. For other statements, look for empty alias names. Aliases defined as \"\" or [] are not allowed. Change the alias to a valid name.");
		if (d.identity)
			pg_run(fmt("CREATE SEQUENCE d.s%d", id));
		new_column(id, i + 1, c->name, c->t, NULL, c->nullable, &d);
		buf_printf(&cols, "%s%s", i ? ", " : "", column_sql(id, i + 1, &d, c->nullable));
	}
	pg_run(fmt("CREATE TABLE d.t%d (%s)", id, buf_dup(&cols)));
	session.rowcount = pg_count(fmt("INSERT INTO d.t%d %s", id, b->sql));
	reload(id);
}

static void
create_view(Stmt *s)
{
	Place		p = place_of(s->parts);
	Query	   *q = parse_view_query(s->text);
	Bound	   *b = bind_query(NULL, q, true);
	Object	   *old = catalog_find(s->parts);
	int			id,
				i,
				j;

	if (old && (s->flag || s->flag2) && old->type[0] == 'V')
		pg_run(fmt("SELECT ms.drop_object(%d)", old->id));
	else if (s->flag)
		raise_error(208, 16, 6, "Invalid object name '%s'.", name_text(s->parts));
	else
		must_be_new(&p);
	id = new_object(&p, "V", 0, "", s->text, s->s2);
	if (s->list && s->list->n != b->cols->n)
		raise_error(s->list->n < b->cols->n ? 8158 : 8159, 16, 1, "'%s' has %s columns than were specified in the column list.", p.name, s->list->n < b->cols->n ? "more" : "fewer");
	for (i = 0; i < b->cols->n; i++)
	{
		OutCol	   *c = b->cols->v[i];
		const char *name = s->list ? s->list->v[i] : c->name;

		if (!*name)
			raise_error(4511, 16, 1, "Create View or Function failed because no column name was specified for column %d.", i + 1);
		for (j = 0; j < i; j++)
			if (strcasecmp(s->list ? s->list->v[j] : ((OutCol *) b->cols->v[j])->name, name) == 0)
				raise_error(4506, 16, 1, "Column names in each view or function must be unique. Column name '%s' in view or function '%s' is specified more than once.", name, p.name);
		new_column(id, i + 1, name, c->t, NULL, c->nullable, NULL);
	}
	reload(id);
}

static void
create_index(Stmt *s)
{
	Object	   *o = catalog_find(s->parts);
	int			id,
				i;
	Buf			cols = {0},
				inc = {0};

	if (!o || o->type[0] != 'U')
		raise_error(1088, 16, 12, "Cannot find the object \"%s\" because it does not exist or you do not have permissions.", name_text(s->parts));
	if (pg_value(fmt("SELECT 1 FROM ms.indexes WHERE object_id = %d AND name = %s", o->id, pg_quote(s->s))))
		raise_error(1913, 16, 1, "The operation failed because an index or statistics with name '%s' already exists on table '%s'.", s->s, name_text(s->parts));
	if (s->flag2 && pg_value(fmt("SELECT 1 FROM ms.indexes WHERE object_id = %d AND index_id = 1", o->id)))
		raise_error(1902, 16, 3, "Cannot create more than one clustered index on table '%s'. Drop the existing clustered index before creating another.", o->name);
	id = atoi(pg_value("SELECT nextval('ms.object_ids')"));
	for (i = 0; i < s->list->n; i++)
	{
		Order	   *k = s->list->v[i];

		buf_printf(&cols, "%s%s", i ? ", " : "", index_key(need_column(o, k->e->s, ""), k->desc, true));
	}
	for (i = 0; i < s->list2->n; i++)
		buf_printf(&inc, "%sc%d", i ? ", " : " INCLUDE (", need_column(o, s->list2->v[i], "")->id);
	if (inc.n)
		buf_putc(&inc, ')');
	pg_run(fmt("CREATE %sINDEX i%d ON %s (%s)%s%s%s", s->flag ? "UNIQUE " : "", id, o->pg, buf_dup(&cols), inc.n ? buf_dup(&inc) : "", s->flag ? " NULLS NOT DISTINCT" : "",
			   s->e ? fmt(" WHERE %s", bind_cond(table_scope(o), s->e)) : ""));
	new_index(o, s->s, s->flag2, s->flag, false, false, s->e ? fmt("(%s)", deparse(s->e)) : NULL, s->list, s->list2, fmt("i%d", id));
}

static void
drop_one(Stmt *s, Vec *parts)
{
	const char *what = lower_s(s->s);
	Object	   *o;

	if (strcmp(s->s, "SCHEMA") == 0 || strcmp(s->s, "DATABASE") == 0)
	{
		bool		schema = s->s[0] == 'S';
		char	   *r = pg_value(fmt("SELECT ms.drop_%s(%s)", what, pg_quote(parts->v[0])));

		if (r && r[0] == 'm' && !s->flag)
			raise_error(schema ? 15151 : 3701, schema ? 16 : 11, 1, "Cannot drop the %s '%s', because it does not exist or you do not have permission.", what, (char *) parts->v[0]);
		if (r && r[0] == 'u')
			raise_error(3729, 16, 1, "Cannot drop schema '%s' because it is being referenced by object '%s'.", (char *) parts->v[0], r + 1);
		return;
	}
	if (strcmp(s->s, "INDEX") == 0)
	{
		char	   *pg;

		o = catalog_need(s->parts);
		pg = pg_value(fmt("DELETE FROM ms.indexes WHERE object_id = %d AND name = %s AND NOT is_primary_key AND NOT is_unique_constraint RETURNING index_id || ' ' || pg", o->id, pg_quote(parts->v[0])));
		if (!pg && !s->flag)
			raise_error(3701, 11, 7, "Cannot drop the index '%s.%s', because it does not exist or you do not have permission.", name_text(s->parts), (char *) parts->v[0]);
		if (pg)
		{
			pg_run(fmt("DELETE FROM ms.index_columns WHERE object_id = %d AND index_id = %d", o->id, atoi(pg)));
			pg_run(fmt("DROP INDEX d.%s", strchr(pg, ' ') + 1));
			if (atoi(pg) == 1)
				pg_run(fmt("INSERT INTO ms.indexes VALUES (%d, 0, NULL, 0, false, false, false, NULL, NULL)", o->id));
		}
		return;
	}
	o = catalog_find(parts);
	if (!o || o->type[0] != (s->s[0] == 'T' ? 'U' : 'V'))
	{
		if (s->flag && !o)
			return;
		raise_error(3701, 11, 5, "Cannot drop the %s '%s', because it does not exist or you do not have permission.", what, name_text(parts));
	}
	if (pg_value(fmt("SELECT 1 FROM ms.foreign_keys WHERE referenced_object_id = %d AND parent_object_id <> %d", o->id, o->id)))
		raise_error(3726, 16, 1, "Could not drop object '%s' because it is referenced by a FOREIGN KEY constraint.", name_text(parts));
	pg_run(fmt("SELECT ms.drop_object(%d)", o->id));
}

static void
alter_add(Object *o, Stmt *s)
{
	int			i;

	for (i = 0; i < s->list->n; i++)
	{
		ColDef	   *d = s->list->v[i];
		int			id = atoi(pg_value(fmt("SELECT max(column_id) + 1 FROM ms.columns WHERE object_id = %d", o->id)));
		bool		nullable = def_nullable(s->list2, d);
		Vec		   *cons = vec_new();
		int			j;

		if (pg_value(fmt("SELECT 1 FROM ms.columns WHERE object_id = %d AND name = %s", o->id, pg_quote(d->name))))
			raise_error(2705, 16, 4, "Column names in each table must be unique. Column name '%s' in table '%s' is specified more than once.", d->name, name_text(s->parts));
		if (d->computed)
		{
			Type		t = computed_type(o->id, d, &nullable);

			new_column(o->id, id, d->name, t, NULL, nullable, d);
			continue;
		}
		if (d->identity)
			pg_run(fmt("CREATE SEQUENCE d.s%d START WITH %s INCREMENT BY %s MINVALUE -9223372036854775808", o->id, d->seed, d->incr));
		new_column(o->id, id, d->name, d->type, d->type_name, nullable, d);
		pg_run(fmt("ALTER TABLE %s ADD COLUMN %s", o->pg, column_sql(o->id, id, d, true)));
		o = reload(o->id);
		/* A default fills the rows that are there only where NULL is not allowed. */
		for (j = 0; j < s->list2->n; j++)
		{
			ConDef	   *c = s->list2->v[j];

			if (c->k == C_DEFAULT && strcasecmp(c->for_col, d->name) == 0)
			{
				add_constraint(o, c);
				if (!nullable)
					pg_run(fmt("UPDATE %s SET c%d = DEFAULT", o->pg, id));
			}
			else
				vec_add(cons, c);
		}
		s->list2 = cons;
		if (!nullable)
		{
			if (pg_value(fmt("SELECT 1 FROM %s WHERE c%d IS NULL LIMIT 1", o->pg, id)))
				raise_error(4901, 16, 1, "ALTER TABLE only allows columns to be added that can contain nulls, or have a DEFAULT definition specified, or the column being added is an identity or timestamp column, or alternatively if none of the previous conditions are satisfied the table must be empty to allow addition of this column. Column '%s' cannot be added to non-empty table '%s' because it does not satisfy these conditions.", d->name, o->name);
			pg_run(fmt("ALTER TABLE %s ALTER COLUMN c%d SET NOT NULL", o->pg, id));
		}
	}
	o = reload(o->id);
	for (i = 0; i < s->list2->n; i++)
		add_constraint(o, s->list2->v[i]);
}

static void
alter_table(Stmt *s)
{
	Object	   *o = catalog_find(s->parts);
	int			i;

	if (!o || o->type[0] != 'U')
		raise_error(4902, 16, 1, "Cannot find the object \"%s\" because it does not exist or you do not have permissions.", name_text(s->parts));
	if (strcmp(s->s, "ADD") == 0)
		alter_add(o, s);
	else if (strcmp(s->s, "DROP COLUMN") == 0)
		for (i = 0; i < s->list->n; i++)
		{
			char	   *r = pg_value(fmt("SELECT ms.drop_column(%d, %s)", o->id, pg_quote(s->list->v[i])));

			if (r && r[0] == 'm' && !s->flag)
				raise_error(4924, 16, 1, "ALTER TABLE DROP COLUMN failed because column '%s' does not exist in table '%s'.", (char *) s->list->v[i], o->name);
			if (r && r[0] == 'u')
				raise_error(5074, 16, 1, "The object '%s' is dependent on column '%s'.", r + 1, (char *) s->list->v[i]);
		}
	else if (strcmp(s->s, "DROP CONSTRAINT") == 0)
		for (i = 0; i < s->list->n; i++)
		{
			char	   *r = pg_value(fmt("SELECT ms.drop_constraint(%d, %s)", o->id, pg_quote(s->list->v[i])));

			if (r && r[0] == 'm' && !s->flag)
				raise_error(3728, 16, 1, "'%s' is not a constraint.", (char *) s->list->v[i]);
		}
	else if (strcmp(s->s, "ALTER COLUMN") == 0)
	{
		Column	   *c = need_column(o, s->col->name, "");
		Type		t = s->col->type;
		bool		nullable = s->col->nullable != 0;

		pg_run(fmt("ALTER TABLE %s ALTER COLUMN c%d DROP DEFAULT, ALTER COLUMN c%d TYPE %s USING %s, ALTER COLUMN c%d %s NOT NULL", o->pg, c->id, c->id, type_storage(t),
				   assign_sql(ex_of(fmt("c%d", c->id), c->type), &(Column) {c->id, c->name, t, true, false, NULL, NULL}, o), c->id, nullable ? "DROP" : "SET"));
		if (c->def)
			pg_run(fmt("ALTER TABLE %s ALTER COLUMN c%d SET DEFAULT %s", o->pg, c->id, c->def));
		pg_run(fmt("UPDATE ms.columns SET user_type_id = %d, len = %d, prec = %d, scale = %d, collation_name = %s, is_nullable = %s WHERE object_id = %d AND column_id = %d",
				   kind_info(t.k)->user_id, t.len, t.prec, t.scale, is_char(t.k) ? pg_quote(coll_info(t.coll)->name) : "NULL", nullable ? "true" : "false", o->id, c->id));
	}
	reload(o->id);
}

/* A session's temporary tables, at its end. */
void
drop_temp_tables(void)
{
	pg_run(fmt("SELECT ms.drop_temp(%d)", session.spid));
}

void
ddl_run(Stmt *s)
{
	int			i;

	switch (s->k)
	{
		case S_CREATE_TABLE:
			create_table(s);
			break;
		case S_ALTER_TABLE:
			alter_table(s);
			break;
		case S_CREATE_INDEX:
			create_index(s);
			break;
		case S_CREATE_VIEW:
			create_view(s);
			break;
		case S_DROP:
			for (i = 0; i < s->list->n; i++)
			{
				drop_one(s, s->list->v[i]);
				catalog_changed();
			}
			break;
		case S_TRUNCATE:
			{
				Object	   *o = catalog_need(s->parts);

				if (pg_value(fmt("SELECT 1 FROM ms.foreign_keys WHERE referenced_object_id = %d AND parent_object_id <> %d", o->id, o->id)))
					raise_error(4712, 16, 1, "Cannot truncate table '%s' because it is being referenced by a FOREIGN KEY constraint.", name_text(s->parts));
				pg_run(fmt("TRUNCATE %s", o->pg));
				for (i = 0; i < o->cols->n; i++)
					if (((Column *) o->cols->v[i])->identity)
						pg_run(fmt("ALTER SEQUENCE d.s%d RESTART", o->id));
				break;
			}
		case S_CREATE_SCHEMA:
			if (catalog_schema(session.db_id, s->s))
				raise_error(2714, 16, 6, "There is already an object named '%s' in the database.", s->s);
			pg_run(fmt("INSERT INTO ms.schemas SELECT %d, greatest(max(schema_id), 4) + 1, %s FROM ms.schemas WHERE database_id IN (0, %d)", session.db_id, pg_quote(s->s), session.db_id));
			break;
		case S_CREATE_DATABASE:
			if (catalog_db(s->s, NULL))
				raise_error(1801, 16, 3, "Database '%s' already exists. Choose a different database name.", s->s);
			pg_run(fmt("INSERT INTO ms.databases SELECT max(database_id) + 1, %s FROM ms.databases", pg_quote(s->s)));
			break;
		case S_ALTER_DATABASE:
			if (strcasecmp(s->s, "CURRENT") != 0 && !catalog_db(s->s, NULL))
				raise_error(5011, 14, 9, "User does not have permission to alter database '%s', the database does not exist, or the database is not in a state that allows access checks.", s->s);
			if (strcmp(s->s2, "ALLOW_SNAPSHOT_ISOLATION") == 0)
				pg_run(fmt("UPDATE ms.databases SET snapshot = %s WHERE name = %s", s->flag ? "true" : "false",
						   pg_quote(strcasecmp(s->s, "CURRENT") == 0 ? session.db : s->s)));
			break;
		default:
			raise_error(102, 15, 1, "Incorrect syntax.");
	}
	catalog_changed();
	session.ddl_in_tran = session.trancount > 0;
}
