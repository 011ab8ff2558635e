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

/* What the fields of an operation are collected with. */
typedef struct FsqCollector
{
	FsqSchema  *schema;
	FsqNames   *fragments;		/* of the document, by name */
	FsqVariables *variables;
	FsqErrorList *errors;
} FsqCollector;

/* The fields of one response key. */
typedef struct FsqFieldGroup
{
	const char *key;
	List	   *nodes;			/* of FsqFieldNode * */
} FsqFieldGroup;

/* Prepare to collect the fields of a document's operation. */
extern void fsq_collector_init(FsqCollector *collector, FsqSchema *schema,
							   FsqDocument *document, FsqVariables *variables,
							   FsqErrorList *errors);

/*
 * The fields of an object type by response key, in the order of the request
 * (of FsqFieldGroup *): those of a selection set, or of the merged selection
 * sets of some fields (of FsqFieldNode *).
 */
extern List *fsq_collect_fields(FsqCollector *collector, FsqType *type, List *selections);
extern List *fsq_collect_subfields(FsqCollector *collector, FsqType *type, List *nodes);

#endif							/* FSQ_GRAPHQL_COLLECT_H */
