/*-------------------------------------------------------------------------
 *
 * naming.h
 *	  What each value of fraiseql.naming says: one row of rules, which is all
 *	  that the rest of the schema knows of it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_SCHEMA_NAMING_H
#define FSQ_SCHEMA_NAMING_H

#include "postgres.h"

#include "fraiseql.h"

/* A word of the schema that another naming has its own for. */
typedef struct FsqNamingWord
{
	const char *ours;
	const char *theirs;			/* NULL: it has nothing of the kind */
} FsqNamingWord;

typedef struct FsqNamingRules
{
	/* names that are the database's */
	bool		fields_as_they_are; /* fields and arguments; else camelCase */
	bool		types_as_they_are;	/* else PascalCase */
	bool		labels_as_they_are; /* values of enums; else UPPER_SNAKE */
	bool		bare_functions; /* an underscore before a function's name falls away */
	bool		sets_of_one;	/* a function that returns SETOF rows with ROWS 1 gives a row, not a list */
	bool		short_back_fields;	/* userAnalytics is analytics on User */
	const char *const *key_endings; /* what a column's name loses as a relationship; ends with NULL */

	/* names made of others */
	bool		snake;			/* parts are joined by underscores; else each begins with a capital */
	const char *by;				/* before the columns of a key */
	const char *by_primary_key; /* behind the item; "": the item alone */

	/* the fields that are many rows */

	/*
	 * Behind the item, for a connection: nothing is singular or plural, and
	 * there are no lists beside connections.  NULL: the plural, for a list.
	 */
	const char *collection;
	const char *connection;		/* behind what a list is called; "": there are no lists */
	const char *aggregate;
	const char *group_by;

	/* values */
	bool		ids;			/* keys are IDs, whatever their type */
	bool		json_as_text;	/* JSON is written into a string, and read from one */
	bool		computed_numbers;	/* counts and other aggregates are numbers in any case */
	bool		empty_is_nothing;	/* in filters, what is empty says nothing: or: [], or: [{}], not: {} */
	const char *count;			/* the scalar of counts */
	const char *cursor;			/* the scalar of cursors that are given */
	const char *null_test;		/* the enum that isnull takes; NULL: it takes a Boolean */
	const FsqNamingWord *words; /* ends with NULL; NULL: all are ours */
} FsqNamingRules;

#define FSQ_N_NAMINGS (FSQ_NAMING_PG_GRAPHQL_INFLECTED + 1)

extern const FsqNamingRules fsq_naming_rules[FSQ_N_NAMINGS];	/* by FsqNaming */

/*
 * What a word of ours is in a naming: an operator, an argument, a scalar, a
 * type, or the ending of a type that is made of a relation.  NULL: nothing.
 */
extern const char *fsq_naming_word(const FsqNamingRules *rules, const char *word);

#endif							/* FSQ_SCHEMA_NAMING_H */
