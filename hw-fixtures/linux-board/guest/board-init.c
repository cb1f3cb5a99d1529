/*
 * board-init: process 1 of the board.
 *
 * Mounts what programs expect, runs the script /run/job/command, carries its standard output and error to the
 * host over the serial lines ttyS1 and ttyS2, leaves its exit status in /run/job/status and powers off.
 * BOARD_JOB (from the kernel command line) is the job folder's path on the host.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define STREAMS 2

struct stream {
	int from;	/* our end of the command's pipe; -1 at its end */
	int to;		/* serial line to the host */
};

/* Process 1 must not simply exit: that is a panic. The console reaches the runner, which shows its last lines. */
static void die(const char *what)
{
	fprintf(stderr, "board-init: %s: %s\n", what, strerror(errno));
	reboot(RB_POWER_OFF);
}

static void mount_on(const char *type, const char *path, unsigned long flags, const char *data)
{
	mkdir(path, 0755);
	if (mount(type, path, type, flags, data) < 0 && errno != EBUSY)
		die(path);
}

/* Host folders below /tmp and /run, which our tmpfs just covered, appear again under their own path. */
static void uncover_folders(void)
{
	FILE *list = fopen("/run/job/folders", "r");
	char path[4096];

	while (list && fgets(path, sizeof(path), list)) {
		path[strcspn(path, "\n")] = 0;
		for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
			*slash = 0;
			mkdir(path, 0755);
			*slash = '/';
		}
		mount_on("hostfs", path, MS_RDONLY, path);
	}
	if (list)
		fclose(list);
}

static void mount_all(void)
{
	const char *job = getenv("BOARD_JOB");

	mount_on("devtmpfs", "/dev", 0, NULL);
	mount_on("proc", "/proc", 0, NULL);
	mount_on("sysfs", "/sys", 0, NULL);
	mount_on("devpts", "/dev/pts", 0, "ptmxmode=666");
	mount_on("tmpfs", "/dev/shm", 0, NULL);
	mount_on("tmpfs", "/run", 0, NULL);
	mount_on("tmpfs", "/tmp", 0, "mode=1777");
	mount_on("hostfs", "/run/job", 0, job ? job : "");
	uncover_folders();
	if (symlink("/proc/self/fd", "/dev/fd") || symlink("/proc/self/fd/0", "/dev/stdin") ||
	    symlink("/proc/self/fd/1", "/dev/stdout") || symlink("/proc/self/fd/2", "/dev/stderr"))
		die("/dev/fd");
}

static void loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		die("lo");
	close(fd);
}

/* Serial lines start as terminals that echo and turn LF into CR LF; we want bytes. The setting outlives a close. */
static int open_raw(const char *path)
{
	int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct termios mode;

	if (fd < 0 || tcgetattr(fd, &mode) < 0)
		die(path);
	cfmakeraw(&mode);
	mode.c_cflag |= CLOCAL;
	tcsetattr(fd, TCSANOW, &mode);
	return fd;
}

static pid_t start_command(struct stream stream[STREAMS], const sigset_t *old_mask)
{
	int out[2], err[2];
	pid_t pid;

	if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		setsid();
		sigprocmask(SIG_SETMASK, old_mask, NULL);
		dup2(open("/dev/null", O_RDONLY), 0);
		dup2(out[1], 1);
		dup2(err[1], 2);
		execl("/bin/sh", "sh", "/run/job/command", NULL);
		_exit(127);
	}
	close(out[1]);
	close(err[1]);
	stream[0].from = out[0];
	stream[1].from = err[0];
	return pid;
}

static void carry(struct stream *s)
{
	char buffer[4096];
	ssize_t n = read(s->from, buffer, sizeof(buffer));

	for (ssize_t done = 0; done < n;) {
		ssize_t put = write(s->to, buffer + done, n - done);

		if (put < 0)
			break;	/* the host closed it */
		done += put;
	}
	if (n <= 0) {
		close(s->from);
		s->from = -1;
	}
}

/* Reaps everything; true once the command itself was among the dead. */
static int reap(pid_t command, int *status)
{
	int ended = 0, one;
	pid_t pid;

	while ((pid = waitpid(-1, &one, WNOHANG)) > 0) {
		if (pid != command)
			continue;
		ended = 1;
		*status = WIFSIGNALED(one) ? 128 + WTERMSIG(one) : WEXITSTATUS(one);
	}
	return ended;
}

static int run_command(struct stream stream[STREAMS])
{
	sigset_t child, old;
	int status = 0;
	pid_t command;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, &old);
	struct pollfd wait[STREAMS + 1] = { { 0 }, { 0 }, { signalfd(-1, &child, SFD_CLOEXEC), POLLIN, 0 } };
	command = start_command(stream, &old);

	while (command || stream[0].from >= 0 || stream[1].from >= 0) {
		for (int i = 0; i < STREAMS; i++)
			wait[i] = (struct pollfd){ stream[i].from, POLLIN, 0 };
		if (poll(wait, STREAMS + 1, -1) < 0)
			continue;
		for (int i = 0; i < STREAMS; i++)
			if (wait[i].revents)
				carry(&stream[i]);
		if (wait[STREAMS].revents) {
			struct signalfd_siginfo info;

			if (read(wait[STREAMS].fd, &info, sizeof(info)) > 0 && reap(command, &status)) {
				command = 0;
				kill(-1, SIGKILL);	/* daemons it left would keep the pipes open */
			}
		}
	}
	return status;
}

static void leave_status(int status)
{
	FILE *file = fopen("/run/job/status.part", "w");

	if (!file || fprintf(file, "%d\n", status) < 0 || fflush(file) || fsync(fileno(file)) || fclose(file) ||
	    rename("/run/job/status.part", "/run/job/status"))
		die("/run/job/status");
}

int main(void)
{
	struct stream stream[STREAMS];
	int status;

	mount_all();
	loopback_up();
	sethostname("board", 5);
	close(open_raw("/dev/ttyS0"));
	stream[0].to = open_raw("/dev/ttyS1");
	stream[1].to = open_raw("/dev/ttyS2");

	status = run_command(stream);

	for (int i = 0; i < STREAMS; i++)
		tcdrain(stream[i].to);
	leave_status(status);
	reboot(RB_POWER_OFF);
}
