/** A value that is JSON text already, as it comes from another thread. */
class JsonText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** Data of an answer: its fields, and theirs, some of them as text. */
export type JsonData = { [field: string]: unknown }

/**
 * Packs the data of an answer for the way to another thread: its fields, and theirs, of which each object is its JSON in an array of one.
 * Such data is sent cheaply, and nobody has to parse it.
 */
export function packData(data: JsonData): JsonData {
  return mapFields(data, (value) => (isFields(value) ? mapFields(value, pack) : pack(value)))
}

/** Unpacks what {@link packData} packed: each text is a {@link JsonText}. */
export function unpackData(packed: JsonData): JsonData {
  return mapFields(packed, (value) =>
    Array.isArray(value) ? new JsonText(value[0] as string) : isFields(value) ? unpackData(value) : value,
  )
}

/** The JSON of a value whose fields, or theirs, may be text already. */
export function stringifyJson(value: unknown): string {
  if (value instanceof JsonText) return value.text
  if (!isFields(value) || !hasText(value)) return JSON.stringify(value)
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${stringifyJson(field)}`).join(',')}}`
}

function pack(value: unknown): unknown {
  // Whether a field is null matters to its reader.
  return typeof value === 'object' && value !== null ? [JSON.stringify(value)] : value
}

function hasText(value: JsonData): boolean {
  return Object.values(value).some((field) => field instanceof JsonText || (isFields(field) && hasText(field)))
}

function mapFields(fields: JsonData, map: (value: unknown) => unknown): JsonData {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, map(value)]))
}

function isFields(value: unknown): value is JsonData {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonText)
}
