/** More threads than this no machine keeps busy: the main thread would not keep up. */
export const workersMax = 64;
