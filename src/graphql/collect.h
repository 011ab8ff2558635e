/*-------------------------------------------------------------------------
 *
 * collect.h
 *	  CollectFields (specification section 6.3.2): which fields an object is
 *	  asked for.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_GRAPHQL_COLLECT_H
#define FSQ_GRAPHQL_COLLECT_H

#include "graphql/ast.h"
#include "graphql/coerce.h"
#include "graphql/names.h"
#include "graphql/type.h"

/*
 * A condition of @skip and @include: a boolean variable must have this value,
 * and so on outwards.  NULL holds always.
 */
typedef struct FsqCondition
{
	const struct FsqCondition *outer;
	int			variable;		/* index of its definition */
	bool		value;
} FsqCondition;

/* What the fields of an operation are collected with. */
typedef struct FsqCollector
{
	FsqSchema  *schema;
	FsqNames   *fragments;		/* of the document, by name */
	FsqVariables *variables;
	FsqErrorList *errors;

	/*
	 * Fields that depend on variables are collected with their conditions,
	 * whatever the values; otherwise those that the values include.
	 */
	bool		conditional;
	int			nrevisits;		/* fragments spread again under other conditions */
	bool		too_complex;	/* and that too often: the result is of no use */
} FsqCollector;

/* The fields of one response key. */
typedef struct FsqFieldGroup
{
	const char *key;
	List	   *nodes;			/* of FsqFieldNode * */
	List	   *conditions;		/* of FsqCondition *, in step with nodes */

	/*
	 * Where its value stands depends on which of its nodes is the first that is
	 * included: at the first of these places (of FsqCondition *) whose condition
	 * holds.
	 */
	List	   *places;
} FsqFieldGroup;

/* Prepare to collect the fields of a document's operation. */
extern void fsq_collector_init(FsqCollector *collector, FsqSchema *schema,
							   FsqDocument *document, FsqVariables *variables,
							   FsqErrorList *errors);

/*
 * The fields of an object type by response key, in the order of the request
 * (of FsqFieldGroup *): those of a selection set, or of the merged selection
 * sets of the fields of a group.  A group is there once for each of its places.
 */
extern List *fsq_collect_fields(FsqCollector *collector, FsqType *type, List *selections);
extern List *fsq_collect_subfields(FsqCollector *collector, FsqType *type,
								   const FsqFieldGroup *group);

#endif							/* FSQ_GRAPHQL_COLLECT_H */
