/*
 * parse_ddl.c
 *	  CREATE, ALTER and DROP ("CREATE TABLE", "ALTER TABLE", "CREATE INDEX",
 *	  "CREATE VIEW", "DROP TABLE" and their like).
 */
#include "parse.h"

#include <string.h>
#include <strings.h>

/* ON filegroup, WITH (options): accepted, without effect. */
static void
skip_storage(void)
{
	for (;;)
	{
		if (is_word("ON") && !is_word_at(1, "DELETE") && !is_word_at(1, "UPDATE"))
		{
			tok++;
			need_name();
		}
		else if (is_word("TEXTIMAGE_ON"))
		{
			tok++;
			need_name();
		}
		else if (is_word("WITH") && tok[1].k == T_OP && tok[1].s[0] == '(')
		{
			int			depth = 0;

			tok++;
			do
			{
				if (tok->k == T_EOF)
					syntax_error();
				depth += is_op("(") ? 1 : is_op(")") ? -1 : 0;
				tok++;
			} while (depth > 0);
		}
		else
			return;
	}
}

static const char *
parse_action(void)
{
	if (take_word("CASCADE"))
		return "CASCADE";
	if (take_word("NO"))
	{
		need_word("ACTION");
		return "NO ACTION";
	}
	need_word("SET");
	if (take_word("NULL"))
		return "SET NULL";
	need_word("DEFAULT");
	return "SET DEFAULT";
}

static Vec *
parse_column_list(void)
{
	Vec		   *v;

	need_op("(");
	v = parse_order_list();
	need_op(")");
	return v;
}

static void
parse_references(ConDef *c)
{
	c->k = C_FOREIGN;
	c->ref = need_qualified();
	c->refcols = vec_new();
	if (take_op("("))
	{
		do
			vec_add(c->refcols, (void *) need_name());
		while (take_op(","));
		need_op(")");
	}
	while (is_word("ON") && (is_word_at(1, "DELETE") || is_word_at(1, "UPDATE")))
	{
		tok++;
		if (take_word("DELETE"))
			c->on_delete = parse_action();
		else
		{
			need_word("UPDATE");
			c->on_update = parse_action();
		}
	}
	if (take_word("NOT"))
	{
		need_word("FOR");
		need_word("REPLICATION");
	}
}

/* PRIMARY KEY, UNIQUE, FOREIGN KEY, REFERENCES, CHECK, DEFAULT ... FOR; NULL if none. */
static ConDef *
parse_constraint(const char *column)
{
	ConDef	   *c = alloc0(sizeof(ConDef));

	c->clustered = -1;
	if (take_word("CONSTRAINT"))
		c->name = need_name();
	if (is_word("PRIMARY") || is_word("UNIQUE"))
	{
		c->k = is_word("PRIMARY") ? C_PRIMARY : C_UNIQUE;
		tok++;
		if (c->k == C_PRIMARY)
			need_word("KEY");
		if (take_word("CLUSTERED"))
			c->clustered = 1;
		else if (take_word("NONCLUSTERED"))
			c->clustered = 0;
		if (is_op("("))
			c->cols = parse_column_list();
		else if (!column)
			syntax_error();
		skip_storage();
	}
	else if (take_word("FOREIGN"))
	{
		need_word("KEY");
		if (is_op("("))
			c->cols = parse_column_list();
		need_word("REFERENCES");
		parse_references(c);
	}
	else if (column && take_word("REFERENCES"))
		parse_references(c);
	else if (take_word("CHECK"))
	{
		c->k = C_CHECK;
		if (take_word("NOT"))
		{
			need_word("FOR");
			need_word("REPLICATION");
		}
		need_op("(");
		c->check = parse_condition();
		need_op(")");
	}
	else if (take_word("DEFAULT"))
	{
		c->k = C_DEFAULT;
		c->check = parse_value();
		if (take_word("FOR"))
			c->for_col = need_name();
		else if (!column)
			syntax_error();
		if (is_word("WITH") && is_word_at(1, "VALUES"))
			tok += 2;
	}
	else if (c->name)
		syntax_error();
	else
		return NULL;
	if (column && !c->cols && c->k != C_CHECK)
	{
		Order	   *o = alloc0(sizeof(Order));

		o->e = new_node(N_COLUMN);
		o->e->s = column;
		c->cols = vec_new();
		vec_add(c->cols, o);
		if (c->k == C_DEFAULT)
			c->for_col = column;
	}
	return c;
}

