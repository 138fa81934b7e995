/** Those ahead of an analysis are counted so far and no further: no decision depends on more, and counting costs each order. */
export const COUNTED_AHEAD = 1_000;
