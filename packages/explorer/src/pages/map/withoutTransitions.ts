import { selection } from 'd3-selection'

/**
 * Stands in the place of d3-transition, which d3-zoom imports: it brings the animation of every CSS value, 6 kB compressed, and the map animates nothing. What
 * never begins has nothing to interrupt.
 */
export function interrupt(): void {}

Object.assign(selection.prototype, {
  interrupt(this: unknown) {
    return this
  },
})
