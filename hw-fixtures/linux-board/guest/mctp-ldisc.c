/* mctp-peer: turning a tty into the kernel's MCTP serial link. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "mctp-peer.h"

#define N_MCTP 28

static int make_raw(int fd)
{
	struct termios mode;

	if (tcgetattr(fd, &mode) < 0)
		return -1;
	cfmakeraw(&mode);
	mode.c_cflag |= CLOCAL;	/* no modem lines needed */
	return tcsetattr(fd, TCSANOW, &mode);
}

/* The kernel does not say which interface a tty became: it is the one that was not there before. */
static unsigned newest_serial(char name[IF_NAMESIZE])
{
	struct if_nameindex *all = if_nameindex();
	unsigned newest = 0;

	for (struct if_nameindex *one = all; one && one->if_index; one++)
		if (!strncmp(one->if_name, "mctpserial", 10) && one->if_index > newest) {
			newest = one->if_index;
			snprintf(name, IF_NAMESIZE, "%s", one->if_name);
		}
	if_freenameindex(all);
	return newest;
}

int command_ldisc(int argc, char **argv)
{
	int discipline = N_MCTP, fd;
	char name[IF_NAMESIZE];
	unsigned before, after;

	if (argc != 1)
		return USAGE;
	before = newest_serial(name);
	fd = open(argv[0], O_RDWR | O_NOCTTY);
	if (fd < 0 || make_raw(fd) < 0 || ioctl(fd, TIOCSETD, &discipline) < 0)
		return failed(argv[0]);
	after = newest_serial(name);
	if (after <= before) {
		errno = ENODEV;
		return failed("no new interface");
	}
	puts(name);
	fflush(stdout);

	/* Closing the tty would remove the interface, so a child keeps it. It lets go of the caller's pipes. */
	switch (fork()) {
	case -1:
		return failed("fork");
	case 0:
		setsid();
		close(0);
		close(1);
		close(2);
		for (;;)
			pause();
	}
	return OK;
}
