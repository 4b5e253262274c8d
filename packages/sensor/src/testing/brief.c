// A program that ends at once, without a C library: it lives for a fraction of a millisecond.
void _start(void) {
#ifdef __x86_64__
  __asm__ volatile("mov $60, %eax; xor %edi, %edi; syscall");
#else
  __asm__ volatile("mov x8, #93; mov x0, #0; svc #0");
#endif
}
