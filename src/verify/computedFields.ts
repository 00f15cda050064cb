/** Where an object keeps what its computed fields are computed from. Hidden: not enumerable. */
const SOURCE = Symbol('source')

/**
 * Makes a function that adds fields to an object, which are computed when they are read. To `JSON.stringify`, deep comparison, spreading and
 * structured cloning they are fields like others. All objects share one getter for each field: a getter in an object literal is made with
 * each object, which takes five times as long, and reports on long rows hold tens of thousands of objects.
 *
 * @param compute by field, what it is for the source that was given with the object
 */
export function computedFields<Source, Computed extends object>(compute: {
  readonly [field in keyof Computed]: (source: Source) => Computed[field]
}): <Fields extends object>(fields: Fields, source: Source) => Fields & Readonly<Computed> {
  const getters: PropertyDescriptorMap = {}
  for (const [field, of] of Object.entries<(source: Source) => unknown>(compute)) {
    getters[field] = {
      enumerable: true,
      get(this: { [SOURCE]: Source }) {
        return of(this[SOURCE])
      },
    }
  }
  return (fields, source) =>
    Object.defineProperties(Object.defineProperty(fields, SOURCE, { value: source }), getters) as never
}
