/** How large the ring in the kernel may be, in bytes. The kernel takes whole pages, and some have 64 KiB. */
export const ringSizeMin = 2 ** 16;
export const ringSizeMax = 2 ** 30;

/** The kernel takes powers of two: the next one that is not smaller. */
export function powerOfTwo(bytes: number): number {
  return 2 ** Math.ceil(Math.log2(bytes));
}