/* A column with its constraints, which go to the list of the table. */
static ColDef *
parse_column_def(Vec *constraints)
{
	ColDef	   *c = alloc0(sizeof(ColDef));
	bool		is_timestamp = is_word("timestamp") && tok[1].k == T_OP;

	c->line = tok->line;
	c->nullable = -1;
	c->name = is_timestamp ? (tok->s) : need_name();
	if (take_word("AS"))
	{
		c->computed = parse_value();
		if (take_word("PERSISTED"))
			c->persisted = true;
		if (take_word("NOT"))
		{
			need_word("NULL");
			c->nullable = 0;
		}
	}
	else
		c->type = parse_type(1, &c->type_name);
	for (;;)
	{
		ConDef	   *con;

		if (take_word("COLLATE"))
		{
			const char *n = need_name();
			int			id = coll_by_name(n);

			if (id < 0)
				raise_error(448, 16, 1, "Invalid collation '%s'.", n);
			c->type.coll = id;
		}
		else if (is_word("NOT") && is_word_at(1, "NULL"))
		{
			tok += 2;
			c->nullable = 0;
		}
		else if (take_word("NULL"))
			c->nullable = 1;
		else if (take_word("IDENTITY"))
		{
			c->identity = true;
			c->seed = c->incr = "1";
			if (take_op("("))
			{
				c->seed = fmt("%d", need_int());
				need_op(",");
				c->incr = fmt("%d", need_int());
				need_op(")");
			}
		}
		else if (take_word("ROWGUIDCOL") || take_word("SPARSE"))
			continue;
		else if ((con = parse_constraint(c->name)) != NULL)
			vec_add(constraints, con);
		else
			return c;
	}
}

static Stmt *
parse_create_table(Stmt *s)
{
	s->k = S_CREATE_TABLE;
	s->parts = need_qualified();
	s->list = vec_new();
	s->list2 = vec_new();
	need_op("(");
	do
	{
		if (is_op(")"))
			break;
		if (is_word("CONSTRAINT") || is_word("PRIMARY") || is_word("UNIQUE") || is_word("FOREIGN") || is_word("CHECK"))
			vec_add(s->list2, parse_constraint(NULL));
		else if (is_word("INDEX"))
			syntax_error();
		else
			vec_add(s->list, parse_column_def(s->list2));
	} while (take_op(","));
	need_op(")");
	skip_storage();
	return s;
}

static Stmt *
parse_create_index(Stmt *s)
{
	s->k = S_CREATE_INDEX;
	s->flag = take_word("UNIQUE");
	s->flag2 = take_word("CLUSTERED");
	take_word("NONCLUSTERED");
	need_word("INDEX");
	s->s = need_name();
	need_word("ON");
	s->parts = need_qualified();
	s->list = parse_column_list();
	s->list2 = vec_new();
	if (take_word("INCLUDE"))
	{
		need_op("(");
		do
			vec_add(s->list2, (void *) need_name());
		while (take_op(","));
		need_op(")");
	}
	if (take_word("WHERE"))
		s->e = parse_condition();
	skip_storage();
	return s;
}

static Stmt *
parse_create_view(Stmt *s, size_t begin)
{
	s->k = S_CREATE_VIEW;
	s->parts = need_qualified();
	if (take_op("("))
	{
		s->list = vec_new();
		do
			vec_add(s->list, (void *) need_name());
		while (take_op(","));
		need_op(")");
	}
	if (take_word("WITH"))
		do
			need_name();
		while (take_op(","));
	need_word("AS");
	s->text = dup_s(source + tok->begin);
	s->s2 = dup_s(source + begin);
	parse_view_query(s->text);
	/* A view is the whole of its batch. */
	while (tok->k != T_EOF)
		tok++;
	return s;
}

