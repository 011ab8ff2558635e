/*
 * Preloaded beside libasan, and initialised before every other library: some
 * library's constructor holds a lock of libc while it allocates, and the first
 * allocation, which starts AddressSanitizer, would want the same lock.
 */
#include <stdlib.h>

void	   *volatile fsq_first_allocation;

__attribute__((constructor)) static void
allocate_first(void)
{
	fsq_first_allocation = malloc(1);
	free(fsq_first_allocation);
}
