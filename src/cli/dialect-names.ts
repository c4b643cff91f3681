/**
 * The names of the dialects, for the command line, which does not load them (a test compares the two).
 */

/** Dialects in the order of the explorer's selector, by the name that organizations' settings have. */
export const DIALECT_NAMES = ['dfns', 'timbu', 'rinne'] as const
