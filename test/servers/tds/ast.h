/*
 * ast.h
 *	  The syntax tree of T-SQL: what the parser makes and the binder reads.
 */
#ifndef TDS_AST_H
#define TDS_AST_H

#include "types.h"

typedef struct Query Query;
typedef struct Stmt Stmt;

typedef enum NodeKind
{
	N_NUMBER, N_STRING, N_BINARY, N_NULL, N_VAR, N_GLOBAL, N_COLUMN, N_DEFAULT,
	N_NEG, N_BITNOT, N_ARITH, N_CMP, N_AND, N_OR, N_NOT, N_ISNULL, N_LIKE, N_BETWEEN,
	N_IN, N_EXISTS, N_QUANT, N_CASE, N_CAST, N_FUNC, N_SUBQUERY, N_COLLATE, N_ATZONE
} NodeKind;

typedef struct Order
{
	struct Node *e;
	bool		desc;
} Order;

typedef struct Window
{
	Vec		   *partition;		/* Node */
	Vec		   *order;			/* Order */
	const char *frame;			/* as PostgreSQL has it, or NULL */
} Window;

typedef struct Node
{
	NodeKind	k;
	int			line;
	const char *s;				/* literal, name, operator */
	const char *near;			/* the token to complain of */
	bool		isbool;			/* a condition, not a value */
	bool		neg;			/* NOT of LIKE, IN, BETWEEN, IS NULL */
	bool		flag;			/* national, DISTINCT, TRY_, ALL */
	struct Node *a,
			   *b,
			   *c;
	Vec		   *list;			/* arguments, members, WHEN/THEN pairs, name parts */
	Query	   *q;
	Type		type;			/* of CAST */
	Window	   *over;
	Vec		   *within;			/* Order: WITHIN GROUP */
} Node;

typedef struct Item
{
	Node	   *e;
	const char *alias;
	const char *var;			/* @v = e */
	const char *varop;			/* +=, ... : the operator */
	bool		star;
	Vec		   *qual;			/* of t.* */
	int			line;
} Item;

typedef enum FromKind
{
	F_TABLE, F_QUERY, F_VALUES, F_FUNC, F_JOIN
} FromKind;

typedef enum JoinKind
{
	J_INNER, J_LEFT, J_RIGHT, J_FULL, J_CROSS, J_CROSS_APPLY, J_OUTER_APPLY
} JoinKind;

typedef struct From
{
	FromKind	k;
	int			line;
	Vec		   *parts;			/* the name */
	const char *alias;
	Vec		   *cols;			/* aliases of columns */
	Query	   *q;
	Vec		   *rows;			/* of VALUES: Vec of Node */
	Node	   *func;
	bool		for_update;
	JoinKind	join;
	struct From *l,
			   *r;
	Node	   *on;
} From;

typedef struct Cte
{
	const char *name;
	Vec		   *cols;
	Query	   *q;
	struct Cte *outer;			/* the ones visible in its query */
} Cte;

struct Query
{
	int			line;
	Vec		   *ctes;			/* Cte */
	const char *setop;			/* UNION, UNION ALL, EXCEPT, INTERSECT */
	Query	   *l,
			   *r;
	bool		distinct;
	Node	   *top;
	bool		percent,
				ties;
	Vec		   *items;
	Vec		   *into;			/* name parts */
	Vec		   *from;
	Node	   *where;
	Vec		   *group;
	Node	   *having;
	Vec		   *order;
	Node	   *offset,
			   *fetch;
	Vec		   *values;			/* INSERT ... VALUES */
};

typedef struct Assign
{
	const char *col;
	const char *op;				/* of compound assignment, or NULL */
	const char *var;			/* @v = ... */
	Node	   *e;
	int			line;
} Assign;

typedef struct ColDef
{
	const char *name;
	const char *type_name;
	Type		type;
	int			nullable;		/* -1: not said */
	bool		identity;
	const char *seed,
			   *incr;
	Node	   *def;
	const char *def_name;
	Node	   *computed;
	bool		persisted;
	int			line;
} ColDef;

typedef enum ConKind
{
	C_PRIMARY, C_UNIQUE, C_FOREIGN, C_CHECK, C_DEFAULT
} ConKind;

typedef struct ConDef
{
	ConKind		k;
	const char *name;
	Vec		   *cols;			/* Order: e is an N_COLUMN */
	Vec		   *ref;			/* name parts */
	Vec		   *refcols;		/* char * */
	const char *on_delete,
			   *on_update;
	Node	   *check;
	int			clustered;		/* -1: not said */
	const char *for_col;
	bool		nocheck;
} ConDef;

typedef enum StmtKind
{
	S_QUERY, S_INSERT, S_UPDATE, S_DELETE, S_TRUNCATE,
	S_DECLARE, S_SET, S_SETOPT, S_IF, S_WHILE, S_BLOCK, S_BREAK, S_CONTINUE, S_RETURN,
	S_TRY, S_PRINT, S_RAISERROR, S_THROW, S_EXEC, S_USE, S_WAITFOR, S_KILL,
	S_BEGIN, S_COMMIT, S_ROLLBACK, S_SAVE,
	S_CREATE_TABLE, S_ALTER_TABLE, S_DROP, S_CREATE_INDEX, S_CREATE_VIEW, S_CREATE_SCHEMA,
	S_CREATE_DATABASE, S_ALTER_DATABASE, S_BULK, S_NOTHING
} StmtKind;

typedef struct Arg
{
	const char *name;
	Node	   *e;
	bool		output;
} Arg;

typedef struct Declare
{
	const char *name;
	Type		type;
	Node	   *e;
} Declare;

struct Stmt
{
	StmtKind	k;
	int			line;
	const char *s;				/* name, option, operator */
	const char *s2;
	Vec		   *parts;
	Vec		   *list;			/* statements, columns, declarations, arguments ... */
	Vec		   *list2;
	Query	   *q;
	Node	   *e,
			   *e2,
			   *e3;
	Stmt	   *a,
			   *b;
	bool		flag,
				flag2;
	Vec		   *from;
	Vec		   *ctes;
	Vec		   *output;			/* Item */
	Vec		   *output_into;
	Node	   *top;
	ConDef	   *con;
	ColDef	   *col;
	const char *text;			/* the source, of a view */
};

/* parse_stmt.c */
extern Vec *parse_batch(const char *sql);
extern Query *parse_view_query(const char *sql);
extern Vec *parse_params(const char *decl);

#endif
