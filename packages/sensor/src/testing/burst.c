// burst COUNT PATH TAG: runs PATH COUNT times, one after the other, with the arguments PATH and TAG-0, TAG-1, …
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int count, char **words) {
  (void)count;
  int times = atoi(words[1]);
  char tag[64];
  char *arguments[] = {words[2], tag, "--an-argument=of-some-length", "/a/path/of/some/length", NULL};
  char *environment[] = {"PATH=/usr/bin:/bin", "LANG=C.UTF-8", NULL};
  for (int i = 0; i < times; i++) {
    snprintf(tag, sizeof tag, "%s-%d", words[3], i);
    pid_t pid = vfork();
    if (pid == 0) {
      execve(words[2], arguments, environment);
      _exit(127);
    }
    int status;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) return 1;
  }
  return 0;
}
