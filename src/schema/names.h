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

#include "fraiseql.h"

typedef struct FsqRelationNames
{
	char	   *type;			/* "OrderItem" */
	char	   *list;			/* "orderItems" */
	char	   *item;			/* "orderItem" */
} FsqRelationNames;

extern void fsq_names_of_relation(FsqRelationNames *names, const char *relation, FsqNaming naming);
extern char *fsq_name_of_column(const char *column, FsqNaming naming);
extern char *fsq_name_of_type(const char *type);
extern char *fsq_name_of_label(const char *label);

/* A name with the schema's, which is not a GraphQL name yet, before it. */
extern char *fsq_name_qualified_type(const char *schema, const char *type);
extern char *fsq_name_qualified_field(const char *schema, const char *field, FsqNaming naming);
/* A name made of two: base "By" rest, in the style of the naming. */
extern char *fsq_name_join(const char *base, const char *word, const char *rest, FsqNaming naming);
/* A name with a number that tells it from others: name_2; _2 where the name is _. */
extern char *fsq_name_numbered(const char *name, int number);
/* A name with its first letter in upper case. */
extern char *fsq_name_capital(const char *name);

/* Whether it may be the name of a GraphQL field or type (not beginning with "__"). */
extern bool fsq_name_valid(const char *name);

/* inflect.c: of one word in lower case */
extern char *fsq_singular(const char *word);
extern char *fsq_plural(const char *word);

#endif							/* FSQ_SCHEMA_NAMES_H */
