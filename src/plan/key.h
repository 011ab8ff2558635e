/*-------------------------------------------------------------------------
 *
 * key.h
 *	  How the rows of a relation find the rows of another: the columns of a
 *	  link, what their values are compared as, and the SQL that says so.
 *
 *	  Two columns whose types differ meet in a common form (FsqKeyForm): the
 *	  SQL of a child fetch may find more rows than the keys asked for, never
 *	  fewer, and the merge by this form drops what matches no parent.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_PLAN_KEY_H
#define FSQ_PLAN_KEY_H

#include "postgres.h"

#include "lib/stringinfo.h"
#include "schema/keypair.h"
#include "schema/schema.h"
#include "utils/typcache.h"
#include "utils/uuid.h"

/* What keys of both sides become before they are compared. */
typedef enum FsqKeyForm
{
	FSQ_KEY_INTEGER,			/* int64 */
	FSQ_KEY_NUMERIC,			/* digits without trailing zeros */
	FSQ_KEY_TEXT,				/* bytes */
	FSQ_KEY_UUID,				/* sixteen bytes */
	FSQ_KEY_DATUM				/* the type's own equality */
} FsqKeyForm;

typedef struct FsqKeyColumn
{
	FsqKeyForm	form;
	int			parent_column;	/* position in the parent's result */
	int			child_column;	/* position in this statement's result */
	Oid			parent_type;	/* without domains */
	Oid			child_type;

	/* the parameter that carries the keys is an array of this type */
	Oid			param_type;
	int16		typlen;
	bool		typbyval;
	char		typalign;
	bool		both_cases;		/* a uuid as text goes in lower and upper case */

	TypeCacheEntry *cache;		/* DATUM */
	Oid			collation;		/* DATUM */
} FsqKeyColumn;

/*
 * Fill in a key column.  exact: the SQL must not find more than the key asks
 * for, as the rows that are found are counted (limit); else it may, so that it
 * can use an index.
 */
extern void fsq_key_init(FsqKeyColumn *key, FsqColumn *parent, FsqColumn *child, bool exact);

/* Append what a child's rows are compared by: exactly, or as an index has it. */
extern void fsq_key_expression(StringInfo sql, const char *alias, FsqColumn *parent,
							   FsqColumn *child, bool exact);
/* Append the equality operator of the key's parameter type. */
extern void fsq_key_operator(StringInfo sql, const FsqKeyColumn *key);
/*
 * What begins a relation of arrays of keys, unnested side by side, and ends with
 * a parenthesis: each is one column, which FROM would make several of a row's.
 */
extern const char *fsq_key_arrays(const FsqKeyColumn *keys, int n);
/* Append the condition that joins a row of one relation with one of another. */
extern void fsq_key_join(StringInfo sql, const char *inner_alias, FsqColumn *inner,
						 const char *outer_alias, FsqColumn *outer);

/* Append COLLATE and a collation by its full name. */
extern void fsq_append_collation(StringInfo sql, Oid collation);

/* Read 8-4-4-4-12 hexadecimal digits, in any case; false if the text is not that. */
extern bool fsq_read_uuid(const char *str, int length, pg_uuid_t *uuid);

#endif							/* FSQ_PLAN_KEY_H */
