/*-------------------------------------------------------------------------
 *
 * printer.h
 *	  String literals, for whoever prints a document without a syntax tree.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_GRAPHQL_PRINTER_H
#define FSQ_GRAPHQL_PRINTER_H

#include "lib/stringinfo.h"

/* Append a string literal of one line. */
extern void fsq_print_string(StringInfo out, const char *str, int length);

/* Append a block string, whose lines are indented to a level of two spaces. */
extern void fsq_print_block_string(StringInfo out, const char *str, int length, int indent);

#endif							/* FSQ_GRAPHQL_PRINTER_H */
