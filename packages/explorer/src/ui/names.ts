import { nameOfUri } from 'stemma/core'

/** What a model is called: its name on the Hub, its address, or the name by which it is listed. */
export function nameOf({ name, uri }: { name: string; uri?: string }): string {
  return uri ? nameOfUri(uri) : name
}
