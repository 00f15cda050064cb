/** A point of a drawing, in pixels from its upper left corner. */
export type Point = { x: number; y: number }

/** The sizes of nodes in pixels. */
export const NODE_SIZE = { width: 212, height: 70 } as const
/** The size of a node that stands for more, in pixels. */
export const MORE_SIZE = { width: 132, height: 40 } as const
/** Space between nodes in a column, and between columns, in pixels. */
export const GAPS = { row: 16, column: 132 } as const

/** A box without a place yet. */
export type Box = { key: string; width: number; height: number }
/** An arrow between boxes, from parent to child. */
export type Arrow = { from: string; to: string }
/** Boxes and the arrows between them. The first box is that of the model. */
export type Boxes = { boxes: readonly Box[]; arrows: readonly Arrow[] }
/** The centers of boxes by key, and the bends of arrows by their position. */
export type Places = { centers: ReadonlyMap<string, Point>; bends: readonly (readonly Point[])[] }
