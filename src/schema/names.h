/*-------------------------------------------------------------------------
 *
 * names.h
 *	  GraphQL names from the names of tables, columns, types and labels.
 *
 *	  These functions look at one name alone and always give a valid GraphQL
 *	  name; whether it is free is for the caller to see.  Results are in the
 *	  current memory context.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_SCHEMA_NAMES_H
#define FSQ_SCHEMA_NAMES_H

#include "postgres.h"

#include "schema/naming.h"

typedef struct FsqRelationNames
{
	char	   *type;			/* "OrderItem" */
	char	   *list;			/* "orderItems" */
	char	   *item;			/* "orderItem" */
} FsqRelationNames;

extern void fsq_names_of_relation(FsqRelationNames *names, const char *relation,
								  const FsqNamingRules *rules);
extern char *fsq_name_of_column(const char *column, const FsqNamingRules *rules);
extern char *fsq_name_of_function(const char *function, const FsqNamingRules *rules);
extern char *fsq_name_of_type(const char *type, const FsqNamingRules *rules);
extern char *fsq_name_of_label(const char *label, const FsqNamingRules *rules);

/* A name with the schema's, which is not a GraphQL name yet, before it. */
extern char *fsq_name_qualified_type(const char *schema, const char *type,
									 const FsqNamingRules *rules);
extern char *fsq_name_qualified_field(const char *schema, const char *field,
									  const FsqNamingRules *rules);
/* A name made of two: base "By" rest, in the style of the naming. */
extern char *fsq_name_join(const char *base, const char *word, const char *rest,
						   const FsqNamingRules *rules);
/* A name with a number that tells it from others: name_2; _2 where the name is _. */
extern char *fsq_name_numbered(const char *name, int number);
/* A name in UPPER_SNAKE. */
extern char *fsq_name_upper(const char *name);
/* A name with its first letter in upper case. */
extern char *fsq_name_capital(const char *name);

/* Whether it may be the name of a GraphQL field or type (not beginning with "__"). */
extern bool fsq_name_valid(const char *name);

/* inflect.c: of one word in lower case */
extern char *fsq_singular(const char *word);
extern char *fsq_plural(const char *word);

#endif							/* FSQ_SCHEMA_NAMES_H */
