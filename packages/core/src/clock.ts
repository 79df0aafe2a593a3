/** Milliseconds from an arbitrary origin; monotonic, with a resolution below a microsecond. */
export type Clock = () => number;

/** The process's monotonic clock. */
export const monotonic: Clock = () => performance.now();
