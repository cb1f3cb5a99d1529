/*
 * load-module NAME [parameter=value]...   insert a kernel module of the board, as insmod would
 * load-module -r NAME                     remove it, as rmmod would
 * NAME is looked for in the folder BOARD_MODULES unless it is a path.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int failed(const char *what, const char *parameters)
{
	fprintf(stderr, "load-module: %s%s: %s\n", what, parameters, strerrorname_np(errno));
	return 1;
}

int main(int argc, char **argv)
{
	const char *folder = getenv("BOARD_MODULES");
	char path[4096], parameters[4096] = "";
	int fd;

	if (argc < 2) {
		fputs("usage: load-module NAME [parameter=value]... | load-module -r NAME\n", stderr);
		return 2;
	}
	if (argc == 3 && !strcmp(argv[1], "-r"))
		return syscall(SYS_delete_module, argv[2], O_NONBLOCK) < 0 ? failed("remove ", argv[2]) : 0;
	if (strchr(argv[1], '/'))
		snprintf(path, sizeof(path), "%s", argv[1]);
	else
		snprintf(path, sizeof(path), "%s/%s.ko", folder ? folder : ".", argv[1]);
	for (int i = 2; i < argc; i++) {
		size_t used = strlen(parameters);

		snprintf(parameters + used, sizeof(parameters) - used, " %s", argv[i]);
	}

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || syscall(SYS_finit_module, fd, parameters, 0) < 0)
		return failed(path, parameters);
	return 0;
}
