/*-------------------------------------------------------------------------
 *
 * text.c
 *	  The texts of a fetch's rows, from when they are received until the
 *	  response is written.
 *
 *	  A fetch appends to its current block.  A block that is full stays in
 *	  memory as long as those of the whole request take no more than
 *	  fraiseql.work_mem; others go to a temporary file.  A place in the texts is
 *	  a number that runs through all blocks of its fetch.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "exec/exec.h"
#include "fraiseql.h"
#include "storage/buffile.h"
#include "utils/memutils.h"

/* What a block is given, and how much of it may be left when a row begins. */
#define BLOCK_SIZE (256 * 1024)
#define BLOCK_REST (8 * 1024)

/* Blocks that are looked at before they are searched. */
#define FIND_STEPS 3

/* Bytes that the processor fetches at once. */
#define CACHE_LINE 64

/* Bytes that are read from the file at once, at most. */
#define READ_SIZE (64 * 1024)

struct FsqTextBlock
{
	int32		start;
	char	   *data;			/* NULL: in the file */
	int			segment;		/* its place there */
	off_t		offset;
};

void
fsq_text_init(FsqTexts *texts)
{
	memset(texts, 0, sizeof(*texts));
	initStringInfo(&texts->current);
}

void
fsq_text_too_large(FsqFetchState *state)
{
	ErrorData  *error = fsq_failure_too_large();

	state->execution->too_large = state->fetch;
	ereport(ERROR,
			(errcode(error->sqlerrcode), errmsg_internal("%s", error->message),
			 errhint("%s", error->hint)));
}

/* Write the current block to the file, which belongs to the request. */
static void
write_block(FsqExecution *execution, FsqTexts *texts, FsqTextBlock *block)
{
	if (execution->file == NULL)
	{
		ResourceOwner owner = CurrentResourceOwner;
		MemoryContext old = MemoryContextSwitchTo(execution->context);

		CurrentResourceOwner = execution->owner;
		execution->file = BufFileCreateTemp(false);
		CurrentResourceOwner = owner;
		MemoryContextSwitchTo(old);
	}
	BufFileTell(execution->file, &block->segment, &block->offset);
	BufFileWrite(execution->file, texts->current.data, texts->current.len);
	block->data = NULL;
	resetStringInfo(&texts->current);
}

/* The current block stays where it is; another one is begun. */
static void
keep_block(FsqExecution *execution, FsqTexts *texts, FsqTextBlock *block)
{
	StringInfo	current = &texts->current;

	block->data = current->data;
	execution->text_memory += current->maxlen;
	current->data = MemoryContextAlloc(execution->context, BLOCK_SIZE);
	current->maxlen = BLOCK_SIZE;
	resetStringInfo(current);
}

/* The current block is full. */
static void
end_block(FsqFetchState *state)
{
	FsqExecution *execution = state->execution;
	FsqTexts   *texts = &state->texts;
	int			length = texts->current.len;
	FsqTextBlock *block;

	execution->text_size += length;
	if (execution->text_size > (int64) fsq_max_result_size * 1024)
		fsq_text_too_large(state);
	if (texts->nblocks == texts->capacity)
	{
		texts->capacity = Max(texts->capacity * 2, 16);
		texts->blocks = texts->blocks ?
			repalloc(texts->blocks, sizeof(FsqTextBlock) * texts->capacity) :
			MemoryContextAlloc(execution->context, sizeof(FsqTextBlock) * texts->capacity);
	}
	block = &texts->blocks[texts->nblocks];
	block->start = texts->start;
	if (execution->text_memory + texts->current.maxlen > (int64) fsq_work_mem * 1024)
		write_block(execution, texts, block);
	else
		keep_block(execution, texts, block);
	texts->nblocks++;
	texts->start += length;
}

int32
fsq_text_begin_row(FsqFetchState *state)
{
	FsqTexts   *texts = &state->texts;

	if (unlikely(texts->current.len >= BLOCK_SIZE - BLOCK_REST))
		end_block(state);
	return texts->start + texts->current.len;
}

/*
 * The complete block that holds a place.  Blocks are hardly ever much longer
 * than what is left of one when a row may begin another.
 */
static FsqTextBlock *
find_block(FsqTexts *texts, int32 place)
{
	int			low = 0;
	int			high = texts->nblocks - 1;
	int			guess = Min(place / (BLOCK_SIZE - BLOCK_REST), high);

	for (int i = 0; i < FIND_STEPS; i++, guess--)
		if (texts->blocks[guess].start <= place)
			return &texts->blocks[guess];
	high = guess;
	while (low < high)
	{
		int			middle = (low + high + 1) / 2;

		if (texts->blocks[middle].start <= place)
			low = middle;
		else
			high = middle - 1;
	}
	return &texts->blocks[low];
}

const char *
fsq_text_fetch(FsqFetchState *state, int32 place)
{
	FsqTexts   *texts = &state->texts;
	const char *text;

	if (place >= texts->start)
		text = texts->current.data + (place - texts->start);
	else
	{
		FsqTextBlock *block = find_block(texts, place);

		if (block->data == NULL)
			return NULL;
		text = block->data + (place - block->start);
	}
	/* it may go on in the next line */
	__builtin_prefetch(text);
	__builtin_prefetch(text + CACHE_LINE - 1);
	return text;
}

const char *
fsq_text_read(FsqFetchState *state, int32 from, int32 to, int *length)
{
	FsqExecution *execution = state->execution;
	FsqTexts   *texts = &state->texts;
	FsqTextBlock *block;
	int32		end;
	off_t		offset;

	if (from >= texts->start)
	{
		*length = to - from;
		return texts->current.data + (from - texts->start);
	}
	block = find_block(texts, from);
	end = block == &texts->blocks[texts->nblocks - 1] ? texts->start : block[1].start;
	*length = Min(to, end) - from;
	if (block->data)
		return block->data + (from - block->start);

	*length = Min(*length, READ_SIZE);
	if (execution->read_buffer == NULL)
		execution->read_buffer = MemoryContextAlloc(execution->context, READ_SIZE);
	offset = block->offset + (from - block->start);
	if (BufFileSeek(execution->file, block->segment, offset, SEEK_SET) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not find a row in the temporary file of a request")));
	fsq_buffile_read_exact(execution->file, execution->read_buffer, *length);
	return execution->read_buffer;
}

int64
fsq_text_size(const FsqExecution *execution)
{
	int64		size = execution->text_size;

	for (int i = 0; i < execution->plan->nfetches; i++)
		size += execution->states[i].texts.current.len;
	return size;
}

void
fsq_text_end(FsqExecution *execution)
{
	if (execution->file)
		BufFileClose(execution->file);
	execution->file = NULL;
}
