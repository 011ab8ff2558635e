/*-------------------------------------------------------------------------
 *
 * suggest.h
 *	  "Did you mean ...?": the valid names nearest to a wrong one.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_GRAPHQL_SUGGEST_H
#define FSQ_GRAPHQL_SUGGEST_H

#include "postgres.h"

#include "nodes/pg_list.h"

/* Those of names (of const char *) that are near to input, nearest first. */
extern List *fsq_suggestions(const char *input, List *names);

/*
 * " Did you mean the <what> "a", "b", or "c"?", or "" without suggestions.
 * what may be NULL.
 */
extern char *fsq_did_you_mean(const char *what, List *suggestions);

/* Order of names: numbers inside them by value. */
extern int	fsq_compare_names(const char *a, const char *b);

/* The names of members (fields, arguments, enum values, directives). */
extern List *fsq_member_names(List *members);

#endif							/* FSQ_GRAPHQL_SUGGEST_H */
