// steady RATE SECONDS FOLDER: so many times a second, runs /bin/true with arguments of its own, one in ten times in namespaces of its own, and one in
// a hundred in a new session; and makes, renames and deletes a file in FOLDER, and opens a TCP connection to itself over 127.0.0.1. Says how often at the end.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <fcntl.h>

static void check(long result, const char *call) {
  if (result >= 0) return;
  perror(call);
  exit(1);
}

static void run_program(int number) {
  char tag[64], path[64];
  snprintf(tag, sizeof tag, "tag-steady-%d", number);
  snprintf(path, sizeof path, "/a/path/of/number/%d", number);
  char *arguments[] = {"/bin/true", tag, "--an-argument=of-some-length", path, NULL};
  char *environment[] = {"PATH=/usr/bin:/bin", "LANG=C.UTF-8", NULL};
  pid_t pid = fork();
  check(pid, "fork");
  if (pid == 0) {
    if (number % 10 == 0) check(unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC), "unshare");
    if (number % 100 == 0) setsid();
    execve(arguments[0], arguments, environment);
    _exit(127);
  }
  int status;
  check(waitpid(pid, &status, 0), "waitpid");
}

static void use_files(const char *folder, int number) {
  char path[512], other[520];
  snprintf(path, sizeof path, "%s/file-%d", folder, number);
  snprintf(other, sizeof other, "%s.new", path);
  int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  check(fd, "open");
  close(fd);
  check(rename(path, other), "rename");
  check(unlink(other), "unlink");
}

static void connect_to(const struct sockaddr_in *address, int server) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  check(connect(fd, (const struct sockaddr *)address, sizeof *address), "connect");
  int accepted = accept4(server, NULL, NULL, SOCK_CLOEXEC);
  check(accepted, "accept");
  // Otherwise each leaves a port behind that nobody can use for a minute.
  struct linger at_once = {.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(fd);
  close(accepted);
}

int main(int count, char **words) {
  if (count != 4) return 2;
  long rate = atol(words[1]), seconds = atol(words[2]), number = 0;
  int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  check(bind(server, (struct sockaddr *)&address, sizeof address), "bind");
  check(listen(server, 16), "listen");
  socklen_t length = sizeof address;
  check(getsockname(server, (struct sockaddr *)&address, &length), "getsockname");
  struct timespec start, next;
  clock_gettime(CLOCK_MONOTONIC, &start);
  // When the host does not keep up, less is done, not more at once.
  for (next = start; next.tv_sec - start.tv_sec < seconds; number++) {
    run_program(number);
    use_files(words[3], number);
    connect_to(&address, server);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    next.tv_nsec += 1000000000 / rate;
    if (next.tv_nsec >= 1000000000) { next.tv_nsec -= 1000000000; next.tv_sec++; }
    if (now.tv_sec > next.tv_sec || (now.tv_sec == next.tv_sec && now.tv_nsec > next.tv_nsec)) next = now;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
  }
  printf("%ld\n", number);
  return 0;
}
