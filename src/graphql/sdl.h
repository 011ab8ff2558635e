/*-------------------------------------------------------------------------
 *
 * sdl.h
 *	  Types from definitions; used by sdl.c and introspection.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_GRAPHQL_SDL_H
#define FSQ_GRAPHQL_SDL_H

#include "graphql/names.h"
#include "graphql/type.h"

/*
 * Make the types of a document's definitions and extensions, adding them to
 * named.  Types they refer to are looked up in named and then in the schema.
 * What refers to an unknown one is left out.  Returns them in order of
 * definition.
 */
extern List *fsq_types_from_definitions(FsqSchema *schema, FsqNames *named, List *definitions);

#endif							/* FSQ_GRAPHQL_SDL_H */