Stmt *
parse_create(Stmt *s)
{
	size_t		begin = tok->begin;

	need_word("CREATE");
	if (is_word("OR") && is_word_at(1, "ALTER") && is_word_at(2, "VIEW"))
	{
		tok += 2;
		s->flag2 = true;
	}
	if (take_word("TABLE"))
		return parse_create_table(s);
	if (take_word("VIEW"))
		return parse_create_view(s, begin);
	if (take_word("SCHEMA"))
	{
		s->k = S_CREATE_SCHEMA;
		if (!is_word("AUTHORIZATION"))
			s->s = need_name();
		if (take_word("AUTHORIZATION"))
		{
			const char *owner = need_name();

			if (!s->s)
				s->s = owner;
		}
		return s;
	}
	if (take_word("DATABASE"))
	{
		s->k = S_CREATE_DATABASE;
		s->s = need_name();
		if (take_word("COLLATE"))
			need_name();
		return s;
	}
	return parse_create_index(s);
}

static Stmt *
parse_alter_table(Stmt *s)
{
	s->k = S_ALTER_TABLE;
	s->parts = need_qualified();
	s->list = vec_new();
	s->list2 = vec_new();
	if (take_word("WITH"))
	{
		s->flag2 = is_word("NOCHECK");
		if (!take_word("CHECK"))
			need_word("NOCHECK");
	}
	if (take_word("ADD"))
	{
		s->s = "ADD";
		do
		{
			ConDef	   *c = parse_constraint(NULL);

			if (c)
			{
				c->nocheck = s->flag2;
				vec_add(s->list2, c);
			}
			else
				vec_add(s->list, parse_column_def(s->list2));
		} while (take_op(","));
	}
	else if (take_word("DROP"))
	{
		s->s = is_word("COLUMN") ? "DROP COLUMN" : "DROP CONSTRAINT";
		if (!take_word("COLUMN"))
			take_word("CONSTRAINT");
		if (is_word("IF"))
		{
			tok++;
			need_word("EXISTS");
			s->flag = true;
		}
		do
			vec_add(s->list, (void *) need_name());
		while (take_op(","));
	}
	else if (take_word("ALTER"))
	{
		need_word("COLUMN");
		s->s = "ALTER COLUMN";
		s->col = parse_column_def(s->list2);
	}
	else if (is_word("CHECK") || is_word("NOCHECK"))
	{
		s->s = is_word("CHECK") ? "CHECK" : "NOCHECK";
		tok++;
		need_word("CONSTRAINT");
		do
			if (!take_word("ALL"))
				need_name();
		while (take_op(","));
	}
	else
		syntax_error();
	return s;
}

Stmt *
parse_alter(Stmt *s)
{
	need_word("ALTER");
	if (take_word("TABLE"))
		return parse_alter_table(s);
	if (is_word("VIEW"))
	{
		size_t		begin = tok->begin;

		tok++;
		s->flag = true;
		return parse_create_view(s, begin);
	}
	if (take_word("DATABASE"))
	{
		s->k = S_ALTER_DATABASE;
		s->s = need_name();
		need_word("SET");
		s->s2 = upper_s(need_name());
		s->flag = take_word("ON");
		if (!s->flag && !take_word("OFF"))
			need_name();
		if (take_word("WITH"))
			while (at_name() || take_word("ROLLBACK"))
				tok++;
		return s;
	}
	if (take_word("INDEX"))
	{
		s->k = S_NOTHING;
		if (!take_word("ALL"))
			need_name();
		need_word("ON");
		need_qualified();
		if (!take_word("REBUILD"))
			need_word("REORGANIZE");
		return s;
	}
	syntax_error();
}

Stmt *
parse_drop(Stmt *s)
{
	static const char *const kinds[] = {"TABLE", "VIEW", "INDEX", "SCHEMA", "DATABASE"};
	int			i;

	need_word("DROP");
	s->k = S_DROP;
	for (i = 0; i < 5 && !is_word(kinds[i]); i++)
		;
	if (i == 5)
		syntax_error();
	s->s = kinds[i];
	tok++;
	if (is_word("IF"))
	{
		tok++;
		need_word("EXISTS");
		s->flag = true;
	}
	s->list = vec_new();
	do
		vec_add(s->list, need_qualified());
	while (take_op(","));
	if (i == 2)
	{
		need_word("ON");
		s->parts = need_qualified();
	}
	return s;
}
