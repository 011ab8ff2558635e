/*-------------------------------------------------------------------------
 *
 * overlap.h
 *	  What the two ways of checking overlapping fields share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_GRAPHQL_OVERLAP_H
#define FSQ_GRAPHQL_OVERLAP_H

#include "graphql/rules/rule.h"

/* A field of a selection set, with what it means there. */
typedef struct FsqOverlapField
{
	FsqType    *parent;			/* NULL if unknown */
	const FsqFieldNode *node;
	FsqField   *definition;		/* NULL if unknown */
} FsqOverlapField;

/*
 * Whether no two fields of the document conflict.  False also if that would
 * take too long to find out; time is linear in all but contrived documents.
 */
extern bool fsq_overlap_is_clean(FsqValidator *v);

/* overlap_compare.c: two fields. */
extern FsqOverlapField *fsq_overlap_field(FsqValidator *v, FsqType *parent, const FsqFieldNode *node);
extern const char *fsq_response_key(const FsqFieldNode *node);
extern bool fsq_are_exclusive(const FsqOverlapField *a, const FsqOverlapField *b);
extern bool fsq_same_arguments(const FsqFieldNode *a, const FsqFieldNode *b);
extern bool fsq_shapes_conflict(FsqType *a, FsqType *b);

#endif							/* FSQ_GRAPHQL_OVERLAP_H */
