/*-------------------------------------------------------------------------
 *
 * main.c
 *	  The fuzzer's target without a fuzzer: it is given the files that are
 *	  named as arguments.
 *
 *-------------------------------------------------------------------------
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
	{
		FILE	   *file = fopen(argv[i], "rb");
		uint8_t    *data = NULL;
		size_t		size = 0;
		int			c;

		if (file == NULL)
		{
			perror(argv[i]);
			return 1;
		}
		while ((c = getc(file)) != EOF)
		{
			data = realloc(data, size + 1);
			data[size++] = c;
		}
		fclose(file);
		fprintf(stderr, "%s\n", argv[i]);
		LLVMFuzzerTestOneInput(data, size);
		free(data);
	}
	return 0;
}
