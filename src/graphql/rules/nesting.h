/*-------------------------------------------------------------------------
 *
 * nesting.h
 *	  How deep selection sets nest when fragments are spread.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_GRAPHQL_NESTING_H
#define FSQ_GRAPHQL_NESTING_H

#include "graphql/rules/rule.h"

/*
 * Check that no definition of the document nests selection sets more than
 * FSQ_MAX_DEPTH levels deep, those of its fragments included.  False after
 * adding an error: nobody may walk the document through its fragments.
 */
extern bool fsq_check_nesting(FsqValidator *v);

#endif							/* FSQ_GRAPHQL_NESTING_H */
