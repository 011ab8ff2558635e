/*
 * bind.h
 *	  From the syntax tree to SQL of the backend: names, types, nullability.
 */
#ifndef TDS_BIND_H
#define TDS_BIND_H

#include "catalog.h"
#include "error.h"

/* A bound expression. */
typedef struct Ex
{
	const char *sql;
	Type		t;
	bool		nullable;
	int			collprec;		/* 0 literal, 1 column, 2 COLLATE */
	bool		lit;			/* a constant of the text; then text is its value */
	const char *text;
	bool		identity;
	const char *name;
} Ex;

typedef struct OutCol
{
	const char *name;
	Type		t;
	bool		nullable,
				identity;
	const char *table;			/* of text, ntext, image */
} OutCol;

/* A table in a FROM clause: its columns are pg.c<id>. */
typedef struct Rel
{
	const char *alias;			/* as the statement calls it */
	const char *pg;
	Object	   *obj;			/* NULL for a derived table */
	Vec		   *cols;			/* Column */
	bool		nullside;
	bool		aliased;
	const char *rowid;			/* the ctid of the target, when it is one */
} Rel;

typedef struct Scope
{
	struct Scope *up;
	Vec		   *rels;
	Vec		   *ctes;			/* Cte, innermost first by chain */
	bool		grouped;
	Vec		   *groups;			/* Node */
	bool		in_agg;
	bool		no_agg;			/* in WHERE, ON, GROUP BY */
	int			clause;			/* 8120 select, 8121 having, 8127 order by */
	struct Scope *cte_scope;
} Scope;

typedef struct Bound
{
	const char *sql;
	Vec		   *cols;			/* OutCol */
} Bound;

typedef enum CastMode
{
	CAST_EXPLICIT, CAST_IMPLICIT, CAST_ASSIGN, CAST_TRY
} CastMode;

/* bind_cast.c */
extern const char *cast_sql(Ex e, Type to, int style, CastMode mode);
extern const char *assign_sql(Ex e, Column *c, Object *o);
extern Ex	cast_ex(Ex e, Type to);

/* bind_expr.c */
extern Ex	bind_expr(Scope *s, Node *n);
extern const char *bind_cond(Scope *s, Node *n);
extern const char *compare_sql(const char *op, Ex a, Ex b);
extern const char *key_sql(Ex e);
extern bool node_equal(Node *a, Node *b);
extern bool has_aggregate(Node *n);
extern Ex	arith(const char *op, Ex a, Ex b);
extern const char *like_regex(const char *pattern, const char *escape);
extern int	merge_coll(Ex a, Ex b, const char *op);
extern Ex	column_ex(Rel *r, Column *c);
extern Ex	ex_of(const char *sql, Type t);

/* bind_func.c */
extern Ex	bind_call(Scope *s, Node *n);

/* bind_session.c */
extern Ex	bind_global(Node *n);

/* bind_aggregate.c */
extern bool is_aggregate_name(const char *name);

/* bind_query.c */
extern Bound *bind_query(Scope *up, Query *q, bool subquery);
extern const char *bind_from(Scope *s, Vec *from);
extern Rel *find_rel(Scope *s, const char *name);
extern Rel *add_table(Scope *s, Object *o, const char *alias);
extern Vec *bind_items(Scope *s, Vec *items, Vec *cols);
extern const char *order_sql(Ex e, bool desc);
extern Scope *new_scope(Scope *up);
extern const char *limit_sql(Scope *s, Node *n);

/* bind_dml.c */
typedef struct Dml
{
	const char *sql;
	Vec		   *cols;			/* of OUTPUT, or NULL */
	Object	   *target;
	bool		explicit_identity;
} Dml;

extern Dml *bind_insert(Stmt *s);
extern Dml *bind_update(Stmt *s);
extern Dml *bind_delete(Stmt *s);

/* deparse.c */
extern const char *deparse(Node *n);

#endif
