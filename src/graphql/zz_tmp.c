#include "postgres.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "graphql/ast.h"
PG_FUNCTION_INFO_V1(zz_parse);
Datum zz_parse(PG_FUNCTION_ARGS)
{
	text *t = PG_GETARG_TEXT_PP(0);
	FsqErrorList e;
	FsqDocument *d;
	StringInfoData out;
	fsq_errors_init(&e, VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t));
	d = fsq_parse(VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t), &e);
	initStringInfo(&out);
	if (d == NULL) fsq_errors_write(&out, &e);
	else fsq_print_node(&out, (FsqNode *) d);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}
