/** A value of JSON or YAML in which objects keep duplicate names, since two readers may take two values. */
export type Value = null | boolean | number | string | Value[] | Entries

/** The entries of an object, in their order, duplicates and all. */
export class Entries {
  readonly list: readonly (readonly [name: string, value: Value])[]

  constructor(list: readonly (readonly [name: string, value: Value])[]) {
    this.list = list
  }

  /** All values of a name; more than one when the name is a duplicate. */
  all(name: string): Value[] {
    return this.list.filter(([each]) => each === name).map(([, value]) => value)
  }

  /** The value that the last entry of a name has, as Python takes it. */
  get(name: string): Value | undefined {
    return this.all(name).at(-1)
  }
}

/** An object somewhere in a value, with the way to it. */
export type Place = { object: Entries; path: string }

/** Every object in a value, the outermost first. Iterative, so that no depth can exhaust the stack. */
export function* objectsIn(value: Value): Generator<Place> {
  const open: { value: Value; path: string }[] = [{ value, path: '' }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value: each, path } = next
    if (each instanceof Entries) {
      yield { object: each, path }
      for (let index = each.list.length - 1; index >= 0; index--) {
        const [name, inner] = each.list[index]!
        if (typeof inner === 'object' && inner !== null) open.push({ value: inner, path: below(path, name) })
      }
    } else if (Array.isArray(each)) {
      for (let index = each.length - 1; index >= 0; index--) {
        const inner = each[index]!
        if (typeof inner === 'object' && inner !== null) open.push({ value: inner, path })
      }
    }
  }
}

/** Every text in a value. */
export function* textsIn(value: Value): Generator<string> {
  const open: Value[] = [value]
  while (open.length > 0) {
    const each = open.pop()!
    if (typeof each === 'string') yield each
    else if (Array.isArray(each)) for (const inner of each) open.push(inner)
    else if (each instanceof Entries) for (const [, inner] of each.list) open.push(inner)
  }
}

function below(path: string, name: string): string {
  return path.length > 200 ? path : path === '' ? name : `${path}.${name}`
}
