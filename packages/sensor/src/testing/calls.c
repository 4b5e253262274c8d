// calls DIRECTORY: makes each system call on files that the sensor watches, in the directory, in all the ways in which a path can be given.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void check(long result, const char *call) {
  if (result >= 0) return;
  perror(call);
  exit(1);
}

#ifdef __x86_64__
// The 32-bit way into the kernel, where calls have other numbers. Addresses must fit in 32 bits.
static long call32(long number, const char *a, long b, long c) {
  char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  strcpy(low, a);
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(low), "c"(b), "d"(c) : "memory", "r8", "r9", "r10", "r11");
  return (int)result;
}
#endif

#ifdef __x86_64__
static sigjmp_buf refused;
static void refuse(int number) { siglongjmp(refused, number); }
#endif

static void *in_thread(void *name) {
  int fd = open(name, O_CREAT | O_WRONLY, 0600);
  check(fd, "open in a thread");
  return NULL;
}

int main(int count, char **words) {
  (void)count;
  check(chdir(words[1]), "chdir");
  check(mkdir("sub", 0700), "mkdir");
  int here = open(".", O_RDONLY | O_DIRECTORY), sub = open("sub", O_RDONLY | O_DIRECTORY);
  char absolute[4096];

  check(syscall(SYS_openat, AT_FDCWD, "one", O_CREAT | O_EXCL | O_WRONLY, 0600), "openat");
  // Neither makes a file.
  check(syscall(SYS_openat, AT_FDCWD, "one", O_CREAT | O_WRONLY, 0600), "openat again");
  check(syscall(SYS_openat, AT_FDCWD, "one", O_RDONLY), "openat to read");
  check(syscall(SYS_openat, sub, "../two", O_CREAT | O_WRONLY, 0600), "openat in a directory");
  struct open_how how = {.flags = O_CREAT | O_WRONLY, .mode = 0600};
  check(syscall(SYS_openat2, sub, "three", &how, sizeof how), "openat2");
  snprintf(absolute, sizeof absolute, "%s//sub/../four", words[1]);
  check(syscall(SYS_openat, 12345, absolute, O_CREAT | O_WRONLY, 0600), "openat of an absolute path");
  check(syscall(SYS_renameat2, here, "one", sub, "uno", 0), "renameat2");
  check(syscall(SYS_renameat2, AT_FDCWD, "./sub/./uno", 12345, absolute, 0), "renameat2 to an absolute path");
  check(syscall(SYS_unlinkat, sub, "../two", 0), "unlinkat");
  check(syscall(SYS_unlinkat, 12345, absolute, 0), "unlinkat of an absolute path");
  pthread_t thread;
  check(-pthread_create(&thread, NULL, in_thread, "five"), "pthread_create");
  pthread_join(thread, NULL);
#ifdef __x86_64__
  check(syscall(SYS_open, "six", O_CREAT | O_WRONLY, 0600), "open");
  check(syscall(SYS_creat, "seven", 0600), "creat");
  check(syscall(SYS_rename, "six", "sub/six"), "rename");
  check(syscall(SYS_renameat, sub, "six", AT_FDCWD, "sechs"), "renameat");
  check(syscall(SYS_unlink, "sechs"), "unlink");
  // Kernels can be built without it.
  signal(SIGSEGV, refuse);
  if (sigsetjmp(refused, 1) == 0) {
    check(call32(5, "eight", O_CREAT | O_WRONLY, 0600), "open of 32 bits");
    check(call32(10, "eight", 0, 0), "unlink of 32 bits");
    puts("32 bits");
  }
#endif
  check(unlink("sub/three"), "unlink");
  // Directories, which are not reported.
  check(syscall(SYS_unlinkat, AT_FDCWD, "sub", AT_REMOVEDIR), "unlinkat of a directory");
  check(mkdir("sub", 0700), "mkdir");
  check(rmdir("sub"), "rmdir");
  return 0;
}
