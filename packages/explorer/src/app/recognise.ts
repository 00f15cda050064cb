/** What a text that somebody typed may be. */
export type Recognised = 'nothing' | 'digest' | 'address' | 'uri' | 'hub' | 'domain' | 'name'

/** Says what a text is by its form alone; the server decides what has it. */
export function recognise(text: string): Recognised {
  const typed = text.trim()
  if (typed === '') return 'nothing'
  if (digestIn(typed) !== undefined) return 'digest'
  if (/^0x[0-9a-f]{40}$/i.test(typed)) return 'address'
  if (/^(https?|ipfs|hf):/i.test(typed) || /^hf\.co\//i.test(typed)) return 'uri'
  if (/^[\w.-]+\/[\w.-]+$/.test(typed)) return 'hub'
  if (/^([a-z\d-]+\.)+[a-z]{2,}$/i.test(typed)) return 'domain'
  return 'name'
}

/** The text as the server looks it up: digests as 0x and hex digits, whatever they were copied from. */
export function searchTextOf(text: string): string {
  const typed = text.trim()
  return digestIn(typed) ?? typed
}

function digestIn(text: string): string | undefined {
  const found = /^(?:sha256:|0x)?([0-9a-f]{64})$/i.exec(text)
  return found ? `0x${found[1]!.toLowerCase()}` : undefined
}
