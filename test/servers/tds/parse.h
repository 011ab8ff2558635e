/*
 * parse.h
 *	  What the parts of the parser share: the cursor over the tokens.
 */
#ifndef TDS_PARSE_H
#define TDS_PARSE_H

#include "ast.h"
#include "error.h"
#include "lex.h"

extern Tok *tok;				/* the next token */
extern const char *source;		/* the text of the batch */

extern void syntax_error(void) __attribute__((noreturn));
extern bool is_word(const char *w);
extern bool is_word_at(int ahead, const char *w);
extern bool is_op(const char *op);
extern bool take_word(const char *w);
extern bool take_op(const char *op);
extern void need_word(const char *w);
extern void need_op(const char *op);
extern const char *need_name(void);
extern bool at_name(void);
extern Vec *need_qualified(void);
extern int	need_int(void);

/* parse_expr.c */
extern Node *new_node(NodeKind k);
extern Node *parse_value(void);
extern Node *parse_condition(void);
extern Type parse_type(int default_len, const char **name);
extern Vec *parse_order_list(void);
extern Vec *parse_values(void);

/* parse_query.c */
extern Query *parse_query(bool nested);
extern Vec *parse_ctes(void);
extern Vec *parse_items(void);
extern Vec *parse_from(void);
extern void parse_hints(From *f);
extern void skip_option(void);

/* parse_ddl.c */
extern Stmt *parse_create(Stmt *s);
extern Stmt *parse_alter(Stmt *s);
extern Stmt *parse_drop(Stmt *s);

/* parse_stmt.c */
extern Stmt *parse_stmt(void);

#endif
