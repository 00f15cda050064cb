/** How many blocks a reorganization may replace, unless it is given. */
export const DEFAULT_DEPTH = 128
