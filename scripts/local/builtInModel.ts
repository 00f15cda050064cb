import type { Generator } from './chatFace.ts'

/** What the built-in upstream of the play says to everything: it has no weights, and does not pretend to. */
const TEXT = 'No model answers here: this is the built-in upstream of npm run play, which says this to every prompt.'

/** A generator without a model, for where no engine is wanted: a token is a word. */
export function builtInModel(name: string): Generator {
  return {
    name,
    count: (text) => text.split(/\s+/).filter((word) => word !== '').length,
    async *generate(_prompt, most, signal) {
      for (const word of TEXT.split(/(?<= )/).slice(0, most)) {
        if (signal.aborted) return
        yield word
      }
    },
  }
}
